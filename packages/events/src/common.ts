import { z } from "zod";

export const Severity = z.enum(["critical", "error", "warning", "info", "unknown"]);
export type Severity = z.infer<typeof Severity>;

/** Did the execution work? Keptn's words. */
export const Status = z.enum(["succeeded", "errored", "aborted", "unknown"]);
export type Status = z.infer<typeof Status>;

/** Was the outcome good? `inconclusive` is ours: no data is not health (docs/adr/0002). */
export const Result = z.enum(["pass", "warning", "fail", "inconclusive"]);
export type Result = z.infer<typeof Result>;

const name = z.string().min(1).max(200);

/** What is healed: one service in one stage of one project. */
export const Target = z.object({ project: name, stage: name, service: name });
export type Target = z.infer<typeof Target>;

export const Labels = z.record(z.string(), z.string());

/** Fields that every event of a run carries. */
export const EventData = Target.extend({ labels: Labels.optional() });

/** Fields that every `.finished` event carries beside them. */
export const Finished = EventData.extend({ status: Status, result: Result, message: z.string() });

/** A problem as every alert source reports it, after normalisation. */
export const Problem = z.object({
  id: z.string().describe("the sender's own id: Dynatrace PID, Alertmanager fingerprint"),
  source: z.string().describe("the source's name, as in its webhook path"),
  title: z.string(),
  rootCause: z.string().optional(),
  severity: Severity,
  labels: Labels,
  url: z.string().optional().describe("link to the problem at its sender"),
  startedAt: z.string().optional().describe("RFC 3339; when the sender says this episode began"),
});
export type Problem = z.infer<typeof Problem>;

/** One action as planned. Durations are milliseconds. */
export const Action = z.object({
  name: z.string(),
  action: z.string(),
  description: z.string().optional(),
  value: z.unknown().optional(),
  wait: z.number().optional(),
  timeout: z.number().optional(),
  evaluate: z.boolean().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  target: z
    .object({
      kind: z.enum(["Deployment", "StatefulSet"]).optional(),
      name: z.string(),
      namespace: z.string().optional(),
    })
    .optional(),
});
export type Action = z.infer<typeof Action>;
