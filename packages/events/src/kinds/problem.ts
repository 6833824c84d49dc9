import { z } from "zod";
import { Labels, Problem } from "../common.ts";

/** The notification as received. A target is absent when the notification could not be routed. */
export const problem = z.object({
  project: z.string().optional(),
  stage: z.string().optional(),
  service: z.string().optional(),
  labels: Labels.optional(),
  state: z.enum(["open", "resolved", "merged", "info"]),
  problem: Problem,
  raw: z.unknown().optional().describe("the sender's own body or alert"),
});

/** The notification starts nothing, and this is why. */
export const problemUnrouted = z.object({
  problem: Problem,
  reason: z.string(),
  project: z.string().optional(),
  stage: z.string().optional(),
  service: z.string().optional(),
});

export const problemIgnored = problemUnrouted;
