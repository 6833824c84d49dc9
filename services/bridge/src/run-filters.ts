import { Reason, Result } from "@evenkeel/events";
import * as z from "zod";
import { target, text, timeRange } from "./fields.ts";
import { PHASES } from "./views/remediation.ts";

/** What runs are listed and counted by. */
export const runFilters = {
  ...target,
  source: text(500).optional().describe("alert source of the problem"),
  phase: z.array(z.enum(PHASES)).min(1).optional().describe("any of them"),
  result: Result.optional(),
  reason: z.array(Reason).min(1).optional().describe("why the run ended; any of them"),
  paused: z.boolean().optional(),
  unsolved: z
    .boolean()
    .optional()
    .describe(
      "over without success while the problem is open, and no later run of the service for the same title of the same source: somebody has to look",
    ),
  text: text(200).optional().describe("in title, message, service or context; case does not matter"),
  ...timeRange,
};
