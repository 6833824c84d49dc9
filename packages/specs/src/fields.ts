import { z } from "zod";
import { parseDuration } from "./duration.ts";

/** A text that is not empty. `what` completes "expected …". */
export function text(what: string) {
  return z.string({ error: (issue) => (isBare(issue.input) ? `${what}, in quotes` : what) }).min(1, { error: what });
}

/** Any scalar; its source text is read from the document, so that `1.0` and `+1` stay as written. */
export const scalar = z.union([z.string(), z.number(), z.boolean()], { error: "a text or number" });

const LONGEST_WAIT_MS = 30 * 86_400_000;

/** A duration with unit, read as milliseconds. */
export const duration = z
  .string({
    error: ({ input }) =>
      Number.isSafeInteger(input) && Number(input) >= 0
        ? `a duration with its unit (write ${Number(input)}m for minutes, ${Number(input)}s for seconds)`
        : "a duration such as 10m, 90s or 1h30m",
  })
  .transform((written, context) => {
    const ms = parseDuration(written.trim());
    if (ms !== undefined && ms <= LONGEST_WAIT_MS) return ms;
    const number = /^\d+$/.test(written.trim());
    const expected =
      ms !== undefined
        ? "a duration of at most 30 days"
        : number
          ? `a duration with its unit (write ${written.trim()}m)`
          : "a duration such as 10m, 90s or 1h30m";
    context.issues.push({ code: "custom", message: expected, input: written });
    return z.NEVER;
  })
  .meta({
    description: "A duration such as 10m, 90s, 1h30m or PT10M; at most 30 days.",
    pattern: "^\\s*((\\d+(\\.\\d+)?(ns|us|µs|μs|ms|s|m|h|d))+|P(\\d+D)?(T(\\d+H)?(\\d+M)?(\\d+(\\.\\d+)?S)?)?)\\s*$",
    examples: ["10m", "90s", "1h30m"],
  });

/** Numbers of replicas; the upper end is far above what one workload runs, and catches slips of the keyboard. */
const wholeNumber = (least: number) =>
  z
    .int({ error: `a whole number from ${least}` })
    .min(least, { error: `a whole number from ${least}` })
    .max(10_000, { error: "at most 10000" });

/** Bounds on what a scaling action may leave behind. */
export const minReplicas = wholeNumber(0).describe("A scaling action never leaves fewer replicas than this.");
export const maxReplicas = wholeNumber(1).describe("A scaling action never leaves more replicas than this.");

/** For `.superRefine`: complains when both bounds are given and leave no room. */
export function boundsHaveRoom(bounds: { min?: number; max?: number }, context: z.RefinementCtx): void {
  if (bounds.min === undefined || bounds.max === undefined || bounds.min <= bounds.max) return;
  context.addIssue({ code: "custom", path: ["max"], message: `at least min, which is ${bounds.min}` });
}

/** RFC 1123, as Kubernetes checks names of workloads and namespaces. */
const DNS_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A workload named outright, instead of the one found by the service's name. */
export const workload = z
  .strictObject({
    kind: z.enum(["Deployment", "StatefulSet"]).optional(),
    name: text("the name of a workload")
      .max(253, { error: "at most 253 characters" })
      .regex(DNS_NAME, { error: "a Kubernetes name such as carts-primary" }),
    namespace: text("a namespace")
      .max(63, { error: "at most 63 characters" })
      .regex(DNS_LABEL, { error: "a Kubernetes namespace such as sockshop-production" })
      .optional(),
  })
  .describe("The workload to act on, instead of the one found by the service's name.");

/** Keptn's rule for names of stages and sequences. */
export const entityName = z
  .string({ error: (issue) => (isBare(issue.input) ? "a name, in quotes" : "a name") })
  .regex(/^[a-z][a-z0-9-]*$/, { error: "a name of lower-case letters, digits and hyphens that begins with a letter" });

/** For `.superRefine` on a list of named things. */
export function namesAreUnique(things: readonly { name: string }[], context: z.RefinementCtx): void {
  const seen = new Set<string>();
  things.forEach(({ name }, index) => {
    if (seen.has(name)) context.addIssue({ code: "custom", path: [index, "name"], message: "each name once" });
    seen.add(name);
  });
}

/** A list that YAML may also leave empty (`tasks:`), which reads as null. */
export function listOrNothing<Item extends z.ZodType>(item: Item) {
  return z.array(item).nullish();
}

function isBare(input: unknown): boolean {
  return typeof input === "number" || typeof input === "boolean";
}
