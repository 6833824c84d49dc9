import { z } from "zod";
import { EventData, Finished, Problem } from "../common.ts";
import { PlannedAction } from "./get-action.ts";

const attempt = z.number().int().describe("0-based index of the action in the plan");

export const actionTriggered = EventData.extend({
  attempt,
  attempts: z.number().int().describe("how many actions the plan has"),
  action: PlannedAction,
  problem: Problem,
});

/** Committed before anything is touched: what will be done, as an absolute plan ("2 → 3"). */
export const actionStarted = EventData.extend({
  attempt,
  message: z.string(),
  plan: z.record(z.string(), z.unknown()),
});

export const actionFinished = Finished.extend({
  attempt,
  details: z.record(z.string(), z.unknown()).describe("what the action found and did: before, after, workload …"),
});
