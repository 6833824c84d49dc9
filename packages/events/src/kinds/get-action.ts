import { z } from "zod";
import { Action, EventData, Finished, Problem } from "../common.ts";
import { Reason } from "./remediation.ts";

/** One entry of the file, and why it matched or did not. */
export const Considered = z.object({
  problemType: z.string(),
  line: z.number(),
  matched: z.boolean(),
  why: z.string(),
});

/** An action with everything settled: what the file leaves open is filled from the settings. Milliseconds. */
export const PlannedAction = Action.extend({
  wait: z.number(),
  timeout: z.number(),
  then: z.enum(["evaluate", "next", "finish"]).describe("what follows when the action has passed"),
});

export type PlannedAction = z.infer<typeof PlannedAction>;

export const Plan = z.object({
  revision: z.string().describe("of the project's files; pinned for the whole run"),
  matched: z.object({ problemType: z.string(), line: z.number(), by: z.string() }).optional(),
  considered: z.array(Considered),
  actions: z.array(PlannedAction),
  settle: z.number().describe("milliseconds after an action that the evaluation's window leaves out"),
  evaluationRetries: z.number().int().describe("how often an inconclusive evaluation is repeated, one wait apart"),
});
export type Plan = z.infer<typeof Plan>;
export type Considered = z.infer<typeof Considered>;

export const getActionTriggered = EventData.extend({ problem: Problem });
export const getActionStarted = EventData;
export const getActionFinished = Finished.extend({
  plan: Plan.optional(),
  reason: Reason.optional().describe("set when the run ends here"),
});
