import { z } from "zod";
import { EventData, Finished, Result } from "../common.ts";

const TargetResult = z.object({ criteria: z.string(), targetValue: z.number(), violated: z.boolean() });

export const SliValue = z.object({
  metric: z.string(),
  value: z.number().nullable(),
  success: z.boolean(),
  message: z.string(),
  comparedValue: z.number().optional(),
  query: z.string().optional(),
});

export type SliValue = z.infer<typeof SliValue>;

export const IndicatorResult = z.object({
  displayName: z.string(),
  score: z.number(),
  status: z.enum(["pass", "warning", "fail", "info"]),
  keySli: z.boolean(),
  value: SliValue,
  passTargets: z.array(TargetResult),
  warningTargets: z.array(TargetResult),
});

export type IndicatorResult = z.infer<typeof IndicatorResult>;

export const evaluationTriggered = EventData.extend({
  evaluation: z.object({ start: z.string(), end: z.string() }).describe("the window to score, RFC 3339"),
  attempt: z.number().int().optional(),
  retry: z.number().int().optional(),
  by: z.string().optional().describe("who asked for it by hand"),
});
export const evaluationStarted = EventData;
export const evaluationFinished = Finished.extend({
  evaluation: z.object({
    timeStart: z.string(),
    timeEnd: z.string(),
    result: Result,
    score: z.number(),
    sloFileContent: z.string().optional().describe("base64"),
    indicatorResults: z.array(IndicatorResult),
    comparedEvents: z.array(z.string()),
  }),
});

/** Voids an earlier evaluation: it is no baseline any more. */
export const evaluationInvalidated = EventData.extend({
  evaluation: z.object({ reason: z.string().optional() }).optional(),
  by: z.string().optional(),
});

/** Somebody has something to say about an earlier evaluation. */
export const evaluationAnnotated = EventData.extend({
  evaluation: z.object({ id: z.string().describe("id of evaluation.finished"), note: z.string() }),
  by: z.string(),
});

export const getSliTriggered = EventData.extend({
  "get-sli": z.object({
    sliProvider: z.string(),
    start: z.string(),
    end: z.string(),
    indicators: z.array(z.string()),
  }),
});
export const getSliStarted = EventData;
export const getSliFinished = Finished.extend({
  "get-sli": z.object({ start: z.string(), end: z.string(), indicatorValues: z.array(SliValue) }),
});
