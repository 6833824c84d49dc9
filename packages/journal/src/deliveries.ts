import type { Deliveries } from "@evenkeel/runtime";
import type pg from "pg";
import { query } from "./database.ts";

const MOST_REMEMBERED = 10_000;
/** Beyond it the oldest are forgotten; the ids of events still make a replay harmless. */
const MOST_STORED = 100_000;
const PRUNE_EVERY = 1_000;

/**
 * Which signed deliveries were taken in, for all processes, with the latest of this one in memory.
 * @param now milliseconds since 1970
 */
export function deliveriesIn(pool: pg.Pool, now: () => number = Date.now): Deliveries {
  const latest = new Map<string, number>();
  let sincePruned = PRUNE_EVERY;
  const keyOf = (source: string, delivery: string) => `${source} ${delivery}`;

  return {
    async seen(source, delivery) {
      const until = latest.get(keyOf(source, delivery));
      if (until !== undefined && until > now()) return true;
      const rows = await query(
        pool,
        "select from deliveries where source = $1 and delivery = $2 and until > clock_timestamp()",
        [source, delivery],
      );
      return rows.length > 0;
    },
    async remember(source, delivery, keepMs) {
      await query(
        pool,
        `insert into deliveries (source, delivery, until) values ($1, $2, clock_timestamp() + $3 * interval '1 ms')
         on conflict (source, delivery) do update set until = greatest(deliveries.until, excluded.until)`,
        [source, delivery, keepMs],
      );
      latest.set(keyOf(source, delivery), now() + keepMs);
      const oldest = latest.keys().next();
      if (latest.size > MOST_REMEMBERED && !oldest.done) latest.delete(oldest.value);
      if (++sincePruned < PRUNE_EVERY) return;
      sincePruned = 0;
      await prune(pool);
    },
  };
}

async function prune(pool: pg.Pool): Promise<void> {
  await query(pool, "delete from deliveries where until <= clock_timestamp()");
  await query(
    pool,
    "delete from deliveries where until < (select until from deliveries order by until desc offset $1 limit 1)",
    [MOST_STORED],
  );
}
