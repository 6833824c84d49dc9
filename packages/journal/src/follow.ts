import type { StoredEvent } from "@evenkeel/events";
import type pg from "pg";
import { query, withClient } from "./database.ts";
import { EVENT_COLUMNS, toEvent, type EventRow } from "./rows.ts";

/** Where a reader is: transaction and sequence of the last event it has seen. */
export interface Cursor {
  txid: bigint;
  seq: bigint;
}

export function formatCursor({ txid, seq }: Cursor): string {
  return `${txid}.${seq}`;
}

const MAX_BIGINT = 2n ** 63n - 1n;

/** The cursor in an event's `cursor` or an SSE id; undefined when the text is none. */
export function parseCursor(text: string): Cursor | undefined {
  const parts = /^(\d{1,19})\.(\d{1,19})$/.exec(text);
  if (!parts) return undefined;
  const [txid, seq] = [BigInt(parts[1]!), BigInt(parts[2]!)];
  return txid > MAX_BIGINT || seq > MAX_BIGINT ? undefined : { txid, seq };
}

/**
 * The next events after a cursor, in the log's order (txid, seq), which is the same for every reader. Only events below
 * the oldest append that is still open are given: one that commits late can then never slip in behind the cursor.
 *
 * The oldest open append is looked for among our own sessions of this database. `pg_snapshot_xmin` would not do: a
 * transaction that anybody leaves open in any database of the server holds it back, and every reader with it.
 */
export async function readAfter(pool: pg.Pool, after: Cursor, limit: number): Promise<StoredEvent[]> {
  const below = await horizon(pool);
  const rows = await query<EventRow>(
    pool,
    `select ${EVENT_COLUMNS} from events
      where (txid, events.seq) > ($1::text::xid8, $2::bigint) and txid < $3::text::xid8
      order by events.txid, events.seq limit $4`,
    [String(after.txid), String(after.seq), below, limit],
  );
  return rows.map(toEvent);
}

/** The cursor behind the last event that a reader could see now. */
export async function latestCursor(pool: pg.Pool): Promise<Cursor> {
  const below = await horizon(pool);
  const rows = await query<{ txid: string; seq: string }>(
    pool,
    "select txid::text as txid, seq::text as seq from events where txid < $1::text::xid8 order by events.txid desc, events.seq desc limit 1",
    [below],
  );
  const row = rows[0];
  return row ? { txid: BigInt(row.txid), seq: BigInt(row.seq) } : { txid: 0n, seq: 0n };
}

/**
 * Sessions of another role show nothing to one that has no right to see them, and a reader would then pass by what they
 * have still open.
 * @throws Error when this role can neither append nor see who does
 */
export async function insistOnSight(pool: pg.Pool): Promise<void> {
  const rows = await query<{ sees: boolean }>(
    pool,
    "select has_table_privilege('events', 'insert') or pg_has_role(current_user, 'pg_read_all_stats', 'usage') as sees",
  );
  if (rows[0]?.sees) return;
  throw new Error("a role that only reads the log needs pg_read_all_stats, or it may miss events that commit late");
}

/**
 * Every append that could still commit has this transaction id or a later one. The order of the two looks matters:
 * an id below the first one's answer is either in the second or has ended before, and is then visible to the next
 * statement. Ids of running sessions are 32 bits; the difference to the newest gives the full one.
 */
async function horizon(pool: pg.Pool): Promise<string> {
  return withClient(pool, async (client) => {
    const newest = await client.query<{ xmax: string }>("select pg_snapshot_xmax(pg_current_snapshot())::text as xmax");
    const xmax = BigInt(newest.rows[0]!.xmax);
    const open = await client.query<{ xid: string }>(
      `select backend_xid::text as xid from pg_stat_activity
        where datname = current_database() and backend_xid is not null
          and (usename = current_user or application_name = 'evenkeel')`,
    );
    let oldest = xmax;
    for (const { xid } of open.rows) {
      const distance = BigInt.asIntN(32, BigInt.asUintN(32, xmax) - BigInt(xid));
      const full = xmax - distance;
      if (full < oldest) oldest = full;
    }
    return String(oldest);
  });
}
