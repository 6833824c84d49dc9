import { z } from "zod";
import { CloudEvent } from "./cloudevents.ts";
import { alertSources } from "./sources/index.ts";

/** A route as the API's document tells of it. */
export interface IngesterDoc {
  method: "post";
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  scope: "source";
  on: "the alerts' projects";
  body: { schema: z.ZodType; example: unknown; contentTypes?: readonly string[] };
  responses: Readonly<Record<number, { description: string; schema: z.ZodType; example?: unknown }>>;
  problems: Readonly<Record<number, string>>;
}

const Decision = z
  .object({
    id: z.string(),
    context: z.string().describe("the run or trace that it belongs to"),
    outcome: z.enum(["triggered", "joined", "resolved", "unrouted", "ignored", "stored"]),
    reason: z.string().optional().describe("why nothing was started"),
    duplicate: z.literal(true).optional().describe("it was in the log before"),
  })
  .meta({ id: "Decision" });

const Refused = z
  .object({
    id: z.string().optional(),
    outcome: z.literal("refused"),
    status: z.number().int(),
    code: z.string(),
    reason: z.string(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
  })
  .meta({ id: "Refused" });

const Webhook = z.object({ results: z.array(z.union([Decision, Refused])), warnings: z.array(z.string()).optional() });
const Events = z.object({ results: z.array(z.union([Decision, Refused])) });

const EVENT = {
  specversion: "1.0",
  id: "7d1f0c2e-6f0a-4a57-9a1e-0f3c1f0a9b01",
  source: "my-monitoring",
  type: "sh.keptn.events.problem",
  data: {
    project: "sockshop",
    stage: "production",
    service: "carts",
    problem: { id: "carts-slow", title: "Response time degradation", severity: "warning" },
  },
};

const PROBLEMS = {
  403: "The sender may not send from its address, or not speak of any of the projects.",
  409: "This very signed delivery was taken in before.",
  503: "It could not be stored, or the sender sends too often; sending it again is safe.",
};

/** Whether a request is for one of these routes, however its path is written. */
export function isIntake(method: string, path: string): boolean {
  const plain = path.replace(/\/$/, "");
  return method === "POST" && (plain.startsWith("/v1/webhooks/") || ingesterDocs.some((doc) => doc.path === plain));
}

/** The intake's part of the API's document. */
export const ingesterDocs: readonly IngesterDoc[] = [
  ...alertSources.map(({ name, payload, example }): IngesterDoc => ({
    method: "post",
    path: `/v1/webhooks/${name}`,
    operationId: `receive-${name}`,
    summary: `Takes in a notification of ${name}`,
    description: "Each alert gets its own result. A repeat joins its episode and starts nothing.",
    tag: "intake",
    scope: "source",
    on: "the alerts' projects",
    body: { schema: payload, example },
    responses: { 202: { description: "Stored; each alert with what became of it", schema: Webhook } },
    problems: PROBLEMS,
  })),
  {
    method: "post",
    path: "/v1/events",
    operationId: "send-event",
    summary: "Takes in CloudEvents: binary, structured or batched",
    description:
      "Problems start a remediation, sh.keptn.event.evaluation.triggered a quality gate; unknown types are kept. " +
      "Events that tell what a run has done are refused: only Evenkeel makes them.",
    tag: "intake",
    scope: "source",
    on: "the alerts' projects",
    body: {
      schema: z.union([CloudEvent, z.array(CloudEvent)]),
      example: EVENT,
      contentTypes: ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"],
    },
    responses: { 202: { description: "Stored; of a batch, each event with what became of it", schema: Events } },
    problems: { ...PROBLEMS, 400: "No JSON, or no event of a batch can be used." },
  },
  ...["/v1/event", "/api/v1/event"].map((path): IngesterDoc => ({
    method: "post",
    path,
    operationId: path === "/v1/event" ? "send-keptn-event" : "send-keptn-event-alias",
    summary: "Keptn's way to send one event",
    tag: "intake",
    scope: "source",
    on: "the alerts' projects",
    body: { schema: CloudEvent, example: EVENT },
    responses: { 200: { description: "Stored", schema: z.object({ keptnContext: z.string() }) } },
    problems: PROBLEMS,
  })),
];
