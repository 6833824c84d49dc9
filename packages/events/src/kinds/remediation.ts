import { z } from "zod";
import { EventData, Finished, Problem, Result, Status } from "../common.ts";

/** Why a remediation ended. A closed list: the CLI, the bridge and the metrics use these words. */
export const Reason = z.enum([
  "healed",
  "improved",
  "exhausted",
  "escalated",
  "inconclusive",
  "unverified",
  "resolved-before-action",
  "resolved",
  "aborted",
  "not-automated",
  "no-match",
  "no-remediation-file",
  "invalid-file",
  "errored",
]);
export type Reason = z.infer<typeof Reason>;

/** What one action of the run came to. */
export const StepSummary = z.object({
  name: z.string(),
  action: z.string(),
  status: Status,
  result: Result,
  message: z.string(),
  evaluation: z.object({ result: Result, score: z.number(), message: z.string() }).optional(),
});
export type StepSummary = z.infer<typeof StepSummary>;

/** Who wants one more run for a problem that is still open, and which run it repeats. */
export const Repeats = z.object({
  context: z.string().describe("the run that is repeated"),
  by: z.string(),
  reason: z.string().optional(),
});
export type Repeats = z.infer<typeof Repeats>;

export const remediationTriggered = EventData.extend({
  problem: Problem,
  repeats: Repeats.optional().describe("set when a person asked for this run"),
});

/** The target is free: this run holds it now, until it is finished. */
export const remediationStarted = EventData;

/** Another run holds the target; this one waits in line. */
export const remediationQueued = EventData.extend({ behind: z.string().describe("context that holds the target") });

export const remediationFinished = Finished.extend({ reason: Reason, steps: z.array(StepSummary) });

const command = EventData.extend({ by: z.string(), reason: z.string().optional() });
export const remediationPaused = command;
export const remediationResumed = command;
export const remediationAborted = command;

/** A person asked for another run of the same problem; `run` is its context. */
export const remediationRepeated = command.extend({ run: z.string() });
