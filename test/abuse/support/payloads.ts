import { ALERT, webhook } from "../../../services/problem-ingester/src/sources/fixtures/alertmanager.ts";
import { OPEN, TEST_BUTTON, wrapped } from "../../../services/problem-ingester/src/sources/fixtures/dynatrace.ts";

/** A request as a real sender makes it. */
export interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface Payload {
  name: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  value: unknown;
}

const json = { "content-type": "application/json" };
const structured = { "content-type": "application/cloudevents+json" };
const batched = { "content-type": "application/cloudevents-batch+json" };

const event = {
  specversion: "1.0",
  id: "c5b1d5a2-3a52-4b39-9a2f-7a4f0b0f6d11",
  source: "https://ci.invalid/pipelines/7",
  type: "com.example.build.finished",
  time: "2026-01-31T12:00:00Z",
  data: { project: "sockshop", stage: "production", service: "carts", status: "succeeded", minutes: 4.5 },
};
const problem = {
  ...event,
  type: "sh.keptn.events.problem",
  data: {
    project: "sockshop",
    stage: "production",
    service: "carts",
    problem: {
      id: "own-1",
      title: "slow",
      severity: "error",
      labels: { team: "a" },
      startedAt: "2026-01-31T12:00:00Z",
    },
  },
};
const keptnEvent = {
  type: "sh.keptn.event.production.remediation.triggered",
  specversion: "1.0",
  source: "https://github.com/keptn/keptn/api",
  shkeptncontext: "a3e5f16d-8888-4720-82c7-6995062905c1",
  contenttype: "application/json",
  data: {
    project: "sockshop",
    stage: "production",
    service: "carts",
    labels: { buildId: "7" },
    problem: { ProblemTitle: "Response time degradation", State: "OPEN", PID: "93a5-3fas-a09d-8ckf" },
  },
};
const evaluation = {
  ...event,
  type: "sh.keptn.event.evaluation.triggered",
  data: { project: "sockshop", stage: "production", service: "carts", evaluation: { timeframe: "5m" } },
};
const ce = Object.fromEntries(
  Object.entries(event).flatMap(([name, value]) => (typeof value === "string" ? [[`ce-${name}`, value]] : [])),
);

/** One of every form that some sender uses. */
export const PAYLOADS: readonly Payload[] = [
  { name: "alertmanager", path: "/v1/webhooks/alertmanager", headers: json, value: webhook([ALERT]) },
  {
    name: "alertmanager group",
    path: "/v1/webhooks/alertmanager",
    headers: json,
    value: webhook([ALERT, { ...ALERT, fingerprint: "b" }, { ...ALERT, fingerprint: "c", status: "resolved" }]),
  },
  { name: "dynatrace bare", path: "/v1/webhooks/dynatrace", headers: json, value: OPEN },
  { name: "dynatrace resolved", path: "/v1/webhooks/dynatrace", headers: json, value: { ...OPEN, State: "RESOLVED" } },
  { name: "dynatrace wrapped", path: "/v1/webhooks/dynatrace", headers: json, value: wrapped(OPEN) },
  { name: "dynatrace test", path: "/v1/webhooks/dynatrace", headers: json, value: TEST_BUTTON },
  { name: "CloudEvent structured", path: "/v1/events", headers: structured, value: event },
  { name: "CloudEvent batch", path: "/v1/events", headers: batched, value: [event, problem, evaluation] },
  { name: "CloudEvent binary", path: "/v1/events", headers: { ...json, ...ce }, value: event.data },
  { name: "problem event", path: "/v1/events", headers: structured, value: problem },
  { name: "evaluation event", path: "/v1/events", headers: structured, value: evaluation },
  { name: "Keptn event", path: "/v1/event", headers: json, value: keptnEvent },
  { name: "Keptn problem", path: "/api/v1/event", headers: json, value: wrapped(OPEN, "1.0") },
];

export function sentOf({ path, headers, value }: Payload): Sent {
  return { method: "POST", path, headers: { ...headers }, body: Buffer.from(JSON.stringify(value)) };
}
