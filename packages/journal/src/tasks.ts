import type { Remediation, TaskKind } from "@evenkeel/remediation";
import type pg from "pg";
import { query } from "./database.ts";
import type { Lease, Seen } from "./look.ts";

/** A task that this worker holds until `leasedUntil`, unless it extends. */
export interface TakenTask {
  id: string;
  generation: number;
  kind: TaskKind;
  context: string;
  payload: Record<string, unknown>;
  /** 1 for the first run; counted before the work, so that a task which kills its worker is seen. */
  attempts: number;
  /** How often outside trouble has put it off. */
  failures: number;
  dueAt: Date;
  deadlineAt: Date;
  /** The database's clock when it was taken. */
  now: Date;
  /** The run that it is a task of, as it was then; a gate by hand has none. */
  seen?: Seen;
}

/**
 * Takes a task's lease. `undefined`: gone, not yet due, held by another, or parked. The generation that comes with it
 * fences off every earlier holder.
 */
export async function take(pool: pg.Pool, id: string, by: string, leaseMs: number): Promise<TakenTask | undefined> {
  const rows = await query<{
    id: string;
    generation: number;
    kind: TaskKind;
    context: string;
    payload: Record<string, unknown>;
    attempts: number;
    failures: number;
    due_at: Date;
    deadline_at: Date;
    now: Date;
    state: Remediation | null;
    version: number;
  }>(
    pool,
    `with taken as (
       update tasks set generation = generation + 1, attempts = attempts + 1, leased_by = $2,
         leased_until = clock_timestamp() + $3 * interval '1 ms'
        where id = $1 and parked_at is null and due_at <= clock_timestamp()
          and (leased_until is null or leased_until < clock_timestamp())
       returning id, generation, kind, context, payload, attempts, failures, due_at, deadline_at
     )
     select taken.*, r.state, r.version, clock_timestamp() as now from taken left join remediations r using (context)`,
    [id, by, leaseMs],
  );
  const row = rows[0];
  if (!row) return undefined;
  const { due_at: dueAt, deadline_at: deadlineAt, state, version, ...rest } = row;
  return {
    ...rest,
    dueAt,
    deadlineAt,
    ...(state && { seen: { state, version, now: row.now, at: performance.now() } }),
  };
}

/** Holds on for longer. False: the lease is lost, stop working. */
export async function extend(pool: pg.Pool, lease: Lease, leaseMs: number): Promise<boolean> {
  const rows = await query(
    pool,
    `update tasks set leased_until = clock_timestamp() + $3 * interval '1 ms'
      where id = $1 and generation = $2 and parked_at is null returning 1`,
    [lease.task, lease.generation, leaseMs],
  );
  return rows.length === 1;
}

/** Gives a task back to be taken up again after `delayMs`, without counting this run against it. */
export async function putOff(pool: pg.Pool, lease: Lease, delayMs: number, error: string): Promise<boolean> {
  const rows = await query(
    pool,
    `update tasks set leased_until = null, attempts = attempts - 1, failures = failures + 1, error = $4,
       due_at = clock_timestamp() + $3 * interval '1 ms'
      where id = $1 and generation = $2 returning 1`,
    [lease.task, lease.generation, delayMs, error],
  );
  return rows.length === 1;
}

/** Gives a task back after a failure that is our own; the run stays counted, and the fifth parks it. */
export async function giveBack(pool: pg.Pool, lease: Lease, delayMs: number, error: string): Promise<void> {
  await query(
    pool,
    `update tasks set leased_until = null, error = $4, due_at = clock_timestamp() + $3 * interval '1 ms'
      where id = $1 and generation = $2`,
    [lease.task, lease.generation, delayMs, error],
  );
}

/** Tasks that nobody works on though they are due, oldest first: what the queue has lost or never had. */
export async function overdue(
  pool: pg.Pool,
  kinds: readonly TaskKind[],
  limit: number,
): Promise<{ id: string; kind: TaskKind; generation: number }[]> {
  return query(
    pool,
    `select id, kind, generation from tasks
      where parked_at is null and kind = any($1) and due_at <= clock_timestamp()
        and (leased_until is null or leased_until < clock_timestamp())
      order by due_at limit $2`,
    [kinds, limit],
  );
}

export interface TaskRow {
  id: string;
  kind: TaskKind;
  context: string;
  key: string;
  dueAt: string;
  deadlineAt: string;
  attempts: number;
  failures: number;
  error?: string;
  leasedBy?: string;
  parkedAt?: string;
}

/** How many tasks there are, by kind and state. */
export async function countTasks(
  pool: pg.Pool,
  projects?: readonly string[],
): Promise<{ kind: TaskKind; state: "waiting" | "due" | "running" | "parked"; count: number }[]> {
  return query(
    pool,
    `select kind, state, count(*)::int as count
       from (select kind, case when parked_at is not null then 'parked'
               when leased_until >= clock_timestamp() then 'running'
               when due_at <= clock_timestamp() then 'due' else 'waiting' end as state from tasks
              where $1::text[] is null or project_of(context) = any($1)) t
      group by kind, state`,
    [projects ?? null],
  );
}

/** Every open or parked task, for the engine room. */
export async function listTasks(pool: pg.Pool, limit: number, projects?: readonly string[]): Promise<TaskRow[]> {
  const rows = await query<Record<string, unknown>>(
    pool,
    `select * from tasks where $2::text[] is null or project_of(context) = any($2)
      order by parked_at is null, due_at limit $1`,
    [limit, projects ?? null],
  );
  return rows.map((row) => ({
    id: String(row["id"]),
    kind: row["kind"] as TaskKind,
    context: String(row["context"]),
    key: String(row["key"]),
    dueAt: (row["due_at"] as Date).toISOString(),
    deadlineAt: (row["deadline_at"] as Date).toISOString(),
    attempts: Number(row["attempts"]),
    failures: Number(row["failures"]),
    ...(row["error"] !== null && { error: String(row["error"]) }),
    ...(row["leased_by"] !== null && row["leased_until"] !== null && { leasedBy: String(row["leased_by"]) }),
    ...(row["parked_at"] !== null && { parkedAt: (row["parked_at"] as Date).toISOString() }),
  }));
}
