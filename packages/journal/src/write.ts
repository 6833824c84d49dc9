import type { Event, StoredEvent, Target } from "@evenkeel/events";
import { holdsTarget, openTask, type Remediation, type TaskSpec } from "@evenkeel/remediation";
import type pg from "pg";
import type { Lease } from "./look.ts";
import { storable, type Notification } from "./notifications.ts";
import { columnsOf } from "./rows.ts";

/** A task that an append opened. */
export interface OpenedTask {
  id: string;
  kind: string;
  context: string;
  dueAt: string;
  /** Milliseconds until due, by the database's clock. */
  dueInMs: number;
}

/** What a decision was made from: it is stored only when all of this still holds. */
export interface Relied {
  context: string;
  /** Of the run; null: there was none. */
  version: number | null;
  /** RFC 3339, by the database's clock. */
  now: string;
  resolved?: boolean;
  holder?: string | null;
  next?: { context: string; version: number } | null;
}

/** A run after the append, and the version that it gets with it. */
export interface FoldedRun {
  state: Remediation;
  version: number;
}

export interface Writing {
  relied: Relied;
  /** Whose lock is taken; undefined: the context's own. */
  target: Target | undefined;
  events: readonly Event[];
  /** The order matters: the run that gives the target up is written before the one that gets it. */
  runs: readonly FoldedRun[];
  lease: Lease | undefined;
  completes: boolean;
  park: string | undefined;
  notification: Notification | undefined;
}

export type Written =
  | { outcome: "written"; events: StoredEvent[]; tasks: OpenedTask[] }
  /** The decision was made from what is not so any more: look again. Nothing was stored. */
  | { outcome: "conflict" }
  /** The lease of the task is not held. Nothing was stored. */
  | { outcome: "lost" };

interface Row {
  conflict?: true;
  lost?: true;
  events: { seq: string; txid: string; received_at: string }[];
  tasks: { id: string; kind: string; context: string; due_at: string; due_in: number }[];
}

/** Takes the target's lock for as long as this one statement, and stores all or nothing. */
export async function write(client: pg.ClientBase, writing: Writing): Promise<Written> {
  const { relied, target, events, runs, lease, notification } = writing;
  const contexts = runs.map(({ state }) => state.context);
  const wanted = [
    ...runs.flatMap(({ state }) => taskRow(state.context, openTask(state))),
    ...events.filter((event) => !contexts.includes(event.context)).flatMap(gateTask),
  ];
  const { rows } = await client.query<{ written: Row }>({
    name: "append_write",
    text: "select append_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as written",
    values: [
      JSON.stringify(relied),
      target?.project ?? null,
      target?.stage ?? null,
      target?.service ?? null,
      JSON.stringify(events.map((event, n) => ({ n, ...event, ...columnsOf(event) }))),
      JSON.stringify(runs.map((run, n) => ({ n, ...toRow(run) }))),
      contexts,
      JSON.stringify(wanted),
      lease?.task ?? null,
      lease?.generation ?? null,
      writing.completes,
      writing.park ?? null,
      notification ? JSON.stringify(storable(notification)) : null,
    ],
  });
  const { written } = rows[0]!;
  if (written.conflict) return { outcome: "conflict" };
  if (written.lost) return { outcome: "lost" };
  return {
    outcome: "written",
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
function toRow({ state, version }: FoldedRun) {
  const finished = state.phase === "finished" ? state : undefined;
  return {
    context: state.context,
    version,
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
