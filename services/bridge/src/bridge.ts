import type { Follower, Journal } from "@evenkeel/journal";
import type { Authenticate, Log, Metrics, RateLimits, Router, Settings } from "@evenkeel/runtime";
import type { CheckActions } from "@evenkeel/specs";
import { document } from "./openapi/document.ts";
import { catchUpFew, readFew } from "./read-few.ts";
import { register } from "./register.ts";
import { keepCurves } from "./sli/keep-curves.ts";
import type { RouteDoc, SliRange } from "./route.ts";
import { createStreams, type StreamLimits } from "./stream/streams.ts";
import { routes } from "./table.ts";

export interface BridgeOptions {
  journal: Journal;
  /** Unset: by the tokens of the settings and of the journal. */
  authenticate?: Authenticate;
  /** How often one token may call; unset: as often as it likes. */
  rateLimits?: RateLimits;
  follower: Follower;
  settings: Settings;
  log: Log;
  metrics?: Metrics;
  version: string;
  /** Names of what is plugged in, by family: `{ actions: ["scaling", …] }`; shown by /v1/status. */
  providers?: Readonly<Record<string, readonly string[]>>;
  /** Routes of other services in this process, for the document. */
  extraRoutes?: readonly RouteDoc[];
  /** `App.draining`: all streams end then. */
  draining?: AbortSignal;
  streamLimits?: Partial<StreamLimits>;
  /** Reads the curves of SLIs; unset: runs have none. */
  sliRange?: SliRange;
  /** Says what is wrong with the actions of a remediation.yaml. */
  checkActions: CheckActions;
}

/** The HTTP API of the event log, to be mounted at the root of an app. */
export function createBridge(options: BridgeOptions): Router {
  const { draining, streamLimits: limits, extraRoutes = [], ...rest } = options;
  const { journal, follower, log, metrics } = rest;
  const streams = createStreams({ journal: catchUpFew(journal), follower, log, metrics, draining, limits });
  keepCurves(rest);
  const { journal: whole, authenticate, rateLimits, ...parts } = rest;
  const wholeJournal = readFew(whole);
  return register(routes, { ...parts, wholeJournal, extraRoutes, streams }, authenticate, rateLimits);
}

/** The OpenAPI 3.1 document, without a server. */
export function openapi(options: { version: string; url?: string; extraRoutes?: readonly RouteDoc[] }): object {
  const { extraRoutes = [], ...about } = options;
  return document([...routes, ...extraRoutes], about);
}
