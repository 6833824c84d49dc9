import { hashUuid, keptnContext, kindOf, Labels, type NewEvent } from "@evenkeel/events";
import type { Journal } from "@evenkeel/journal";
import { problem, projectsOf } from "@evenkeel/runtime";
import { z } from "zod";
import { parseData, refusal, type Posted } from "./cloudevents.ts";
import { store, takeInAlert, type Decision, type Entry, type Sender } from "./intake.ts";
import { EVENTS, problemOf, triggeredOf, type PostedAlert } from "./posted-problem.ts";
import { nameFault, type Mapping } from "./routing.ts";
import { boundedRaw, cut, isRecord, writtenLength } from "./text.ts";
import { requestedWindow } from "./window.ts";

export interface PostedParts {
  journal: Journal;
  sender: Sender;
  mapping: Mapping;
}

/** Takes in one CloudEvent as its type demands. Throws an HttpProblem 422 when it is refused. */
export async function takeInEvent(event: Posted, parts: PostedParts): Promise<Decision> {
  const { type } = event;
  if (event.source === "evenkeel") throw refusal("reserved", "/source", "evenkeel is the source of our own events");
  if (type === "sh.keptn.events.problem" || type === "sh.keptn.event.problem.open") {
    return takeInPosted(event, problemOf(event, parts.mapping), parts);
  }
  const stage = /^sh\.keptn\.event\.(.*)\.remediation\.triggered$/.exec(type)?.[1];
  if (stage !== undefined) return takeInPosted(event, triggeredOf(event, stage, parts.mapping), parts);
  if (type === "sh.keptn.event.evaluation.triggered") return triggerEvaluation(event, parts);
  if (type === "sh.keptn.event.evaluation.invalidated") return invalidate(event, parts);
  if (kindOf(type) !== "other" || type.startsWith("dev.evenkeel.")) {
    throw refusal(
      "made-by-evenkeel",
      "/type",
      `${type} is made by Evenkeel itself: nobody else can say what a run did`,
    );
  }
  const entry = otherEntry(event);
  if (await parts.journal.state(entry.context)) {
    throw refusal("made-by-evenkeel", "/shkeptncontext", "this is a run of Evenkeel: nobody else can add to its story");
  }
  return store(parts.journal, entry, parts.sender);
}

function takeInPosted(
  event: Posted,
  { source, alert }: PostedAlert,
  { journal, sender }: PostedParts,
): Promise<Decision> {
  return takeInAlert(journal, { ...alert, raw: { ...event } }, source, sender);
}

const name = (field: "project" | "stage" | "service") =>
  z.string().superRefine((text, refuse) => {
    const fault = nameFault(field, text);
    if (fault) refuse.addIssue({ code: "custom", message: fault });
  });
const Target = z.object({
  project: name("project"),
  stage: name("stage"),
  service: name("service"),
  labels: Labels.nullish(),
});
const Times = z.object({ start: z.string().optional(), end: z.string().optional(), timeframe: z.string().optional() });

/** What is needed to ask for a quality gate. */
export const EvaluationTriggered = Target.extend({
  evaluation: Times.nullish().describe("start and end, or a timeframe such as 5m"),
  test: Times.nullish().describe("the window when evaluation names none, as in Keptn"),
});

/** A quality gate by hand. Its context is its own: an evaluation inside of a run is only Evenkeel's to trigger. */
async function triggerEvaluation(event: Posted, { journal, sender }: PostedParts): Promise<Decision> {
  const { project, stage, service, labels, evaluation, test } = parseData(EvaluationTriggered, event.data);
  const layer = isSaid(evaluation) || !isSaid(test) ? "evaluation" : "test";
  const now = await journal.now();
  const window = requestedWindow((layer === "test" ? test : evaluation) ?? {}, now.getTime());
  if (!window.ok) throw refusal("schema", `/data/${layer}/${window.field}`, window.why);
  const { start, end } = window;
  const data = { project, stage, service, ...(labels && { labels }), evaluation: { start, end } };
  const context = hashUuid(["evaluation", event.source, event.id]);
  const entry: Entry = {
    context,
    events: [{ kind: "evaluation.triggered", id: event.id, source: event.source, data }],
    notification: notificationOf(event, context, "triggered"),
  };
  return store(journal, entry, sender);
}

function isSaid(times: z.infer<typeof Times> | null | undefined): boolean {
  return Boolean(times && (times.start ?? times.end ?? times.timeframe) !== undefined);
}

export const EvaluationInvalidated = Target.extend({
  evaluation: z.object({ reason: z.string().max(1000).optional() }).nullish(),
});

/** Voids an earlier evaluation, named by its context and the id of the event that triggered it. */
async function invalidate(event: Posted, { journal, sender }: PostedParts): Promise<Decision> {
  const { triggeredid, shkeptncontext } = event;
  if (!triggeredid) throw refusal("schema", "/triggeredid", "expected the id of the evaluation.triggered event");
  if (!shkeptncontext) throw refusal("schema", "/shkeptncontext", "expected the evaluation's context");
  const { project, stage, service, labels, evaluation } = parseData(EvaluationInvalidated, event.data);
  const context = keptnContext(shkeptncontext);
  const voided = await journal.event(triggeredid, projectsOf(sender.subject, `events:write:${sender.source}`));
  if (voided?.kind !== "evaluation.triggered" || voided.context !== context) {
    throw refusal("no-such-evaluation", "/triggeredid", `no evaluation was triggered by it in context ${context}`);
  }
  const target = { project, stage, service };
  for (const field of ["project", "stage", "service"] as const) {
    if (voided.data[field] === target[field]) continue;
    throw refusal("no-such-evaluation", `/data/${field}`, `that evaluation is of ${voided.data[field]}`);
  }
  const data = { ...target, ...(labels && { labels }), ...(evaluation && { evaluation }) };
  const entry: Entry = {
    context,
    events: [
      { kind: "evaluation.invalidated", id: event.id, source: event.source, time: event.time, triggeredid, data },
    ],
    notification: notificationOf(event, context, "stored"),
  };
  return store(journal, entry, sender);
}

const MAX_NAME = 200;
/** A page of the log holds 200 events. */
const MAX_DATA = 256 * 1024;

/** Any other event is kept under its own type. Without a context it is alone in one, the same for a repeat. */
function otherEntry(event: Posted): Entry {
  const { id, source, type, time, triggeredid, gitcommitid, shkeptncontext, data } = event;
  for (const field of ["project", "stage", "service", "status", "result"]) {
    const value = isRecord(data) && Object.hasOwn(data, field) ? data[field] : undefined;
    if (typeof value === "string" && value.length > MAX_NAME)
      throw refusal("schema", `/data/${field}`, `expected at most ${MAX_NAME} characters`);
  }
  if (writtenLength(data) > MAX_DATA)
    throw problem(
      413,
      "event-too-large",
      `/data: expected at most ${MAX_DATA} characters of JSON, numbers written out`,
    );
  const context = shkeptncontext ? keptnContext(shkeptncontext) : hashUuid(["event", source, id]);
  const stored: NewEvent = { kind: "other", ...{ id, source, type, time, triggeredid, gitcommitid, data } };
  return { context, events: [stored], notification: notificationOf(event, context, "stored") };
}

function notificationOf(event: Posted, context: string, outcome: "triggered" | "stored"): Entry["notification"] {
  const { source, id, type, data } = event;
  const project = isRecord(data) && Object.hasOwn(data, "project") ? data["project"] : undefined;
  return {
    id: hashUuid(["notification", source, id]),
    ...{ source: EVENTS, context, outcome },
    ...(typeof project === "string" && { project }),
    title: cut(type, 200),
    body: JSON.stringify(boundedRaw(data)) ?? "",
  };
}
