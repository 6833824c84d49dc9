import { formatCursor, type TaskRow } from "@evenkeel/journal";
import type { Remediation } from "@evenkeel/remediation";
import * as z from "zod";
import { readPage } from "../cursor.ts";
import { limit, nextLink, page, paging, text } from "../fields.ts";
import { route } from "../route.ts";
import { Task, TASK_STATES, taskView } from "../views/task.ts";
import type { VisibleJournal } from "../visible.ts";

const OUTCOMES = ["triggered", "joined", "resolved", "unrouted", "ignored", "stored"] as const;
/** A repeat counts in its row: that it joined is only said to its sender. */
const STORED = z.enum(OUTCOMES).exclude(["joined"]);

const Notification = z
  .object({
    id: z.string(),
    seq: z.string(),
    source: z.string(),
    context: z.string().optional().describe("the run that it began or joined"),
    outcome: z.enum(OUTCOMES),
    reason: z.string().optional().describe("why nothing was started"),
    title: z.string().optional(),
    count: z.number().int().describe("how often it came"),
    firstReceived: z.string(),
    lastReceived: z.string(),
    body: z.string().optional().describe("the sender's text, cut to a bounded size"),
  })
  .meta({ id: "Notification" });
export type Notification = z.infer<typeof Notification>;

const notifications = route({
  method: "get",
  path: "/v1/notifications",
  operationId: "getNotifications",
  summary: "What came in and what became of it; outcome=unrouted tells what could not be routed, and why",
  tag: "operations",
  scope: "read",
  on: "readable projects",
  query: z.object({ outcome: STORED.optional(), source: text(500).optional(), ...paging }),
  responses: {
    200: {
      description: "one page, newest first",
      schema: page(Notification).meta({ id: "NotificationPage" }),
      example: {
        items: [
          {
            id: "alertmanager/9f8e7d",
            seq: "12",
            source: "alertmanager",
            outcome: "unrouted",
            reason: "no label names a service",
            title: "HighLatency",
            count: 3,
            firstReceived: "2026-01-31T11:59:30.000Z",
            lastReceived: "2026-01-31T12:09:30.000Z",
          },
        ],
      },
      headers: nextLink,
    },
  },
  async handle({ query, request }, { journal }) {
    const { outcome, source } = query;
    const { rows, nextCursor, headers } = await readPage("notifications", query, request, (before, most) =>
      journal.notifications({ outcome, source, before, limit: most }),
    );
    return { headers, body: { items: rows, nextCursor } };
  },
});

/** Parked tasks come first and then those that are due the longest, so that a bounded look sees what matters. */
const LOOK_AT = 5000;

const tasks = route({
  method: "get",
  path: "/v1/tasks",
  operationId: "getTasks",
  summary: "What is still to be done: parked first, then by due time",
  tag: "operations",
  scope: "read",
  on: "readable projects",
  query: z.object({ state: z.array(z.enum(TASK_STATES)).min(1).optional().describe("any of them"), limit }),
  responses: {
    200: {
      description: "the first ones",
      schema: z.object({ items: z.array(Task) }),
      example: {
        items: [
          {
            id: "7d0c7a0e-4bb2-4a39-8f6c-1f5b3c1e2d3a",
            kind: "wait",
            context: "0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
            key: "wait.0.0",
            state: "open",
            dueAt: "2026-01-31T12:10:04.000Z",
            deadlineAt: "2026-01-31T12:12:04.000Z",
            attempts: 0,
            failures: 0,
          },
        ],
      },
    },
  },
  async handle({ query }, { journal }) {
    const [now, rows] = await Promise.all([journal.now(), journal.tasks(query.state ? LOOK_AT : query.limit)]);
    const all = rows.map((row) => ({ row, view: taskView(row, now) }));
    const wanted = all.filter(({ view }) => !query.state || query.state.includes(view.state)).slice(0, query.limit);
    const parked = [...new Set(wanted.filter(({ row }) => row.parkedAt).map(({ row }) => row.context))];
    const [states, commanded] = await Promise.all([
      parked.length > 0 ? journal.states(parked) : new Map<string, Remediation>(),
      commandedAmong(journal, parked),
    ]);
    const view = (row: TaskRow) => taskView(row, now, states.get(row.context), commanded.has(row.context));
    return { body: { items: wanted.map(({ row }) => view(row)) } };
  },
});

const StatusView = z
  .object({
    version: z.string(),
    storage: z.enum(["embedded", "postgres"]),
    queue: z.enum(["postgres", "redis"]),
    now: z.string().describe("by the database's clock"),
    phases: z.record(z.string(), z.number().int()).describe("how many runs are in each phase"),
    oldestOverdue: Task.optional().describe("the task that should have been done first"),
    parkedTasks: z.number().int(),
    cursor: z.string().describe("how far this process has followed the log"),
    latestCursor: z.string().describe("where the log is"),
    streams: z.number().int().describe("readers that follow the log through this process"),
    providers: z.record(z.string(), z.array(z.string())).describe("what is plugged in"),
  })
  .meta({ id: "Status" });
export type StatusView = z.infer<typeof StatusView>;

const status = route({
  method: "get",
  path: "/v1/status",
  operationId: "getStatus",
  summary: "Version, modes, and whether the work gets done",
  tag: "operations",
  scope: "read",
  on: "readable projects",
  responses: {
    200: {
      description: "the status",
      schema: StatusView,
      example: {
        version: "0.1.0",
        storage: "embedded",
        queue: "postgres",
        now: "2026-01-31T12:00:00.000Z",
        phases: { waiting: 1, finished: 12 },
        parkedTasks: 0,
        cursor: "7731.1042",
        latestCursor: "7731.1042",
        streams: 1,
        providers: { actions: ["escalate", "scaling", "webhook"] },
      },
    },
  },
  async handle(_call, { journal, follower, settings, version, providers = {}, streams }) {
    const [now, phases, rows, latest] = await Promise.all([
      journal.now(),
      journal.phases(),
      journal.tasks(LOOK_AT),
      journal.latest(),
    ]);
    const found = rows.map((row) => taskView(row, now));
    const oldestOverdue = found.find(({ state }) => state === "overdue");
    return {
      body: {
        version,
        storage: settings.database.url ? "postgres" : "embedded",
        queue: settings.queue.redisUrl ? "redis" : "postgres",
        now: now.toISOString(),
        phases,
        ...(oldestOverdue && { oldestOverdue }),
        parkedTasks: found.filter(({ state }) => state === "parked").length,
        cursor: formatCursor(follower.position()),
        latestCursor: formatCursor(latest),
        streams: streams.count(),
        providers,
      },
    };
  },
});

export const operationRoutes = [notifications, tasks, status];

/** Those contexts of which the caller may ask something. */
async function commandedAmong(journal: VisibleJournal, contexts: readonly string[]): Promise<ReadonlySet<string>> {
  const projects = await Promise.all(contexts.map((context) => journal.projectOf(context)));
  const isCommanded = (project: string | undefined) =>
    project !== undefined && journal.may("remediations:command", project);
  return new Set(contexts.filter((_, at) => isCommanded(projects[at])));
}
