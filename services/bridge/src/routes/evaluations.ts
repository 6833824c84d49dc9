import { randomUUID } from "node:crypto";
import { hashUuid, Labels, Result, Target } from "@evenkeel/events";
import type { StoredEvent } from "@evenkeel/events";
import { problem } from "@evenkeel/runtime";
import * as z from "zod";
import { readPage } from "../cursor.ts";
import { evaluationWindow } from "../evaluation-window.ts";
import { contextParam, nextLink, page, paging, target, text, timeRange } from "../fields.ts";
import { insistOnTarget } from "../known-target.ts";
import { latestEvaluation, listEvaluations, withRemarks } from "../read-evaluations.ts";
import { route } from "../route.ts";
import { Evaluation, evaluationExample, MOST_NOTES } from "../views/evaluation.ts";
import type { VisibleJournal } from "../visible.ts";

const list = route({
  method: "get",
  path: "/v1/evaluations",
  operationId: "getEvaluations",
  summary: "Finished evaluations with their numbers, newest first",
  tag: "evaluations",
  scope: "read",
  on: "readable projects",
  query: z.object({ ...target, result: Result.optional(), context: text(200).optional(), ...timeRange, ...paging }),
  responses: {
    200: {
      description: "one page",
      schema: page(Evaluation).meta({ id: "EvaluationPage" }),
      example: { items: [evaluationExample] },
      headers: nextLink,
    },
  },
  async handle({ query, request }, { journal }) {
    const { limit: _limit, cursor: _cursor, ...filters } = query;
    const { rows, nextCursor, headers } = await readPage("evaluations", query, request, (before, limit) =>
      listEvaluations(journal, filters, before, limit),
    );
    return { headers, body: { items: await withRemarks(journal, filters, rows), nextCursor } };
  },
});

const EvaluationState = z
  .object({
    context: z.string(),
    target: Target,
    state: z.enum(["running", "finished", "parked"]).describe("parked: it failed too often; error says how"),
    window: z.object({ start: z.string(), end: z.string() }),
    error: z.string().optional(),
    evaluation: Evaluation.optional().describe("when finished"),
  })
  .meta({ id: "EvaluationState" });
export type EvaluationState = z.infer<typeof EvaluationState>;

const one = route({
  method: "get",
  path: "/v1/evaluations/:context",
  operationId: "getEvaluation",
  summary: "The latest evaluation of a context, finished or not",
  tag: "evaluations",
  scope: "read",
  on: "the context's project",
  params: contextParam,
  responses: {
    200: {
      description: "its state",
      schema: EvaluationState,
      example: {
        context: evaluationExample.context,
        target: evaluationExample.target,
        state: "finished",
        window: evaluationExample.window,
        evaluation: evaluationExample,
      },
    },
  },
  problems: { 404: "nothing was evaluated in this context" },
  async handle({ params: { context } }, { journal }) {
    const events = await journal.list({
      context,
      types: ["evaluation.triggered", "evaluation.finished", "task.parked"],
      limit: 20,
    });
    const triggered = events.find((event) => event.kind === "evaluation.triggered");
    if (!triggered) throw nothingEvaluated(context);
    const later = events.filter((event) => BigInt(event.seq) > BigInt(triggered.seq));
    const finished = later.find((event) => event.triggeredid === triggered.id && event.kind === "evaluation.finished");
    const parked = later.find((event) => event.kind === "task.parked" && event.data.taskKind === "evaluate");
    const { project, stage, service, evaluation: window } = triggered.data;
    return {
      body: {
        context,
        target: { project, stage, service },
        state: finished ? "finished" : parked ? "parked" : "running",
        window,
        ...(!finished && parked?.kind === "task.parked" && { error: parked.data.error }),
        ...(finished && { evaluation: await latestEvaluation(journal, context) }),
      },
    };
  },
});

const name = text(200);

const TriggerBody = z.strictObject({
  project: name,
  stage: name,
  service: name,
  start: z.string().max(60).optional().describe("RFC 3339; needs end or timeframe"),
  end: z.string().max(60).optional().describe("RFC 3339; needs start"),
  timeframe: z.string().max(60).optional().describe("such as 10m; from start, else up to now; default 5m"),
  labels: z.record(text(200), text(1000)).optional(),
});

const trigger = route({
  method: "post",
  path: "/v1/evaluations",
  operationId: "triggerEvaluation",
  summary: "Evaluate a service now: a quality gate by hand",
  tag: "evaluations",
  scope: "evaluations:write",
  on: "the body's project",
  headers: z.object({
    "idempotency-key": text(200).optional().describe("the same key again starts nothing and answers the same context"),
  }),
  body: {
    schema: TriggerBody,
    example: { project: "sockshop", stage: "production", service: "carts", timeframe: "10m" },
  },
  responses: {
    202: {
      description: "the context to read the result from: /v1/evaluations/{context}",
      schema: z.object({ context: z.string(), window: z.object({ start: z.string(), end: z.string() }) }),
      example: { context: evaluationExample.context, window: evaluationExample.window },
      headers: { location: "where the result will be" },
    },
  },
  problems: { 404: "there is no such project, stage or service; the answer names those that exist" },
  async handle({ body, headers, by }, { journal }) {
    const { project, stage, service, labels } = body;
    const key = headers["idempotency-key"];
    const context = key ? hashUuid(["evaluation", by, key]) : randomUUID();
    const before = key && (await triggeredIn(journal, context));
    if (before) return sameAgain(before, { project, stage, service });
    const window = evaluationWindow(body, (await journal.now()).getTime());
    if (!window.ok) {
      const pointer = `/${window.field}`;
      throw problem(422, "bad-window", window.why, { errors: [{ pointer, detail: window.why }] });
    }
    await insistOnTarget(journal, { project, stage, service });
    const evaluation = { start: window.start, end: window.end };
    const id = hashUuid(["evaluation.triggered", context]);
    const data = { project, stage, service, ...(labels && { labels: Labels.parse(labels) }), evaluation, by };
    const { outcome } = await journal.append(context, [{ kind: "evaluation.triggered", id, data }]);
    const first = outcome === "duplicate" && (await triggeredIn(journal, context));
    if (first) return sameAgain(first, { project, stage, service });
    return accepted(context, evaluation);
  },
});

const InvalidateBody = z.strictObject({
  reason: text(1000).describe("for the log"),
  evaluation: text(500).optional().describe("id of one evaluation of the context; unset: its latest"),
});

const invalidate = route({
  method: "post",
  path: "/v1/evaluations/:context/invalidate",
  operationId: "invalidateEvaluation",
  summary: "Void an evaluation, so that it is no baseline any more; doing it again changes nothing",
  tag: "evaluations",
  scope: "evaluations:write",
  on: "the context's project",
  params: contextParam,
  body: { schema: InvalidateBody, example: { reason: "load generator was off" } },
  responses: { 202: { description: "the evaluation", schema: Evaluation, example: evaluationExample } },
  problems: { 404: "no such evaluation", 409: "the evaluation has not finished yet" },
  async handle({ params: { context }, body, by }, { journal }) {
    const finished = await finishedIn(journal, context, body.evaluation);
    const { project, stage, service } = finished.data;
    const id = hashUuid(["evaluation.invalidated", finished.source, finished.id]);
    const data = { project, stage, service, evaluation: { reason: body.reason }, by };
    const { triggeredid } = finished;
    await journal.append(context, [{ kind: "evaluation.invalidated", id, triggeredid, data }]);
    const views = await withRemarks(journal, { context }, [finished]);
    return { status: 202, body: views[0] };
  },
});

const AnnotateBody = z.strictObject({
  note: text(2000).describe("shown with the evaluation, as text"),
  evaluation: text(500).optional().describe("id of one evaluation of the context; unset: its latest"),
});

const annotate = route({
  method: "post",
  path: "/v1/evaluations/:context/annotate",
  operationId: "annotateEvaluation",
  summary: "Add a note to an evaluation; its numbers and what follows from them stay as they are",
  tag: "evaluations",
  scope: "evaluations:write",
  on: "the context's project",
  params: contextParam,
  headers: z.object({
    "idempotency-key": text(200).optional().describe("the same key again adds nothing and answers the same"),
  }),
  body: { schema: AnnotateBody, example: { note: "the load generator was restarted at 12:04" } },
  responses: {
    202: {
      description: "the evaluation with its notes",
      schema: Evaluation,
      example: {
        ...evaluationExample,
        notes: [
          {
            id: "c1a7e0d2-5b3f-4c55-9d0e-3f8a2b6c4d1e",
            by: "ann",
            note: "the load generator was restarted at 12:04",
            time: "2026-01-31T12:30:00.000Z",
          },
        ],
      },
    },
  },
  problems: { 404: "no such evaluation", 409: `it has not finished yet, or has ${MOST_NOTES} notes already` },
  async handle({ params: { context }, body: { note, evaluation }, headers, by }, { journal }) {
    const finished = await finishedIn(journal, context, evaluation);
    const key = headers["idempotency-key"];
    const id = key ? hashUuid(["evaluation.annotated", finished.source, finished.id, by, key]) : randomUUID();
    const known = (await withRemarks(journal, { context }, [finished]))[0]?.notes ?? [];
    if (known.length >= MOST_NOTES && !known.some((one) => one.id === id))
      throw problem(409, "too-many-notes", `the evaluation has ${known.length} notes already; more are not kept`);
    const { project, stage, service } = finished.data;
    const data = { project, stage, service, evaluation: { id: finished.id, note }, by };
    const { triggeredid } = finished;
    await journal.append(context, [{ kind: "evaluation.annotated", id, triggeredid, data }]);
    return { status: 202, body: (await withRemarks(journal, { context }, [finished]))[0] };
  },
});

export const evaluationRoutes = [list, one, trigger, invalidate, annotate];

async function triggeredIn(journal: VisibleJournal, context: string) {
  const events = await journal.list({ context, types: ["evaluation.triggered"], limit: 1 });
  return events.find((event) => event.kind === "evaluation.triggered");
}

function sameAgain(first: Extract<StoredEvent, { kind: "evaluation.triggered" }>, asked: Target) {
  const { project, stage, service, evaluation } = first.data;
  if (project !== asked.project || stage !== asked.stage || service !== asked.service)
    throw problem(422, "key-reused", `this idempotency key was used for ${project}/${stage}/${service}`);
  return accepted(first.context, evaluation);
}

function accepted(context: string, window: { start: string; end: string }) {
  return { status: 202, headers: { location: `/v1/evaluations/${context}` }, body: { context, window } };
}

/** Of one run: far more than its actions and their repeats can have. */
const MOST_EVALUATIONS = 200;

async function finishedIn(journal: VisibleJournal, context: string, id: string | undefined) {
  if (id === undefined) {
    const latest = (await listEvaluations(journal, { context }, undefined, 1))[0];
    if (latest) return latest;
    if (await triggeredIn(journal, context)) throw problem(409, "not-finished", "the evaluation has not finished yet");
    throw nothingEvaluated(context);
  }
  // Among the context's own: a sender may have given one of its events the same id.
  const event = (await listEvaluations(journal, { context }, undefined, MOST_EVALUATIONS)).find((one) => one.id === id);
  if (!event) throw problem(404, "no-such-evaluation", `context ${context} has no finished evaluation ${id}`);
  return event;
}

function nothingEvaluated(context: string) {
  return problem(404, "no-such-evaluation", `nothing was evaluated in the context ${context}`);
}
