import { z } from "zod";
import { EventData, Finished } from "../common.ts";

export const waitTriggered = EventData.extend({
  attempt: z.number().int(),
  retry: z.number().int().describe("0 for the wait after the action; n before the n-th repeated evaluation"),
  durationMs: z.number(),
});

export const waitFinished = Finished.extend({
  attempt: z.number().int(),
  endedBy: z.enum(["due", "problem-resolved", "operator"]),
  lateMs: z.number().describe("how long after its due time the wait was taken up"),
});

/** An operator ends the wait early. */
export const waitSkipped = EventData.extend({ by: z.string(), reason: z.string().optional() });
