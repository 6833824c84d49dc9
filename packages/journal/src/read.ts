import type { StoredEvent } from "@evenkeel/events";
import type { Remediation } from "@evenkeel/remediation";
import type pg from "pg";
import { query } from "./database.ts";
import { EVENT_COLUMNS, toEvent, type EventRow } from "./rows.ts";

/**
 * A context's whole history, oldest first. Empty when nobody knows the context.
 * @param projects only events of these
 */
export async function readContext(
  pool: pg.Pool,
  context: string,
  projects?: readonly string[],
): Promise<StoredEvent[]> {
  const rows = await query<EventRow>(
    pool,
    `select ${EVENT_COLUMNS} from events
      where context = $1 and ($2::text[] is null or project = any($2)) order by events.seq`,
    [context, projects ?? null],
  );
  return rows.map(toEvent);
}

/** The fold of a context, as stored with its last event. */
export async function readState(pool: pg.Pool, context: string): Promise<Remediation | undefined> {
  const rows = await query<{ state: Remediation }>(pool, "select state from remediations where context = $1", [
    context,
  ]);
  return rows[0]?.state;
}

/** The same inside of a transaction. */
export async function stateIn(client: pg.PoolClient, context: string): Promise<Remediation | undefined> {
  const { rows } = await client.query<{ state: Remediation }>("select state from remediations where context = $1", [
    context,
  ]);
  return rows[0]?.state;
}

/** The folds of several contexts; those without a run are left out. */
export async function readStates(pool: pg.Pool, contexts: readonly string[]): Promise<Map<string, Remediation>> {
  const rows = await query<{ context: string; state: Remediation }>(
    pool,
    "select context, state from remediations where context = any($1)",
    [contexts],
  );
  return new Map(rows.map(({ context, state }) => [context, state]));
}

/** One event by its id; ids are unique per source, the newest wins. */
export async function readEvent(
  pool: pg.Pool,
  id: string,
  projects?: readonly string[],
): Promise<StoredEvent | undefined> {
  const rows = await query<EventRow>(
    pool,
    `select ${EVENT_COLUMNS} from events
      where id = $1 and ($2::text[] is null or project = any($2)) order by events.seq desc limit 1`,
    [id, projects ?? null],
  );
  return rows[0] && toEvent(rows[0]);
}

/** The project that a context belongs to; undefined when nobody knows it, or it belongs to none. */
export async function projectOfContext(pool: pg.Pool, context: string): Promise<string | undefined> {
  const rows = await query<{ project: string | null }>(pool, "select project_of($1) as project", [context]);
  return rows[0]?.project ?? undefined;
}

/**
 * Earlier evaluations of a service, newest first, for baselines: finished ones that have values and were not
 * invalidated. An `evaluation.invalidated` names its evaluation by context and triggeredid.
 */
export async function readEvaluations(
  pool: pg.Pool,
  target: { project: string; stage: string; service: string },
  limit: number,
): Promise<Extract<StoredEvent, { kind: "evaluation.finished" }>[]> {
  const rows = await query<EventRow>(
    pool,
    `select ${EVENT_COLUMNS} from events
      where kind = 'evaluation.finished' and project = $1 and stage = $2 and service = $3
        and result in ('pass', 'warning', 'fail')
        and not exists (select from events i where i.kind = 'evaluation.invalidated'
          and i.context = events.context and i.triggeredid = events.triggeredid)
      order by events.seq desc limit $4`,
    [target.project, target.stage, target.service, limit],
  );
  return rows.map(toEvent).filter((event) => event.kind === "evaluation.finished");
}

/** The database's clock: the only one that due times and windows are measured by. */
export async function now(pool: pg.Pool): Promise<Date> {
  const rows = await query<{ now: Date }>(pool, "select clock_timestamp() as now");
  return rows[0]!.now;
}
