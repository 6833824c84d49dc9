import { randomUUID } from "node:crypto";
import { hashUuid, type Event, type NewEvent, type StoredEvent } from "@evenkeel/events";
import { holdsTarget, type Remediation } from "@evenkeel/remediation";
import { failpoint, Unavailable } from "@evenkeel/runtime";
import type pg from "pg";
import { transaction, withClient } from "./database.ts";
import { handOnEnd, isEndFor } from "./hand-on.ts";
import { look, remembered, targetOf, type Lease, type Looked, type Seen } from "./look.ts";
import type { Notification } from "./notifications.ts";
import { complete, emitted, follow, type Stamp } from "./run.ts";
import { write, type FoldedRun, type OpenedTask, type Relied, type Writing } from "./write.ts";

/** What is to be stored; of what tells a time, as it is at the very moment of the decision. */
export type NewEvents = readonly NewEvent[] | ((now: Date) => readonly NewEvent[]);

export function eventsAt(inputs: NewEvents, now: Date): readonly NewEvent[] {
  return typeof inputs === "function" ? inputs(now) : inputs;
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
  /** The raw notification behind these events, stored with them. */
  notification?: Notification;
  /** Why nothing may be stored in this state of the run, if so; asked of the very state that the events follow. */
  refuse?: (state: Remediation | undefined) => string | undefined;
  /** What the caller has seen of the run: saves a look when it is still so. */
  seen?: Seen;
}

export type Appended =
  | { outcome: "appended"; events: StoredEvent[]; tasks: OpenedTask[]; seen?: Seen }
  /** The task was finished by someone else, or this worker has lost its lease: nothing was stored. */
  | { outcome: "already-done"; events: []; tasks: [] }
  /** `refuse` said why not: nothing was stored. */
  | { outcome: "refused"; why: string; events: []; tasks: [] }
  /** Every event is in the log already: nothing was stored, and the notification is yet to be counted. */
  | { outcome: "duplicate"; events: []; tasks: []; notification?: Notification };

/** Each conflict is another append that got through. */
const TRIES = 100;

/**
 * Looks, decides, and stores the events and all that follow from them, and with them the fold, the target lock and the
 * open tasks: all of it in one statement, or nothing. Events whose (source, id) is known are left out. What was decided
 * from a state that is not so any more is refused by that statement and decided again.
 * Throws `Unavailable` when the database is away; the outcome is then unknown, and appending again is safe.
 */
export async function append(
  pool: pg.Pool,
  context: string,
  inputs: NewEvents,
  options: AppendOptions = {},
): Promise<Appended> {
  const once = async (given: AppendOptions) => {
    try {
      return await withClient(pool, (client) => appendIn(client, context, inputs, { ...given, alone: true }));
    } catch (error) {
      if (!(error instanceof TakesTransaction)) throw error;
      return transaction(pool, async (client) =>
        handOnEnd(client, context, await appendIn(client, context, inputs, { ...given, seen: undefined }), appendIn),
      );
    }
  };
  try {
    return await once(options);
  } catch (error) {
    // The same event came in through another context's lock, or was noted before: a look tells.
    if (!isUniqueViolation(error, "events_source_id_key")) throw error;
    return once({ ...options, seen: undefined });
  }
}

/** What must be stored together with something of another context. */
class TakesTransaction extends Error {}

interface Within extends AppendOptions {
  /** There is no transaction around it; throws `TakesTransaction` when it takes one. */
  alone?: true;
}

/** On a given connection, where it can be a part of a transaction that stores something else with it. */
export async function appendIn(
  client: pg.ClientBase,
  context: string,
  inputs: NewEvents,
  options: Within = {},
): Promise<Appended> {
  let { seen } = options;
  for (let tries = 0; tries < TRIES; tries++) {
    // What is looked for are ids and a target, which no time changes.
    const looked = seen ? remembered(seen) : await lookFor(client, context, eventsAt(inputs, new Date()), options);
    seen = undefined;
    await failpoint("append.after-look");
    const appended = await tryAppend(client, context, eventsAt(inputs, looked.now), options, looked);
    if (appended) return appended;
  }
  throw new Unavailable(`the run ${context} was changed by others ${TRIES} times meanwhile`);
}

function lookFor(
  client: pg.ClientBase,
  context: string,
  inputs: readonly NewEvent[],
  options: AppendOptions,
): Promise<Looked> {
  const named = inputs.flatMap((event) => {
    const source = sourceOf(event, options);
    return event.id === undefined ? [] : [event, lateOpen(event)].map(({ id }) => ({ source, id: id! }));
  });
  return look(client, context, targetOf(inputs), named, options.completes ?? options.under);
}

function sourceOf(event: NewEvent, { source }: AppendOptions): string {
  return event.source ?? source ?? "evenkeel";
}

/** One decision from one look. Undefined: what was seen was not enough, or is not so any more; look again. */
async function tryAppend(
  client: pg.ClientBase,
  context: string,
  inputs: readonly NewEvent[],
  options: Within,
  looked: Looked,
): Promise<Appended | undefined> {
  const { run, around } = looked;
  const late = around?.resolved === true && inputs.some((event) => event.kind === "remediation.triggered");
  const given = late ? inputs.map(lateOpen) : inputs;
  const notification =
    late && options.notification
      ? { ...options.notification, outcome: "ignored" as const, reason: LATE }
      : options.notification;
  if (around?.leaseHeld === false) return { outcome: "already-done", events: [], tasks: [] };
  const isKnown = (event: NewEvent) => around?.isKnown({ source: sourceOf(event, options), id: event.id }) ?? false;
  const fresh = given.filter((event) => !isKnown(event));
  if (fresh.length === 0 && inputs.length > 0) {
    return { outcome: "duplicate", events: [], tasks: [], ...(notification && { notification }) };
  }
  const why = options.refuse?.(run?.state);
  if (why !== undefined) return { outcome: "refused", why, events: [], tasks: [] };

  if (options.alone && isEndFor(run?.state, fresh)) throw new TakesTransaction();

  const decided = decideOn(context, fresh, looked, options);
  if (!decided) return undefined;
  const writing: Writing = {
    ...decided,
    target: run?.state.target ?? targetOf(inputs),
    lease: options.completes ?? options.under,
    completes: options.completes !== undefined,
    park: options.park,
    notification,
  };
  const written = await write(client, writing);
  if (written.outcome === "conflict") return undefined;
  if (written.outcome === "lost") return { outcome: "already-done", events: [], tasks: [] };
  const after = decided.runs.find(({ state }) => state.context === context);
  const seen = after && { ...after, now: looked.now, at: looked.at };
  return { outcome: "appended", events: written.events, tasks: written.tasks, ...(seen && { seen }) };
}

/** The events that follow, the runs after them, and what that was decided from; undefined when it takes a look. */
function decideOn(
  context: string,
  fresh: readonly NewEvent[],
  { now, run, around }: Looked,
  options: AppendOptions,
): { relied: Relied; events: Event[]; runs: FoldedRun[] } | undefined {
  const stamp: Stamp = { now: now.toISOString(), newId: randomUUID, source: options.source ?? "evenkeel" };
  const own = { ...stamp, source: "evenkeel" };
  const relied: Relied = { context, version: run?.version ?? null, now: stamp.now };
  if (!run) relied.resolved = around?.resolved ?? false;
  const events: Event[] = [];
  let state = run?.state;
  for (const input of fresh) {
    const after = follow(state, complete(input, context, stamp), stamp);
    events.push(...after.events);
    state = after.state;
  }
  if (state?.phase === "queued" && !state.paused) {
    if (!around) return undefined;
    relied.holder = around.holder ?? null;
    if (!around.holder || !state.behind) {
      const admission = around.holder
        ? emitted({ kind: "remediation.queued", data: { behind: around.holder } }, state, own)
        : emitted({ kind: "remediation.started", data: {} }, state, own);
      const after = follow(state, admission, own);
      events.push(...after.events);
      state = after.state;
    }
  }
  const runs: FoldedRun[] = [];
  if (state) runs.push({ state, version: (run?.version ?? 0) + 1 });
  if (run && holdsTarget(run.state) && state && !holdsTarget(state)) {
    if (!around) return undefined;
    const { next } = around;
    relied.next = next ? { context: next.state.context, version: next.version } : null;
    if (next) {
      const started = emitted({ kind: "remediation.started", data: {} }, next.state, own);
      const after = follow(next.state, started, own);
      events.push(...after.events);
      if (after.state) runs.push({ state: after.state, version: next.version + 1 });
    }
  }
  return { relied, events, runs };
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

function isUniqueViolation(error: unknown, constraint: string): boolean {
  return error instanceof Error && "constraint" in error && error.constraint === constraint;
}
