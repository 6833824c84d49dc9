import type { Route } from "./route.ts";
import { countRoutes } from "./routes/counts.ts";
import { evaluationRoutes } from "./routes/evaluations.ts";
import { eventCountRoutes } from "./routes/event-counts.ts";
import { eventRoutes } from "./routes/events.ts";
import { selfRoutes } from "./routes/index-and-document.ts";
import { findingRoutes } from "./routes/findings.ts";
import { operationRoutes } from "./routes/operations.ts";
import { projectRoutes } from "./routes/projects.ts";
import { remediationRoutes } from "./routes/remediations.ts";
import { resourceRoutes } from "./routes/resources.ts";
import { retryRoutes } from "./routes/retry.ts";
import { sliRoutes } from "./routes/sli.ts";
import { sourceRoutes } from "./routes/sources.ts";
import { streamRoutes } from "./routes/stream.ts";
import { taskCountRoutes } from "./routes/task-counts.ts";
import { tokenRoutes } from "./routes/tokens.ts";

/** Every route of the bridge. Express and the OpenAPI document are both made from it, and from nothing else. */
export const routes: readonly Route[] = [
  ...selfRoutes(() => routes),
  ...eventRoutes,
  ...eventCountRoutes,
  ...streamRoutes,
  ...remediationRoutes,
  ...countRoutes,
  ...sliRoutes,
  ...evaluationRoutes,
  ...projectRoutes,
  ...findingRoutes,
  ...resourceRoutes,
  ...operationRoutes,
  ...taskCountRoutes,
  ...retryRoutes,
  ...sourceRoutes,
  ...tokenRoutes,
];
