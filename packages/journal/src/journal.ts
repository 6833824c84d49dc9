import type { StoredEvent } from "@evenkeel/events";
import type { Remediation, TaskKind } from "@evenkeel/remediation";
import { failpoint, type Deliveries } from "@evenkeel/runtime";
import type pg from "pg";
import { append, appendIn, type Appended, type AppendOptions, type NewEvents } from "./append.ts";
import { countRemediations, type RemediationCounts } from "./counts.ts";
import { readCurve, saveCurve, type SavedCurve } from "./curves.ts";
import { openPool, query } from "./database.ts";
import { deliveriesIn } from "./deliveries.ts";
import { countEvents, type EventCounts } from "./event-counts.ts";
import { latestCursor, readAfter, type Cursor } from "./follow.ts";
import type { Logger } from "./log.ts";
import type { Lease } from "./look.ts";
import { migrate } from "./migrate.ts";
import {
  listNotifications,
  notificationCounter,
  pruneNotifications,
  type Notification,
  type NotificationQuery,
  type StoredNotification,
} from "./notifications.ts";
import {
  countPhases,
  listEvents,
  listRemediations,
  pageOfEvents,
  type EventPage,
  type EventPageQuery,
  type EventQuery,
  type RemediationQuery,
  type RemediationRow,
} from "./query.ts";
import { now, projectOfContext, readContext, readEvaluations, readEvent, readState, readStates } from "./read.ts";
import { foldLog, storedStates } from "./rebuild.ts";
import { rerun, type Asked, type Rerun } from "./rerun.ts";
import { contextOfTask, retry, type Retried } from "./retry.ts";
import {
  applyFiles,
  listProjects,
  listRevisions,
  readFiles,
  type Applied,
  type ApplyOptions,
  type ProjectFiles,
  type Revision,
} from "./resources.ts";
import { createFollower, type Follower } from "./subscribe.ts";
import {
  countTasks,
  extend,
  giveBack,
  listTasks,
  overdue,
  putOff,
  take,
  type TakenTask,
  type TaskRow,
} from "./tasks.ts";
import { tokensIn, type Tokens } from "./tokens.ts";
import { createNotifier } from "./wake.ts";
import type { OpenedTask } from "./write.ts";

/** The log, and what is kept beside it in the same database. Every method rejects with `Unavailable` when it is away. */
export interface Journal {
  append(context: string, events: NewEvents, options?: AppendOptions): Promise<Appended>;
  /** Calls back after each append of this process with the tasks it has opened: the chance to wake a worker at once. */
  onTasks(listener: (tasks: readonly OpenedTask[]) => void): void;
  /** Calls back after each append of this process with the events that it stored. */
  onEvents(listener: (events: readonly StoredEvent[]) => void): void;

  /** With `projects`, here and below, only of these. */
  read(context: string, projects?: readonly string[]): Promise<StoredEvent[]>;
  /** The project that a context belongs to; undefined when nobody knows it, or it belongs to none. */
  projectOf(context: string): Promise<string | undefined>;
  state(context: string): Promise<Remediation | undefined>;
  /** Of several contexts; those without a run are left out. */
  states(contexts: readonly string[]): Promise<Map<string, Remediation>>;
  event(id: string, projects?: readonly string[]): Promise<StoredEvent | undefined>;
  evaluations(
    target: { project: string; stage: string; service: string },
    limit: number,
  ): Promise<Extract<StoredEvent, { kind: "evaluation.finished" }>[]>;
  list(q: EventQuery): Promise<StoredEvent[]>;
  /** As `list`, either way round, and bounded in what it reads. */
  page(q: EventPageQuery): Promise<EventPage>;
  /** Among the newest `most` events of the range only. */
  eventCounts(q: Omit<EventQuery, "limit" | "before">, most?: number): Promise<EventCounts>;
  remediations(q: RemediationQuery): Promise<RemediationRow[]>;
  remediationCounts(q: Omit<RemediationQuery, "limit" | "before">): Promise<RemediationCounts>;
  phases(projects?: readonly string[]): Promise<Record<string, number>>;
  after(cursor: Cursor, limit: number): Promise<StoredEvent[]>;
  latest(): Promise<Cursor>;
  follow(): Promise<Follower>;

  take(task: string, by: string, leaseMs: number): Promise<TakenTask | undefined>;
  extend(lease: Lease, leaseMs: number): Promise<boolean>;
  putOff(lease: Lease, delayMs: number, error: string): Promise<boolean>;
  giveBack(lease: Lease, delayMs: number, error: string): Promise<void>;
  overdue(kinds: readonly TaskKind[], limit: number): Promise<{ id: string; kind: TaskKind; generation: number }[]>;
  tasks(limit: number, projects?: readonly string[]): Promise<TaskRow[]>;
  taskCounts(
    projects?: readonly string[],
  ): Promise<{ kind: TaskKind; state: "waiting" | "due" | "running" | "parked"; count: number }[]>;

  /** Begins one more run for the problem of a run that is over; asked twice it begins one. */
  rerun(context: string, asked: Asked): Promise<Rerun>;
  /** Puts a new task in the place of one that was set aside; asked twice it puts one. */
  retry(task: string, asked: Asked): Promise<Retried>;
  /** The context that a task belongs to, or belonged to before it was retried. */
  contextOfTask(task: string): Promise<string | undefined>;

  curve(context: string, indicator: string): Promise<SavedCurve | undefined>;
  /** False: a settled one is there already, or it is too large. Only the newest `keep` are kept. */
  saveCurve(context: string, indicator: string, saved: SavedCurve, keep?: number): Promise<boolean>;

  apply(project: string, files: ReadonlyMap<string, string>, options: ApplyOptions): Promise<Applied>;
  files(project: string, revision?: string): Promise<ProjectFiles | undefined>;
  revisions(project: string, limit: number): Promise<Revision[]>;
  projects(): Promise<{ project: string; revision: string; createdAt: string }[]>;

  /** Counts a notification that has no events of its own. */
  note(notification: Notification): Promise<void>;
  notifications(q: NotificationQuery): Promise<StoredNotification[]>;
  pruneNotifications(keep: number): Promise<void>;

  tokens: Tokens;
  deliveries: Deliveries;

  now(): Promise<Date>;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** The fold of the whole log, and the stored states: a sound journal has them equal. */
  rebuild(): Promise<{ folded: Map<string, Remediation>; stored: Map<string, Remediation> }>;
  close(): Promise<void>;
}

export interface JournalOptions {
  url: string;
  /** Of a role that may change the schema; unset: that of `url`. */
  migrationUrl?: string;
  log: Logger;
  /** Connections at most; default 10. */
  connections?: number;
}

/** Opens the journal and brings its schema up to date. */
export async function createJournal({ url, migrationUrl, log, connections }: JournalOptions): Promise<Journal> {
  if (migrationUrl !== undefined) await migrateAs(migrationUrl);
  const pool = openPool({
    url,
    max: connections,
    onError: (error) => log.warn({ error: error.message }, "a database connection broke"),
  });
  try {
    await migrate(pool);
    await warnOfLoss(pool, log);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return journalOn(pool, url, log);
}

async function warnOfLoss(pool: pg.Pool, log: Logger): Promise<void> {
  const [row] = await query<{ fsync: string }>(pool, "show fsync");
  if (row?.fsync === "off")
    log.warn(
      { fsync: "off" },
      "the database does not flush to disk: a power failure there loses what was acknowledged",
    );
}

async function migrateAs(url: string): Promise<void> {
  const pool = openPool({ url, max: 1 });
  try {
    await migrate(pool);
  } finally {
    await pool.end();
  }
}

function journalOn(pool: pg.Pool, url: string, log: Logger): Journal {
  const notifier = createNotifier(pool);
  const countNotification = notificationCounter(pool);
  const listeners: ((tasks: readonly OpenedTask[]) => void)[] = [];
  const observers: ((events: readonly StoredEvent[]) => void)[] = [];
  const tell = (appended: Appended): void => {
    if (appended.events.length > 0) notifier.notify();
    for (const observer of observers) observer(appended.events);
    if (appended.tasks.length > 0) for (const listener of listeners) listener(appended.tasks);
  };
  const appendAndTell: Journal["append"] = async (context, events, options) => {
    const appended = await append(pool, context, events, options);
    await failpoint("append.after-commit");
    if (appended.outcome === "duplicate" && appended.notification) await countNotification(appended.notification);
    tell(appended);
    return appended;
  };
  return {
    append: appendAndTell,
    onTasks: (listener) => void listeners.push(listener),
    onEvents: (listener) => void observers.push(listener),
    read: (context, projects) => readContext(pool, context, projects),
    projectOf: (context) => projectOfContext(pool, context),
    state: (context) => readState(pool, context),
    states: (contexts) => readStates(pool, contexts),
    event: (id, projects) => readEvent(pool, id, projects),
    evaluations: (target, limit) => readEvaluations(pool, target, limit),
    list: (q) => listEvents(pool, q),
    page: (q) => pageOfEvents(pool, q),
    eventCounts: (q, most) => countEvents(pool, q, most),
    remediations: (q) => listRemediations(pool, q),
    remediationCounts: (q) => countRemediations(pool, q),
    phases: (projects) => countPhases(pool, projects),
    after: (cursor, limit) => readAfter(pool, cursor, limit),
    latest: () => latestCursor(pool),
    follow: () => createFollower(pool, url, log),
    take: (task, by, leaseMs) => take(pool, task, by, leaseMs),
    extend: (lease, leaseMs) => extend(pool, lease, leaseMs),
    putOff: (lease, delayMs, error) => putOff(pool, lease, delayMs, error),
    giveBack: (lease, delayMs, error) => giveBack(pool, lease, delayMs, error),
    overdue: (kinds, limit) => overdue(pool, kinds, limit),
    tasks: (limit, projects) => listTasks(pool, limit, projects),
    taskCounts: (projects) => countTasks(pool, projects),
    async rerun(context, asked) {
      const outcome = await rerun(pool, context, asked);
      await failpoint("rerun.after-commit");
      if (outcome.outcome === "appended") tell(outcome.appended);
      return outcome;
    },
    async retry(task, asked) {
      const outcome = await retry(pool, task, asked);
      await failpoint("retry.after-commit");
      if (outcome.outcome === "appended") tell(outcome.appended);
      return outcome;
    },
    contextOfTask: (task) => contextOfTask(pool, task),
    curve: (context, indicator) => readCurve(pool, context, indicator),
    saveCurve: (context, indicator, saved, keep) => saveCurve(pool, context, indicator, saved, keep),
    async apply(project, files, options) {
      let told: Appended | undefined;
      const applied = await applyFiles(pool, project, files, options, async (client, event) => {
        told = await appendIn(client, `files:${project}`, [event]);
      });
      if (told) tell(told);
      return applied;
    },
    files: (project, revision) => readFiles(pool, project, revision),
    revisions: (project, limit) => listRevisions(pool, project, limit),
    projects: () => listProjects(pool),
    note: countNotification,
    notifications: (q) => listNotifications(pool, q),
    pruneNotifications: (keep) => pruneNotifications(pool, keep),
    tokens: tokensIn(pool),
    deliveries: deliveriesIn(pool),
    now: () => now(pool),
    ping: async () => void (await query(pool, "select 1")),
    rebuild: async () => ({ folded: await foldLog(pool), stored: await storedStates(pool) }),
    async close() {
      await notifier.close();
      await pool.end();
    },
  };
}
