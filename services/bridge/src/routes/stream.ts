import type { StoredEvent } from "@evenkeel/events";
import { parseCursor, type Cursor } from "@evenkeel/journal";
import { problem, projectsOf } from "@evenkeel/runtime";
import type { Response } from "@evenkeel/runtime";
import * as z from "zod";
import { route } from "../route.ts";
import { eventFilters } from "./events.ts";
import { eventExample } from "../views/event.ts";
import { projectIn } from "../visible.ts";

const StreamQuery = z.object({
  ...eventFilters,
  since: z.string().max(50).optional().describe("cursor of the last event that is known; unset: from now on"),
});
type Filters = Omit<z.output<typeof StreamQuery>, "since">;

const stream = route({
  method: "get",
  path: "/v1/stream",
  operationId: "watch",
  summary: "Follow the log as server-sent events",
  description:
    "Each event has its cursor as `id`, its kind as `event` and the CloudEvent as `data`. A reader that comes back with " +
    "Last-Event-ID (or since) misses nothing and gets nothing twice. `reset` is sent when the cursor is none of this log. " +
    "A reader that does not take what it is sent is cut off.",
  tag: "events",
  scope: "read",
  on: "readable projects",
  query: StreamQuery,
  headers: z.object({ "last-event-id": z.string().max(50).optional().describe("goes before since") }),
  responses: {
    200: {
      description: "events until one side ends it",
      contentType: "text/event-stream",
      schema: z.string(),
      example: `id: ${eventExample.cursor}\nevent: ${eventExample.kind}\ndata: ${JSON.stringify(eventExample)}\n\n`,
    },
  },
  async handle({ query, headers, request, response, subject, isStillIn }, { streams }) {
    const { since, ...filters } = query;
    const from =
      cursorOf(headers["last-event-id"] || undefined, "header/last-event-id") ?? cursorOf(since, "query/since");
    if (request.method === "HEAD") return { headers: { "content-type": "text/event-stream; charset=utf-8" } };
    const projects = projectsOf(subject, "read");
    const isReadable = ({ data }: StoredEvent) => projects === undefined || projects.includes(projectIn(data) ?? "");
    const look = setInterval(() => void endUnless(isStillIn, response), LOOK_MS);
    try {
      await streams.open(response, from, (event) => isReadable(event) && matches(event, filters));
    } finally {
      clearInterval(look);
    }
    return undefined;
  },
});

export const streamRoutes = [stream];

/** With what a process remembers of a token, five seconds at most. */
const LOOK_MS = 1_000;

/** A token that is revoked or expires ends what it has begun. Whether it is, the database may not be able to tell. */
async function endUnless(isStillIn: () => Promise<boolean>, response: Response): Promise<void> {
  const isIn = await isStillIn().catch(() => true);
  if (!isIn) response.end();
}

function cursorOf(text: string | undefined, where: string): Cursor | undefined {
  if (text === undefined) return undefined;
  const cursor = parseCursor(text);
  if (cursor) return cursor;
  const detail = `${JSON.stringify(text)} is no cursor; it is the id of an event of this stream, such as 7731.1042`;
  throw problem(400, "bad-cursor", detail, { errors: [{ pointer: `/${where}`, detail }] });
}

function matches(event: StoredEvent, { project, stage, service, type, context }: Filters): boolean {
  if (context !== undefined && event.context !== context) return false;
  if (type && !type.includes(event.kind) && !type.includes(event.type)) return false;
  const data: Record<string, unknown> = typeof event.data === "object" && event.data !== null ? { ...event.data } : {};
  const fits = (name: "project" | "stage" | "service", wanted: string | undefined) =>
    wanted === undefined || data[name] === wanted;
  return fits("project", project) && fits("stage", stage) && fits("service", service);
}
