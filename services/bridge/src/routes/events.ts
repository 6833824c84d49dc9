import { registry, Result, Status } from "@evenkeel/events";
import type { StoredEvent } from "@evenkeel/events";
import type { EventQuery } from "@evenkeel/journal";
import { problem, suggest } from "@evenkeel/runtime";
import * as z from "zod";
import { readPage } from "../cursor.ts";
import { contextParam, nextLink, page, paging, target, text, timeRange } from "../fields.ts";
import { route } from "../route.ts";
import { eventExample, eventView, LogEvent } from "../views/event.ts";
import type { VisibleJournal } from "../visible.ts";

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
    const read = query.order === "asc" ? oldestFirst : newestFirst;
    const { rows, nextCursor, headers } = await readPage("events", query, request, (behind, limit) =>
      read(journal, filtersOf(query), behind, limit),
    );
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

const ofRun = route({
  method: "get",
  path: "/v1/remediations/:context/events",
  operationId: "getRemediationEvents",
  summary: "The whole history of a run, oldest first",
  tag: "remediations",
  scope: "read",
  on: "the context's project",
  params: contextParam,
  responses: {
    200: { description: "every event", schema: EventPage, example: { items: [eventExample] } },
  },
  problems: { 404: "nothing is known of this context" },
  async handle({ params }, { journal }) {
    const events = await journal.read(params.context);
    if (events.length === 0) throw problem(404, "no-such-context", `no event has the context ${params.context}`);
    return { body: { items: events.map(eventView) } };
  },
});

export const eventRoutes = [list, one, ofRun];

function filtersOf({ type, order: _order, limit: _limit, cursor: _cursor, ...filters }: EventsQuery) {
  return { ...filters, ...(type && { types: type }) };
}

function newestFirst(
  journal: VisibleJournal,
  filters: Omit<EventQuery, "limit">,
  before: string | undefined,
  limit: number,
) {
  return journal.list({ ...filters, before, limit });
}

const HISTORY_PAGE = 500;

/** The log is indexed newest first; a context's history is short enough to be walked through and turned round. */
async function oldestFirst(
  journal: VisibleJournal,
  filters: Omit<EventQuery, "limit">,
  after: string | undefined,
  limit: number,
): Promise<StoredEvent[]> {
  const behind = BigInt(after ?? 0);
  let newer: StoredEvent[] = [];
  let before: string | undefined;
  for (;;) {
    const rows = await journal.list({ ...filters, before, limit: HISTORY_PAGE });
    const wanted = rows.filter((event) => BigInt(event.seq) > behind);
    newer = [...newer, ...wanted].slice(-limit);
    if (wanted.length < HISTORY_PAGE) return newer.reverse();
    before = rows.at(-1)!.seq;
  }
}
