import { IndicatorResult, Labels, Result, Status, Target } from "@evenkeel/events";
import type { EventOf } from "@evenkeel/events";
import * as z from "zod";

/** So many notes are kept of one evaluation. */
export const MOST_NOTES = 50;

/** A finished evaluation with its numbers. */
export const Evaluation = z
  .object({
    id: z.string().describe("id of the event evaluation.finished"),
    seq: z.string(),
    time: z.string(),
    context: z.string(),
    target: Target,
    labels: Labels.optional(),
    status: Status,
    result: Result,
    message: z.string(),
    window: z.object({ start: z.string(), end: z.string() }),
    score: z.number().describe("of 100"),
    indicatorResults: z.array(IndicatorResult),
    comparedEvents: z.array(z.string()).describe("ids of the evaluations that the values were compared with"),
    invalidated: z
      .object({ by: z.string().optional(), reason: z.string().optional(), time: z.string() })
      .optional()
      .describe("set when somebody has voided it: it is no baseline any more"),
    notes: z
      .array(z.object({ id: z.string(), by: z.string(), note: z.string(), time: z.string() }))
      .optional()
      .describe("what people say about it, oldest first"),
    allowedCommands: z.array(z.enum(["annotate", "invalidate"])).describe("what the caller may ask of it now"),
  })
  .meta({ id: "Evaluation" });
export type Evaluation = z.infer<typeof Evaluation>;

export type FinishedEvaluation = EventOf<"evaluation.finished"> & { seq: string };
export type Invalidation = EventOf<"evaluation.invalidated">;
export type Annotation = EventOf<"evaluation.annotated">;

/** What people have said and done about an evaluation after it had finished. */
export interface Remarks {
  invalidation?: Invalidation;
  /** Oldest first. */
  annotations: readonly Annotation[];
}

/** `mayWrite`: whether who reads it may say or do anything about it at all. */
export function evaluationView(
  event: FinishedEvaluation,
  { invalidation, annotations }: Remarks,
  mayWrite: boolean,
): Evaluation {
  const { project, stage, service, labels, status, result, message, evaluation } = event.data;
  return {
    id: event.id,
    seq: event.seq,
    time: event.time,
    context: event.context,
    target: { project, stage, service },
    ...(labels && { labels }),
    status,
    result,
    message,
    window: { start: evaluation.timeStart, end: evaluation.timeEnd },
    score: evaluation.score,
    indicatorResults: evaluation.indicatorResults,
    comparedEvents: evaluation.comparedEvents,
    ...(invalidation && { invalidated: invalidationView(invalidation) }),
    ...(annotations.length > 0 && { notes: annotations.map(noteView) }),
    allowedCommands: [
      ...(mayWrite && annotations.length < MOST_NOTES ? (["annotate"] as const) : []),
      ...(mayWrite && !invalidation ? (["invalidate"] as const) : []),
    ],
  };
}

function invalidationView({ time, data }: Invalidation) {
  const reason = data.evaluation?.reason;
  return { ...(data.by && { by: data.by }), ...(reason && { reason }), time };
}

function noteView({ id, time, data }: Annotation) {
  return { id, by: data.by, note: data.evaluation.note, time };
}

export const evaluationExample: Evaluation = {
  id: "5f1d7a3e-0a61-4e0e-9a42-8f4f0d6f1c22",
  seq: "1051",
  time: "2026-01-31T12:10:05.000Z",
  context: "0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
  target: { project: "sockshop", stage: "production", service: "carts" },
  status: "succeeded",
  result: "pass",
  message: "score 100 of 100",
  window: { start: "2026-01-31T12:01:04.000Z", end: "2026-01-31T12:10:04.000Z" },
  score: 100,
  indicatorResults: [
    {
      displayName: "response time p90",
      score: 1,
      status: "pass",
      keySli: false,
      value: { metric: "response_time_p90", value: 412.5, success: true, message: "" },
      passTargets: [{ criteria: "<600", targetValue: 600, violated: false }],
      warningTargets: [],
    },
  ],
  comparedEvents: [],
  allowedCommands: ["annotate", "invalidate"],
};
