import * as z from "zod";
import { route } from "../route.ts";
import { listFilters } from "./events.ts";

const Counts = z.record(z.string(), z.number().int());

export const EventCounts = z
  .object({
    total: z.number().int().describe("events that fit, of those looked at"),
    looked: z.number().int().describe("how many of the newest events in the range were looked at, at most 10000"),
    more: z
      .boolean()
      .describe("there are older events in the range that were not looked at: each count means at least so many"),
    kinds: Counts,
    results: Counts.describe("of events that have one"),
    statuses: Counts.describe("of events that have one"),
    services: z
      .array(z.object({ service: z.string(), count: z.number().int() }))
      .describe("those with most events, at most 100"),
    sources: z
      .array(z.object({ source: z.string(), count: z.number().int() }))
      .describe("those with most events, at most 100"),
  })
  .meta({ id: "EventCounts" });
export type EventCounts = z.infer<typeof EventCounts>;

const counts = route({
  method: "get",
  path: "/v1/event-counts",
  operationId: "getEventCounts",
  summary: "How many events there are by kind, result, status, service and source",
  description:
    "Looks at the newest 10,000 events of the range that project, stage, service, context, from and to give, and counts " +
    "those among them that fit the other filters. With `more` there are older ones, too, and a number stands for at " +
    "least so many; what is missing in the counts may then still be among the older ones.",
  tag: "events",
  scope: "read",
  on: "readable projects",
  query: z.object(listFilters),
  responses: {
    200: {
      description: "the counts",
      schema: EventCounts,
      example: {
        total: 9_120,
        looked: 10_000,
        more: true,
        kinds: { "action.finished": 4_560, "evaluation.finished": 4_560 },
        results: { pass: 8_900, fail: 220 },
        statuses: { succeeded: 9_120 },
        services: [{ service: "carts", count: 9_120 }],
        sources: [{ source: "evaluation-worker", count: 4_560 }],
      },
    },
  },
  async handle({ query: { type, ...filters } }, { journal }) {
    return { body: await journal.eventCounts({ ...filters, ...(type && { types: type }) }) };
  },
});

export const eventCountRoutes = [counts];
