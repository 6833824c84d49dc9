import * as z from "zod";
import { text } from "./fields.ts";

/** One part of a path: not empty, not hidden, not `.` or `..`, nothing that a file system or a terminal could trip over. */
// oxlint-disable-next-line no-control-regex
const PART = /^(?!\.)[^/\\\0-\x1f\x7f]{1,200}$/;
const MOST_PARTS = 12;

/** Path of a file, slashes included; always inside of what it is relative to. */
export const filePath = text(500).refine(
  (path) => path.split("/").length <= MOST_PARTS && path.split("/").every((part) => PART.test(part)),
  "expected names with / between them; none empty, hidden, . or .., no backslash",
);

/** Name of a stage or a service as part of a path. */
const folder = text(200).refine((name) => PART.test(name), "expected a name without slashes that is not hidden");

/** Kubernetes namespaces are made from it. */
export const projectName = text(63).regex(
  /^[a-z][a-z0-9-]*$/,
  "expected lower-case letters, digits and dashes, beginning with a letter",
);

/** The three levels at which a project has files, as paths of the API. */
export const LEVELS = [
  {
    name: "Project",
    path: "/v1/projects/:project/resources",
    params: z.object({ project: projectName, uri: filePath }),
  },
  {
    name: "Stage",
    path: "/v1/projects/:project/stages/:stage/resources",
    params: z.object({ project: projectName, stage: folder, uri: filePath }),
  },
  {
    name: "Service",
    path: "/v1/projects/:project/stages/:stage/services/:service/resources",
    params: z.object({ project: projectName, stage: folder, service: folder, uri: filePath }),
  },
] as const;

/** The path inside the project of a file that is named by its level. */
export function pathOf({ stage, service, uri }: { stage?: string; service?: string; uri: string }): string {
  return [stage, service, uri].filter((part) => part !== undefined).join("/");
}
