import { randomUUID } from "node:crypto";
import { hashUuid, type Event, type NewEvent, type StoredEvent, type Target } from "@evenkeel/events";
import { holdsTarget, openTask, type Remediation, type TaskSpec } from "@evenkeel/remediation";
import { failpoint } from "@evenkeel/runtime";
import type pg from "pg";
import { transaction } from "./database.ts";
import { upsertNotification, type Notification } from "./notifications.ts";
import { columnsOf } from "./rows.ts";
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

/** An append as a part of a transaction that stores something else with it. */
export async function appendIn(
  client: pg.PoolClient,
  context: string,
  inputs: readonly NewEvent[],
  options: AppendOptions = {},
): Promise<Appended> {
  const looked = await look(client, context, inputs, options);
  await failpoint("append.after-look");
  const late = looked.resolvedBefore && inputs.some((event) => event.kind === "remediation.triggered");
  const given = late ? inputs.map(lateOpen) : inputs;
  if (options.notification) {
    const { notification } = options;
    await upsertNotification(client, late ? { ...notification, outcome: "ignored", reason: LATE } : notification);
  }
  if (!looked.leaseHeld) return { outcome: "already-done", events: [], tasks: [] };
  const fresh = given.filter((event) => !looked.known.has(identity(event.source ?? options.source, event.id)));
  if (fresh.length === 0 && inputs.length > 0) return { outcome: "duplicate", events: [], tasks: [] };

  const stamp: Stamp = { now: looked.now, newId: randomUUID, source: options.source ?? "evenkeel" };
  const runs: Remediation[] = [];
  const events: Event[] = [];
  let state = looked.state;
  for (const input of fresh) {
    const event = complete(input, context, stamp);
    const after = follow(state, event, stamp);
    events.push(...after.events);
    state = after.state;
  }
  const own = { ...stamp, source: "evenkeel" };
  if (state?.phase === "queued" && !state.paused) {
    const admission = admit(state, looked.holder, own);
    events.push(...admission.events);
    state = admission.state;
  }
  if (state) runs.push(state);
  if (looked.state && holdsTarget(looked.state) && state && !holdsTarget(state)) {
    const next = await nextInLine(client, state.target, context);
    if (next) {
      const after = follow(next, emitted({ kind: "remediation.started", data: {} }, next, own), own);
      events.push(...after.events);
      if (after.state) runs.push(after.state);
    }
  }
  return write(client, events, runs, options);
}

interface Looked {
  now: string;
  state: Remediation | undefined;
  /** Context of the run that holds the target. */
  holder: string | undefined;
  leaseHeld: boolean;
  /** The episode was reported resolved, and never open. */
  resolvedBefore: boolean;
  known: ReadonlySet<string>;
}

/** All runs of one target take one lock, so that no two appends can ever wait for each other in a circle. */
async function look(
  client: pg.PoolClient,
  context: string,
  inputs: readonly NewEvent[],
  options: AppendOptions,
): Promise<Looked> {
  const target = targetOf(inputs);
  const named = inputs.flatMap((event) => [event, lateOpen(event)]).filter((event) => event.id !== undefined);
  const lease = options.completes ?? options.under;
  const { rows } = await client.query<{
    now: Date;
    state: Remediation | null;
    holder: string | null;
    resolved: boolean;
    lease_held: boolean;
    known: { source: string; id: string }[] | null;
  }>({
    name: "append_look",
    text: "select * from append_look($1, $2, $3, $4, $5, $6, $7, $8)",
    values: [
      context,
      target?.project ?? null,
      target?.stage ?? null,
      target?.service ?? null,
      named.map((event) => event.source ?? options.source ?? "evenkeel"),
      named.map((event) => event.id),
      lease?.task ?? null,
      lease?.generation ?? null,
    ],
  });
  const row = rows[0]!;
  return {
    now: row.now.toISOString(),
    state: row.state ?? undefined,
    holder: row.holder ?? undefined,
    leaseHeld: row.lease_held,
    resolvedBefore: row.resolved,
    known: new Set((row.known ?? []).map(({ source, id }) => identity(source, id))),
  };
}

function targetOf(inputs: readonly NewEvent[]): Target | undefined {
  for (const { data } of inputs) {
    if (typeof data !== "object" || data === null) continue;
    const { project, stage, service } = data as Partial<Target>;
    if (project && stage && service) return { project, stage, service };
  }
  return undefined;
}

const LATE = "this episode was already resolved when it was reported open";

/** An episode that was reported resolved before it was reported open starts nothing. */
function lateOpen(event: NewEvent): NewEvent {
  if (event.kind !== "remediation.triggered") return event;
  const { project, stage, service, problem } = event.data;
  const id = event.id && hashUuid([event.id, "ignored"]);
  return {
    kind: "problem.ignored",
    source: event.source,
    id,
    data: { project, stage, service, problem, reason: LATE },
  };
}

function admit(state: Remediation, holder: string | undefined, stamp: Stamp) {
  if (!holder) return follow(state, emitted({ kind: "remediation.started", data: {} }, state, stamp), stamp);
  if (state.phase === "queued" && state.behind) return { state, events: [] };
  return follow(state, emitted({ kind: "remediation.queued", data: { behind: holder } }, state, stamp), stamp);
}

async function nextInLine(client: pg.PoolClient, target: Target, except: string): Promise<Remediation | undefined> {
  const { rows } = await client.query<{ state: Remediation }>({
    name: "append_next",
    text: `select state from remediations
      where project = $1 and stage = $2 and service = $3 and phase = 'queued' and not paused and context <> $4
      order by seq limit 1`,
    values: [target.project, target.stage, target.service, except],
  });
  return rows[0]?.state;
}

interface Written {
  events: { seq: string; txid: string; received_at: string }[];
  tasks: { id: string; kind: string; context: string; due_at: string; due_in: number }[];
}

/** The order of the runs matters: the one that gives the target up is written before the one that gets it. */
async function write(
  client: pg.PoolClient,
  events: readonly Event[],
  runs: readonly Remediation[],
  options: AppendOptions,
): Promise<Appended> {
  const contexts = runs.map((run) => run.context);
  const wanted = [
    ...runs.flatMap((run) => taskRow(run.context, openTask(run))),
    ...events.filter((event) => !contexts.includes(event.context)).flatMap(gateTask),
  ];
  const { rows } = await client.query<{ written: Written }>({
    name: "append_write",
    text: "select append_write($1, $2, $3, $4, $5, $6, $7) as written",
    values: [
      JSON.stringify(events.map((event, n) => ({ n, ...event, ...columnsOf(event) }))),
      JSON.stringify(runs.map((run, n) => ({ n, ...toRow(run) }))),
      contexts,
      JSON.stringify(wanted),
      options.completes?.task ?? null,
      options.completes?.generation ?? null,
      options.park ?? null,
    ],
  });
  const { written } = rows[0]!;
  await failpoint("append.after-write-before-commit");
  return {
    outcome: "appended",
    events: written.events.map(({ seq, txid, received_at }, n) => ({
      ...events[n]!,
      seq,
      cursor: `${txid}.${seq}`,
      receivedAt: new Date(received_at).toISOString(),
    })),
    tasks: written.tasks.map(({ due_at, due_in, ...task }) => ({
      ...task,
      dueAt: new Date(due_at).toISOString(),
      dueInMs: Math.max(0, Math.ceil(due_in)),
    })),
  };
}

interface TaskColumns {
  context: string;
  kind: string;
  key: string;
  due?: string;
  deadline_ms: number;
  payload?: unknown;
}

function taskRow(context: string, task: TaskSpec | undefined): TaskColumns[] {
  if (!task) return [];
  const { kind, key, dueAt: due, deadlineMs: deadline_ms } = task;
  return [{ context, kind, key, due, deadline_ms }];
}

const GATE_DEADLINE = 2 * 60_000;

/** A quality gate by hand: an evaluation in a context without a remediation. */
function gateTask({ kind, context, id }: Event): TaskColumns[] {
  if (kind !== "evaluation.triggered") return [];
  return [{ context, kind: "evaluate", key: `gate.${id}`, deadline_ms: GATE_DEADLINE, payload: { gate: id } }];
}

/** The projection of a run. */
function toRow(state: Remediation) {
  const finished = state.phase === "finished" ? state : undefined;
  return {
    context: state.context,
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

function identity(source: string | undefined, id: string | undefined): string {
  return JSON.stringify([source ?? "evenkeel", id]);
}

function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === constraint;
}
