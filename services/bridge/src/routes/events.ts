import { registry, Result, Status } from "@evenkeel/events";
import { problem, suggest } from "@evenkeel/runtime";
import * as z from "zod";
import { formatPageCursor, linkPage } from "../cursor.ts";
import { contextParam, nextLink, page, paging, target, text, timeRange } from "../fields.ts";
import { route } from "../route.ts";
import { eventExample, eventView, LogEvent } from "../views/event.ts";

const KINDS = Object.keys(registry);

/** A short word that is no kind, but looks like one, finds nothing and was never meant. */
const eventType = text(200).superRefine((word, context) => {
  if (KINDS.includes(word) || word.split(".").length > 2) return;
  const meant = suggest(word, KINDS);
  if (meant) context.addIssue({ code: "custom", message: `no kind ${JSON.stringify(word)}; did you mean ${meant}?` });
});

export const eventFilters = {
  ...target,
  type: z.array(eventType).min(1).max(50).optional().describe("CloudEvents types or kinds (`action.started`); any"),
  context: text(200).optional().describe("id of a run"),
};

/** Of the list, and of its counts. */
export const listFilters = {
  ...eventFilters,
  source: text(500).optional(),
  status: Status.optional(),
  result: Result.optional(),
  ...timeRange,
  text: text(200).optional().describe("anywhere in the data, case does not matter"),
};

const EventsQuery = z.object({
  ...listFilters,
  order: z.enum(["desc", "asc"]).default("desc").describe("asc (oldest first) only with context"),
  ...paging,
});
type EventsQuery = z.output<typeof EventsQuery>;

const EventPage = page(LogEvent).meta({ id: "EventPage" });

const list = route({
  method: "get",
  path: "/v1/events",
  operationId: "getEvents",
  summary: "Events of the log, newest first",
  description:
    "A page is bounded: `text` is looked for in 50,000 events at a time. It may have fewer items than `limit`, or none, and still lead on by `nextCursor`.",
  tag: "events",
  scope: "read",
  on: "readable projects",
  query: EventsQuery,
  responses: {
    200: {
      description: "one page",
      schema: EventPage,
      example: { items: [eventExample], nextCursor: "MTA0Mi5hYmNkZWZnaGlqaw" },
      headers: nextLink,
    },
  },
  async handle({ query, request }, { journal }) {
    if (query.order === "asc" && query.context === undefined) {
      const detail = "order=asc needs a context: the log as a whole is read newest first, or followed by /v1/stream";
      throw problem(400, "bad-parameter", detail, { errors: [{ pointer: "/query/order", detail }] });
    }
    const oldestFirst = query.order === "asc";
    const { rows, nextCursor, headers } = await linkPage("events", query, request, async (behind) => {
      const from = oldestFirst ? { oldestFirst, after: behind } : { before: behind };
      const { events, next } = await journal.page({ ...filtersOf(query), ...from, limit: query.limit });
      return { rows: events, next };
    });
    return { headers, body: { items: rows.map(eventView), nextCursor } };
  },
});

const one = route({
  method: "get",
  path: "/v1/events/:id",
  operationId: "getEvent",
  summary: "One event by its id",
  tag: "events",
  scope: "read",
  on: "the event's project",
  params: z.object({ id: text(500) }),
  responses: { 200: { description: "the event", schema: LogEvent, example: eventExample } },
  problems: { 404: "no event has this id" },
  async handle({ params }, { journal }) {
    const event = await journal.event(params.id);
    if (!event) throw problem(404, "no-such-event", `no event has the id ${params.id}`);
    return { body: eventView(event) };
  },
});

/** Beyond any run's own: only senders that mean harm make longer ones. */
const HISTORY = { limit: 10_000, mostBytes: 32 * 1024 * 1024 };

const ofRun = route({
  method: "get",
  path: "/v1/remediations/:context/events",
  operationId: "getRemediationEvents",
  summary: "The whole history of a run, oldest first",
  description:
    "Of a history of more than 32 MiB or 10,000 events the beginning; `nextCursor` and the link lead on in `/v1/events?order=asc`.",
  tag: "remediations",
  scope: "read",
  on: "the context's project",
  params: contextParam,
  responses: {
    200: {
      description: "every event",
      schema: EventPage,
      example: { items: [eventExample] },
      headers: nextLink,
    },
  },
  problems: { 404: "nothing is known of this context" },
  async handle({ params: { context }, request }, { journal }) {
    const { events, next: behind } = await journal.page({ context, oldestFirst: true, ...HISTORY });
    if (events.length === 0) throw problem(404, "no-such-context", `no event has the context ${context}`);
    const items = events.map(eventView);
    if (behind === undefined) return { body: { items } };
    const order = "asc";
    const nextCursor = formatPageCursor("events", { context, order }, behind);
    const place = request.originalUrl.replace(/\/remediations\/.*$/, "/events");
    const next = `${place}?${new URLSearchParams({ context, order, cursor: nextCursor })}`;
    return { headers: { link: `<${next}>; rel="next"` }, body: { items, nextCursor } };
  },
});

export const eventRoutes = [list, one, ofRun];

function filtersOf({ type, order: _order, limit: _limit, cursor: _cursor, ...filters }: EventsQuery) {
  return { ...filters, ...(type && { types: type }) };
}
