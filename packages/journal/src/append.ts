import { randomUUID } from "node:crypto";
import { hashUuid, type Event, type NewEvent, type StoredEvent, type Target } from "@evenkeel/events";
import { holdsTarget, openTask, type Remediation, type TaskSpec } from "@evenkeel/remediation";
import type pg from "pg";
import { transaction } from "./database.ts";
import { upsertNotification, type Notification } from "./notifications.ts";
import { columnsOf, EVENT_COLUMNS, toEvent, type EventRow } from "./rows.ts";
import { complete, emitted, follow, type Stamp } from "./run.ts";

/** The right to finish a task: its id and the generation that `take` gave. */
export interface Lease {
  task: string;
  generation: number;
}

export interface AppendOptions {
  /** CloudEvents source of events that name none. */
  source?: string;
  /** The task that this append finishes. When it is gone or taken by another, nothing is stored. */
  completes?: Lease;
  /** As `completes`, but the task goes on: a fenced note of progress. */
  under?: Lease;
  /** The finished task is kept as parked, with this error, for a person to look at. */
  park?: string;
  /** The raw notification behind these events, counted in the same transaction. */
  notification?: Notification;
}

/** A task that an append opened. */
export interface OpenedTask {
  id: string;
  kind: string;
  context: string;
  dueAt: string;
  /** Milliseconds until due, by the database's clock. */
  dueInMs: number;
}

export type Appended =
  | { outcome: "appended"; events: StoredEvent[]; tasks: OpenedTask[] }
  /** The task was finished by someone else, or this worker has lost its lease: nothing was stored. */
  | { outcome: "already-done"; events: []; tasks: [] }
  /** Every event is in the log already: nothing was stored but the count of the notification. */
  | { outcome: "duplicate"; events: []; tasks: [] };

/**
 * The one transaction: fences, stores the events and all that follow from them, and with them the fold, the target
 * lock and the open tasks. Either all of it is in the log or nothing is. Events whose (source, id) is known are left out.
 * Throws `Unavailable` when the database is away; the outcome is then unknown, and appending again is safe.
 */
export async function append(
  pool: pg.Pool,
  context: string,
  inputs: readonly NewEvent[],
  options: AppendOptions = {},
): Promise<Appended> {
  try {
    return await transaction(pool, (client) => appendIn(client, context, inputs, options));
  } catch (error) {
    // The same event came through another context's lock at the same moment: now it is visible as a duplicate.
    if (!isUniqueViolation(error, "events_source_id_key")) throw error;
    return transaction(pool, (client) => appendIn(client, context, inputs, options));
  }
}

async function appendIn(
  client: pg.PoolClient,
  context: string,
  inputs: readonly NewEvent[],
  options: AppendOptions,
): Promise<Appended> {
  const target = await lock(client, context, inputs);
  const loaded = await load(client, context, inputs, options, target);
  if (options.notification) await upsertNotification(client, options.notification);
  if (!loaded.leaseHeld) return { outcome: "already-done", events: [], tasks: [] };
  const fresh = inputs.filter((event) => !loaded.known.has(identity(event.source ?? options.source, event.id)));
  if (fresh.length === 0 && inputs.length > 0) return { outcome: "duplicate", events: [], tasks: [] };

  const stamp: Stamp = { now: loaded.now, newId: randomUUID, source: options.source ?? "evenkeel" };
  const runs = new Map<string, Remediation | undefined>();
  const events: Event[] = [];
  let state = loaded.state;
  for (const input of fresh) {
    const event = complete(loaded.resolvedBefore ? lateOpen(input) : input, context, stamp);
    const after = follow(state, event, stamp);
    events.push(...after.events);
    state = after.state;
  }
  const own = { ...stamp, source: "evenkeel" };
  if (state?.phase === "queued" && !state.paused) {
    const admission = admit(state, loaded.holder, own);
    events.push(...admission.events);
    state = admission.state;
  }
  if (state) runs.set(context, state);
  if (loaded.state && holdsTarget(loaded.state) && state && !holdsTarget(state)) {
    const next = await nextInLine(client, state.target, context);
    if (next) {
      const after = follow(next, emitted({ kind: "remediation.started", data: {} }, next, own), own);
      events.push(...after.events);
      runs.set(next.context, after.state);
    }
  }
  const stored = await insertEvents(client, events);
  const tasks = await project(client, runs, stored, options);
  return { outcome: "appended", events: stored, tasks };
}

/** All runs of one target take one lock, so that no two appends can ever wait for each other in a circle. */
async function lock(client: pg.PoolClient, context: string, inputs: readonly NewEvent[]): Promise<Target | undefined> {
  const known = await client.query<Target>("select project, stage, service from remediations where context = $1", [
    context,
  ]);
  const target = known.rows[0] ?? targetOf(inputs);
  const key = target ? `target:${target.project}/${target.stage}/${target.service}` : `context:${context}`;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [key]);
  return target;
}

function targetOf(inputs: readonly NewEvent[]): Target | undefined {
  for (const { data } of inputs) {
    if (typeof data !== "object" || data === null) continue;
    const { project, stage, service } = data as Partial<Target>;
    if (project && stage && service) return { project, stage, service };
  }
  return undefined;
}

interface Loaded {
  now: string;
  state: Remediation | undefined;
  holder: string | undefined;
  leaseHeld: boolean;
  resolvedBefore: boolean;
  known: ReadonlySet<string>;
}

async function load(
  client: pg.PoolClient,
  context: string,
  inputs: readonly NewEvent[],
  options: AppendOptions,
  target: Target | undefined,
): Promise<Loaded> {
  const named = inputs.filter((event) => event.id !== undefined);
  const { rows } = await client.query<{
    now: Date;
    state: Remediation | null;
    holder: string | null;
    resolved: boolean;
    known: { source: string; id: string }[] | null;
  }>(
    `select clock_timestamp() as now,
       (select state from remediations where context = $1) as state,
       (select context from remediations where project = $2 and stage = $3 and service = $4 and holds_target) as holder,
       exists (select from events where context = $1 and kind = 'problem' and data->>'state' in ('resolved', 'merged')) as resolved,
       (select jsonb_agg(jsonb_build_object('source', e.source, 'id', e.id))
          from events e join unnest($5::text[], $6::text[]) as k(source, id) using (source, id)) as known`,
    [
      context,
      target?.project ?? null,
      target?.stage ?? null,
      target?.service ?? null,
      named.map((event) => event.source ?? options.source ?? "evenkeel"),
      named.map((event) => event.id),
    ],
  );
  const row = rows[0]!;
  return {
    now: row.now.toISOString(),
    state: row.state ?? undefined,
    holder: row.holder ?? undefined,
    leaseHeld: await holdsLease(client, options.completes ?? options.under),
    resolvedBefore: row.resolved && row.state === null,
    known: new Set((row.known ?? []).map(({ source, id }) => identity(source, id))),
  };
}

async function holdsLease(client: pg.PoolClient, lease: Lease | undefined): Promise<boolean> {
  if (!lease) return true;
  // Locked until the commit, so that nobody can take the task between this look and our writes.
  const held = await client.query(
    "select 1 from tasks where id = $1 and generation = $2 and parked_at is null for update",
    [lease.task, lease.generation],
  );
  return held.rowCount === 1;
}

/** An episode that was reported resolved before it was reported open starts nothing. */
function lateOpen(event: NewEvent): NewEvent {
  if (event.kind !== "remediation.triggered") return event;
  const { project, stage, service, problem } = event.data;
  const reason = "this episode was already resolved when it was reported open";
  const id = event.id && hashUuid([event.id, "ignored"]);
  return { kind: "problem.ignored", source: event.source, id, data: { project, stage, service, problem, reason } };
}

function admit(state: Remediation, holder: string | undefined, stamp: Stamp) {
  if (!holder) return follow(state, emitted({ kind: "remediation.started", data: {} }, state, stamp), stamp);
  if (state.phase === "queued" && state.behind) return { state, events: [] };
  return follow(state, emitted({ kind: "remediation.queued", data: { behind: holder } }, state, stamp), stamp);
}

async function nextInLine(client: pg.PoolClient, target: Target, except: string): Promise<Remediation | undefined> {
  const { rows } = await client.query<{ state: Remediation }>(
    `select state from remediations
      where project = $1 and stage = $2 and service = $3 and phase = 'queued' and not paused and context <> $4
      order by seq limit 1`,
    [target.project, target.stage, target.service, except],
  );
  return rows[0]?.state;
}

async function insertEvents(client: pg.PoolClient, events: readonly Event[]): Promise<StoredEvent[]> {
  const rows = events.map((event, n) => ({ n, ...event, ...columnsOf(event) }));
  const inserted = await client.query<EventRow>(
    `insert into events (id, source, kind, type, time, context, project, stage, service, triggeredid, gitcommitid, status, result, data)
     select id, source, kind, type, time, context, project, stage, service, triggeredid, gitcommitid, status, result, data
       from jsonb_to_recordset($1) as e(n int, id text, source text, kind text, type text, time timestamptz, context text,
         project text, stage text, service text, triggeredid text, gitcommitid text, status text, result text, data jsonb)
      order by n
     returning ${EVENT_COLUMNS}`,
    [JSON.stringify(rows)],
  );
  return inserted.rows.map(toEvent);
}

/** Writes the folds and makes the open tasks equal to what they ask for. */
async function project(
  client: pg.PoolClient,
  runs: ReadonlyMap<string, Remediation | undefined>,
  stored: readonly StoredEvent[],
  options: AppendOptions,
): Promise<OpenedTask[]> {
  const states = [...runs.values()].filter((state) => state !== undefined);
  if (states.length > 0) await upsertRemediations(client, states, stored);
  if (options.completes) await endTask(client, options.completes, options.park);
  const wanted = [
    ...states.flatMap((state) => withContext(state.context, openTask(state))),
    ...stored.filter((event) => !runs.has(event.context)).flatMap(gateTask),
  ];
  return syncTasks(client, [...runs.keys()], wanted);
}

type WantedTask = TaskSpec & { context: string; payload?: unknown };

function withContext(context: string, task: TaskSpec | undefined): WantedTask[] {
  return task ? [{ ...task, context }] : [];
}

const GATE_DEADLINE = 2 * 60_000;

/** A quality gate by hand: an evaluation in a context without a remediation. */
function gateTask(event: StoredEvent): WantedTask[] {
  if (event.kind !== "evaluation.triggered") return [];
  return [
    {
      context: event.context,
      kind: "evaluate",
      key: `gate.${event.id}`,
      deadlineMs: GATE_DEADLINE,
      payload: { gate: event.id },
    },
  ];
}

async function upsertRemediations(
  client: pg.PoolClient,
  states: readonly Remediation[],
  stored: readonly StoredEvent[],
): Promise<void> {
  const rows = states.map((state, n) => ({ n, ...toRow(state, stored) }));
  await client.query(
    `insert into remediations (context, seq, project, stage, service, phase, holds_target, paused, status, result, reason,
       message, title, severity, source, attempt, due, triggered_at, finished_at, state)
     select context, seq, project, stage, service, phase, holds_target, paused, status, result, reason,
       message, title, severity, source, attempt, due, triggered_at, finished_at, state
       from jsonb_to_recordset($1) as r(n int, context text, seq bigint, project text, stage text, service text, phase text,
         holds_target boolean, paused boolean, status text, result text, reason text, message text, title text, severity text,
         source text, attempt int, due timestamptz, triggered_at timestamptz, finished_at timestamptz, state jsonb)
      order by n
     on conflict (context) do update set phase = excluded.phase, holds_target = excluded.holds_target,
       paused = excluded.paused, status = excluded.status, result = excluded.result, reason = excluded.reason,
       message = excluded.message, attempt = excluded.attempt, due = excluded.due,
       finished_at = excluded.finished_at, updated_at = clock_timestamp(), state = excluded.state`,
    [JSON.stringify(rows)],
  );
}

/** The projection of a run. `seq` is only used when the row is new: then the run was triggered in this append. */
export function toRow(state: Remediation, stored: readonly { context: string; kind: string; seq: string }[]) {
  const finished = state.phase === "finished" ? state : undefined;
  return {
    context: state.context,
    seq: stored.find((e) => e.context === state.context && e.kind === "remediation.triggered")?.seq ?? "0",
    ...state.target,
    phase: state.phase,
    holds_target: holdsTarget(state),
    paused: state.paused !== undefined,
    status: finished?.status ?? null,
    result: finished?.result ?? null,
    reason: finished?.reason ?? null,
    message: finished?.message ?? null,
    title: state.problem.title,
    severity: state.problem.severity,
    source: state.problem.source,
    attempt: "attempt" in state ? state.attempt : null,
    due: state.phase === "waiting" ? state.due : null,
    triggered_at: state.triggered.time,
    finished_at: finished?.finishedAt ?? null,
    state,
  };
}

async function endTask(client: pg.PoolClient, lease: Lease, park: string | undefined): Promise<void> {
  if (park === undefined) {
    await client.query("delete from tasks where id = $1 and generation = $2", [lease.task, lease.generation]);
    return;
  }
  // Its key is given up, so that the parked row can never stand in for open work.
  await client.query(
    "update tasks set parked_at = clock_timestamp(), error = $3, leased_until = null, key = 'parked.' || id where id = $1 and generation = $2",
    [lease.task, lease.generation, park],
  );
}

async function syncTasks(
  client: pg.PoolClient,
  contexts: readonly string[],
  wanted: readonly WantedTask[],
): Promise<OpenedTask[]> {
  if (contexts.length === 0 && wanted.length === 0) return [];
  const { rows } = await client.query<{ id: string; kind: string; context: string; due_at: Date; due_in: number }>(
    `with wanted as (
       select * from jsonb_to_recordset($2) as w(context text, kind text, key text, payload jsonb, "dueAt" timestamptz, "deadlineMs" float8)
     ), dropped as (
       delete from tasks t where t.context = any($1) and t.parked_at is null
         and not exists (select from wanted w where w.context = t.context and w.key = t.key)
     )
     insert into tasks (context, kind, key, payload, due_at, deadline_at)
     select context, kind, key, coalesce(payload, '{}'), d.due, d.due + "deadlineMs" * interval '1 ms'
       from wanted, lateral (select coalesce("dueAt", clock_timestamp()) as due) d
     on conflict (context, key) do nothing
     returning id, kind, context, due_at, extract(epoch from due_at - clock_timestamp())::float8 * 1000 as due_in`,
    [contexts, JSON.stringify(wanted)],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    context: row.context,
    dueAt: row.due_at.toISOString(),
    dueInMs: Math.max(0, Math.ceil(row.due_in)),
  }));
}

function identity(source: string | undefined, id: string | undefined): string {
  return JSON.stringify([source ?? "evenkeel", id]);
}

function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === constraint;
}
