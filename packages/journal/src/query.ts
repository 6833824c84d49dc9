import type { StoredEvent } from "@evenkeel/events";
import type { Phase, Remediation } from "@evenkeel/remediation";
import type pg from "pg";
import { query } from "./database.ts";
import { EVENT_COLUMNS, toEvent, type EventRow } from "./rows.ts";

export interface EventQuery {
  /** Any of them; unset: all, and what belongs to none. */
  projects?: readonly string[];
  project?: string;
  stage?: string;
  service?: string;
  context?: string;
  /** CloudEvents types or our short kinds; any of them. */
  types?: readonly string[];
  source?: string;
  status?: string;
  result?: string;
  /** RFC 3339, inclusive. */
  from?: string;
  /** RFC 3339, exclusive. */
  to?: string;
  /** Case-insensitive, anywhere in the data. */
  text?: string;
  /** Only events with a smaller seq: the cursor of the next page. */
  before?: string;
  limit: number;
}

/** Newest first; the server does all filtering. */
export async function listEvents(pool: pg.Pool, q: EventQuery): Promise<StoredEvent[]> {
  const where = conditionsOf(q);
  const rows = await query<EventRow>(
    pool,
    `select ${EVENT_COLUMNS} from events ${where.sql()} order by events.seq desc limit ${where.param(q.limit)}`,
    where.values,
  );
  return rows.map(toEvent);
}

export interface EventPageQuery extends EventQuery {
  /** Oldest first, behind `after` when there is one; without it newest first. */
  oldestFirst?: boolean;
  after?: string;
  /** Data of more than so many bytes together is left for the next page; default 8 MiB. The first event always comes. */
  mostBytes?: number;
  /** So many events are searched for `text`; default 50,000. */
  mostSearched?: number;
}

export interface EventPage {
  events: StoredEvent[];
  /** There may be others behind this place of the log; unset: there are none. */
  next?: string;
}

const MOST_BYTES = 8 * 1024 * 1024;
const MOST_SEARCHED = 50_000;

/**
 * A page that is bounded in bytes as well: a sender may fill the log with events as large as one may be. A text is looked
 * for in so many events at a time, as no index leads to it: a page may have fewer events than `limit`, or none, and more
 * behind it.
 */
export async function pageOfEvents(pool: pg.Pool, q: EventPageQuery): Promise<EventPage> {
  const { text, mostSearched = MOST_SEARCHED } = q;
  const edge = text === undefined ? undefined : await edgeOf(pool, q, mostSearched);
  const { events, more } = await readPage(pool, q, edge);
  if (more) return { events, next: events.at(-1)!.seq };
  return { events, ...(edge !== undefined && { next: edge }) };
}

/** The place of the last event that is searched; undefined: all are. */
async function edgeOf(
  pool: pg.Pool,
  { text: _text, oldestFirst = false, after, ...q }: EventPageQuery,
  mostSearched: number,
): Promise<string | undefined> {
  const where = conditionsOf(q);
  if (after !== undefined) where.add("events.seq > ?::bigint", after);
  const rows = await query<{ seq: string }>(
    pool,
    `select seq::text as seq from events ${where.sql()} order by events.seq ${oldestFirst ? "asc" : "desc"}
     offset ${where.param(mostSearched - 1)} limit 1`,
    where.values,
  );
  return rows[0]?.seq;
}

async function readPage(
  pool: pg.Pool,
  { oldestFirst = false, after, mostBytes = MOST_BYTES, ...q }: EventPageQuery,
  edge: string | undefined,
): Promise<{ events: StoredEvent[]; more: boolean }> {
  const where = conditionsOf(q);
  if (after !== undefined) where.add("events.seq > ?::bigint", after);
  if (edge !== undefined) where.add(`events.seq ${oldestFirst ? "<=" : ">="} ?::bigint`, edge);
  const order = `order by events.seq ${oldestFirst ? "asc" : "desc"}`;
  const [limit, most] = [where.param(q.limit), where.param(mostBytes)];
  const rows = await query<EventRow & { found: number }>(
    pool,
    `with found as (select * from events ${where.sql()} ${order} limit ${limit}::int + 1),
      measured as (select *, sum(octet_length(data::text)) over (${order}) as bytes, row_number() over (${order}) as place,
        (count(*) over ())::int as found from found events)
     select ${EVENT_COLUMNS}, found from measured events
      where place <= ${limit}::int and (place = 1 or bytes <= ${most}::bigint) ${order}`,
    where.values,
  );
  return { events: rows.map(toEvent), more: rows.length > 0 && rows[0]!.found > rows.length };
}

function conditionsOf(q: Omit<EventQuery, "limit">): Conditions {
  const where = new Conditions();
  addRange(where, q);
  addTraits(where, q);
  if (q.text !== undefined) where.add("data::text ilike ?", contains(q.text));
  if (q.before !== undefined) where.add("events.seq < ?::bigint", q.before);
  return where;
}

/** Which part of the log is asked for: where, and when. */
export function addRange(where: Conditions, q: Omit<EventQuery, "limit" | "before">): void {
  for (const column of ["project", "stage", "service", "context"] as const) {
    if (q[column] !== undefined) where.add(`${column} = ?`, q[column]);
  }
  if (q.projects) where.add("project = any(?)", q.projects);
  if (q.from !== undefined) where.add("time >= ?", q.from);
  if (q.to !== undefined) where.add("time < ?", q.to);
}

/** What an event in it must be; its text aside. */
export function addTraits(where: Conditions, q: Omit<EventQuery, "limit" | "before">): void {
  for (const column of ["source", "status", "result"] as const) {
    if (q[column] !== undefined) where.add(`${column} = ?`, q[column]);
  }
  if (q.types) where.add("(type = any(?) or kind = any(?))", q.types, q.types);
}

export interface RemediationQuery {
  /** Any of them. */
  projects?: readonly string[];
  project?: string;
  stage?: string;
  service?: string;
  context?: string;
  source?: string;
  phases?: readonly Phase[];
  result?: string;
  reason?: string;
  /** Any of them. */
  reasons?: readonly string[];
  paused?: boolean;
  /** Over without success while the problem is open, and the latest run for it. */
  unsolved?: boolean;
  from?: string;
  to?: string;
  text?: string;
  before?: string;
  limit: number;
}

export type RemediationRow = { seq: string; updatedAt: string; state: Remediation };

/** Newest first. */
export async function listRemediations(pool: pg.Pool, q: RemediationQuery): Promise<RemediationRow[]> {
  const where = remediationConditions(q);
  if (q.before !== undefined) where.add("seq < ?::bigint", q.before);
  const rows = await query<{ seq: string; updated_at: Date; state: Remediation }>(
    pool,
    `select seq::text as seq, updated_at, state from remediations ${where.sql()}
      order by remediations.seq desc limit ${where.param(q.limit)}`,
    where.values,
  );
  return rows.map((row) => ({ seq: row.seq, updatedAt: row.updated_at.toISOString(), state: row.state }));
}

/**
 * The latest of each problem (a title from one source) of a service in the index `remediations_unsolved`, where no later
 * run speaks for the same problem. Another problem of the service says nothing of it.
 */
const UNSOLVED = `remediations.seq in (
    select max(own.seq) from remediations own
      where own.phase = 'finished' and own.result <> 'pass' and own.state->>'problemState' = 'open'
        and own.state->'repeated' is null
      group by own.project, own.stage, own.service, own.source, own.title)
  and not exists (select from remediations later
    where later.project = remediations.project and later.stage = remediations.stage
      and later.service = remediations.service and later.source = remediations.source
      and later.title = remediations.title and later.seq > remediations.seq
      and later.reason is distinct from 'resolved-before-action')`;

/** What a run must be to be listed or counted. */
export function remediationConditions(q: Omit<RemediationQuery, "limit" | "before">): Conditions {
  const where = new Conditions();
  for (const column of ["project", "stage", "service", "context", "source", "result", "reason", "paused"] as const) {
    if (q[column] !== undefined) where.add(`${column} = ?`, q[column]);
  }
  if (q.projects) where.add("project = any(?)", q.projects);
  if (q.unsolved !== undefined) where.add(q.unsolved ? UNSOLVED : `not (${UNSOLVED})`);
  if (q.phases) where.add("phase = any(?)", q.phases);
  if (q.reasons) where.add("reason = any(?)", q.reasons);
  if (q.from !== undefined) where.add("triggered_at >= ?", q.from);
  if (q.to !== undefined) where.add("triggered_at < ?", q.to);
  if (q.text !== undefined) {
    const like = contains(q.text);
    where.add("(title ilike ? or message ilike ? or service ilike ? or context ilike ?)", like, like, like, like);
  }
  return where;
}

/** How many runs are in each phase, for metrics and the bridge. */
export async function countPhases(pool: pg.Pool, projects?: readonly string[]): Promise<Record<string, number>> {
  const rows = await query<{ phase: string; count: string }>(
    pool,
    `select phase, count(*)::text as count from remediations
      where $1::text[] is null or project = any($1) group by phase`,
    [projects ?? null],
  );
  return Object.fromEntries(rows.map((row) => [row.phase, Number(row.count)]));
}

/** Conditions with their values; each `?` becomes the next parameter. */
export class Conditions {
  readonly values: unknown[];
  readonly #parts: string[] = [];

  /** @param values of the statement so far, when it has other conditions, too */
  constructor(values: unknown[] = []) {
    this.values = values;
  }

  add(condition: string, ...values: unknown[]): void {
    let n = 0;
    this.#parts.push(condition.replaceAll("?", () => this.param(values[n++])));
  }

  param(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  sql(): string {
    return this.#parts.length === 0 ? "" : `where ${this.#parts.join(" and ")}`;
  }
}

export function contains(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
