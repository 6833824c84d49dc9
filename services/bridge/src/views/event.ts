import { toCloudEvent, registry, type StoredEvent } from "@evenkeel/events";
import * as z from "zod";

const KINDS = Object.keys(registry) as [string, ...string[]];

/** An event of the log: the CloudEvent, and where it stands in the log. */
export const LogEvent = z
  .object({
    specversion: z.literal("1.0"),
    id: z.string(),
    source: z.string(),
    type: z.string().describe("CloudEvents type"),
    time: z.string().describe("RFC 3339"),
    datacontenttype: z.literal("application/json"),
    shkeptncontext: z.string().describe("the run that it belongs to"),
    triggeredid: z.string().optional().describe("id of the .triggered event that it answers"),
    gitcommitid: z.string().optional().describe("revision of the project's files"),
    data: z.unknown().describe("by kind: see the schemas data.<kind>"),
    kind: z.enum(KINDS).describe("short form of the type"),
    seq: z.string().describe("ever growing number in the log"),
    cursor: z.string().describe("for /v1/stream?since="),
    receivedAt: z.string().describe("RFC 3339; when the log got it"),
  })
  .meta({ id: "Event" });
export type LogEvent = z.infer<typeof LogEvent>;

export function eventView(event: StoredEvent): LogEvent {
  const { kind, seq, cursor, receivedAt } = event;
  return { ...toCloudEvent(event), kind, seq, cursor, receivedAt };
}

export const eventExample: LogEvent = {
  specversion: "1.0",
  id: "7a4e9c5e-6d0b-4c55-9d5c-0b1d1c5f6a11",
  source: "evenkeel",
  type: "sh.keptn.event.action.started",
  time: "2026-01-31T12:00:04.120Z",
  datacontenttype: "application/json",
  shkeptncontext: "0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
  triggeredid: "b0d1f1c6-5ab1-4b5e-8a3f-5d4f3c2b1a00",
  gitcommitid: "f3c1a9e0d2b4c6a8e0f1a2b3c4d5e6f708192a3b",
  data: {
    project: "sockshop",
    stage: "production",
    service: "carts",
    attempt: 0,
    message: "Deployment carts: 1 → 2 replicas",
    plan: { before: 1, after: 2 },
  },
  kind: "action.started",
  seq: "1042",
  cursor: "7731.1042",
  receivedAt: "2026-01-31T12:00:04.125Z",
};
