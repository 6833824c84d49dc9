import { Labels, Severity, type Target } from "@evenkeel/events";
import { z } from "zod";
import { parseData, refusal, type Posted } from "./cloudevents.ts";
import { nameFault, routeBy, type Mapping } from "./routing.ts";
import { dynatrace } from "./sources/dynatrace.ts";
import type { Alert } from "./sources/types.ts";
import { isRecord, webLink } from "./text.ts";

/** An alert that came as a CloudEvent. The source names its episode: `dynatrace` meets the same problem's webhook. */
export interface PostedAlert {
  source: string;
  alert: Alert;
}

/** Source of problems that came as CloudEvents and from no sender that has a webhook. */
export const EVENTS = "events";

/** Our own shape of `sh.keptn.events.problem`, for senders that know us. */
export const OwnProblem = z.object({
  project: z.string().optional(),
  stage: z.string().optional(),
  service: z.string().optional(),
  state: z.enum(["open", "resolved", "merged", "info"]).default("open"),
  problem: z.object({
    id: z.string().min(1).optional().describe("the same when it opens and resolves; absent: each event is its own"),
    title: z.string().min(1),
    rootCause: z.string().optional(),
    severity: Severity.catch("unknown").default("unknown"),
    labels: Labels.default({}),
    url: z.string().optional(),
    startedAt: z.iso.datetime({ offset: true }).optional().describe("another start is another run"),
  }),
});

/** `sh.keptn.events.problem` and 0.6's `sh.keptn.event.problem.open`. */
export function problemOf(event: Posted, mapping: Mapping): PostedAlert {
  const { data } = event;
  if (isRecord(data) && isRecord(data["problem"])) return ownProblem(event, mapping);
  return inDynatraceWords(event, isRecord(data) ? data : {}, mapping);
}

/** Keptn 1.x: `sh.keptn.event.<stage>.remediation.triggered`, with the problem in Dynatrace's or Keptn's words. */
export function triggeredOf(event: Posted, stageInType: string, mapping: Mapping): PostedAlert {
  const { project, stage, service, labels, problem } = parseData(Triggered, event.data);
  if (stage !== stageInType) {
    throw refusal("schema", "/data/stage", `expected ${JSON.stringify(stageInType)}, the stage in the event's type`);
  }
  for (const [field, name] of Object.entries({ project, stage, service })) {
    const fault = nameFault(field as keyof Target, name);
    if (fault) throw refusal("schema", `/data/${field}`, fault);
  }
  const words = { State: "OPEN", ...problem, project, stage, service };
  return inDynatraceWords(event, { ...words, labels: { ...labels, ...textsOf(problem["labels"]) } }, mapping);
}

const Triggered = z.object({
  project: z.string(),
  stage: z.string(),
  service: z.string(),
  labels: Labels.nullish(),
  problem: z.record(z.string(), z.unknown()).default({}),
});

function ownProblem(event: Posted, mapping: Mapping): PostedAlert {
  const { project, stage, service, state, problem } = parseData(OwnProblem, event.data);
  const startedAt = problem.startedAt ? new Date(problem.startedAt).toISOString() : "";
  const { labels } = problem;
  const alert: Alert = {
    fingerprint: problem.id ?? ownFingerprint(event),
    startedAt,
    state,
    problem: {
      ...problem,
      id: problem.id ?? event.id,
      source: EVENTS,
      url: webLink(problem.url),
      startedAt: startedAt || undefined,
    },
    route: routeBy({
      find: (label) => (Object.hasOwn(labels, label) ? [labels[label]!] : []),
      mapping,
      explicit: { project, stage, service },
    }),
    raw: event.data,
  };
  return { source: EVENTS, alert };
}

/** A problem with a PID is Dynatrace's, whoever has passed it on. One without is as many problems as there are events. */
function inDynatraceWords(event: Posted, data: Record<string, unknown>, mapping: Mapping): PostedAlert {
  const hasPid = Object.entries(data).some(([key, value]) => /^(pid|problemdetails)$/i.test(key) && idIn(value));
  const words = hasPid ? data : { ...data, PID: event.id };
  parseData(dynatrace.payload, words);
  const alert = dynatrace.read(words, mapping).alerts[0]!;
  if (hasPid) return { source: dynatrace.name, alert: { ...alert, raw: event.data } };
  const fingerprint = event.shkeptncontext && !isTriggered(event) ? event.shkeptncontext : ownFingerprint(event);
  return {
    source: EVENTS,
    alert: { ...alert, fingerprint, startedAt: "", raw: event.data, problem: { ...alert.problem, source: EVENTS } },
  };
}

function idIn(value: unknown): boolean {
  if (isRecord(value)) return Boolean(value["id"] || value["problemId"]);
  return (typeof value === "string" || typeof value === "number") && String(value).trim() !== "";
}

/** In Keptn one context was triggered again for each turn; here every such event asks for a run. */
function isTriggered({ type }: Posted): boolean {
  return type.endsWith(".remediation.triggered");
}

function ownFingerprint({ source, id }: Posted): string {
  return `${source}/${id}`;
}

function textsOf(value: unknown): Record<string, string> {
  return Labels.safeParse(value).data ?? {};
}
