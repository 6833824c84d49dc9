import type pg from "pg";
import { query } from "./database.ts";

export type NotificationOutcome = "triggered" | "joined" | "resolved" | "unrouted" | "ignored" | "stored";

/** A notification as it came in. The id is the same for a repeat. */
export interface Notification {
  id: string;
  source: string;
  context?: string;
  /** Unset: it could not be told. */
  project?: string;
  outcome: NotificationOutcome;
  /** Why nothing was started. */
  reason?: string;
  title?: string;
  /** The sender's text, cut to a bounded size. */
  body?: string;
}

export interface StoredNotification extends Notification {
  seq: string;
  count: number;
  firstReceived: string;
  lastReceived: string;
}

export const MAX_BODY = 64 * 1024;

/** As it is stored. */
export function storable({ body, ...rest }: Notification): Notification {
  return { ...rest, ...(body !== undefined && { body: body.slice(0, MAX_BODY) }) };
}

/**
 * Counts notifications. Repeats of one that come while it is being counted are counted together, in the next statement:
 * a storm of copies would else wait for one commit after the other, all for one row.
 */
export function notificationCounter(pool: pg.Pool): (notification: Notification) => Promise<void> {
  const counting = new Map<string, Promise<void>>();
  const waiting = new Map<string, { times: number; counted: Promise<void> }>();

  const store = async (notification: Notification, times: number): Promise<void> => {
    await query(pool, "select count_notification($1, $2)", [JSON.stringify(storable(notification)), times]);
  };

  return function count(notification) {
    const { id } = notification;
    const open = waiting.get(id);
    if (open) {
      open.times++;
      return open.counted;
    }
    const before = counting.get(id) ?? Promise.resolve();
    const counted = before
      .catch(() => undefined) // told to those who wait for it
      .then(() => {
        const { times } = waiting.get(id)!;
        waiting.delete(id);
        return store(notification, times);
      })
      .finally(() => {
        if (counting.get(id) === counted) counting.delete(id);
      });
    waiting.set(id, { times: 1, counted });
    counting.set(id, counted);
    return counted;
  };
}

export interface NotificationQuery {
  /** Any of them; unset: all, and those of none. */
  projects?: readonly string[];
  outcome?: NotificationOutcome;
  source?: string;
  /** Only older than this seq. */
  before?: string;
  limit: number;
}

/** Newest first. */
export async function listNotifications(pool: pg.Pool, q: NotificationQuery): Promise<StoredNotification[]> {
  const rows = await query<Record<string, string | Date | null>>(
    pool,
    `select id, seq::text, source, context, project, outcome, reason, title, body, count::text, first_received,
        last_received
       from notifications
      where ($1::text is null or outcome = $1) and ($2::text is null or source = $2) and ($3::bigint is null or notifications.seq < $3)
        and ($5::text[] is null or project = any($5))
      order by notifications.seq desc limit $4`,
    [q.outcome ?? null, q.source ?? null, q.before ?? null, q.limit, q.projects ?? null],
  );
  return rows.map((row) => ({
    id: String(row["id"]),
    seq: String(row["seq"]),
    source: String(row["source"]),
    outcome: row["outcome"] as NotificationOutcome,
    count: Number(row["count"]),
    firstReceived: (row["first_received"] as Date).toISOString(),
    lastReceived: (row["last_received"] as Date).toISOString(),
    ...textFields(row, ["context", "project", "reason", "title", "body"]),
  }));
}

/** Keeps the newest `keep` notifications: raw bodies are bounded, the log itself is not touched. */
export async function pruneNotifications(pool: pg.Pool, keep: number): Promise<void> {
  await query(
    pool,
    "delete from notifications where seq <= (select seq from notifications order by seq desc offset $1 limit 1)",
    [keep],
  );
}

function textFields<Name extends string>(
  row: Record<string, unknown>,
  names: readonly Name[],
): { [N in Name]?: string } {
  const fields: { [N in Name]?: string } = {};
  for (const name of names) if (typeof row[name] === "string") fields[name] = row[name];
  return fields;
}
