import type pg from "pg";
import { query } from "./database.ts";

/** A curve of an indicator around a run, in whatever form its reader gave it. */
export interface SavedCurve {
  settled: boolean;
  curve: unknown;
}

const MOST_CURVES = 20_000;
const MOST_BYTES = 64 * 1024;

/** What was saved last; `undefined` when nothing was. */
export async function readCurve(pool: pg.Pool, context: string, indicator: string): Promise<SavedCurve | undefined> {
  const rows = await query<{ settled: boolean; curve: unknown }>(
    pool,
    "select settled, curve from curves where context = $1 and indicator = $2",
    [context, indicator],
  );
  return rows[0];
}

/**
 * Saves a curve in the place of an earlier one, but never in that of a settled one: what is settled does not change, and
 * its source may have forgotten part of it by now. The oldest give way beyond `keep`. False: it was not saved, as a
 * settled one is there or it is too large.
 */
export async function saveCurve(
  pool: pg.Pool,
  context: string,
  indicator: string,
  { settled, curve }: SavedCurve,
  keep = MOST_CURVES,
): Promise<boolean> {
  const text = JSON.stringify(curve);
  if (Buffer.byteLength(text) > MOST_BYTES) return false;
  const rows = await query<{ seq: string }>(
    pool,
    `insert into curves (context, indicator, settled, curve) values ($1, $2, $3, $4)
     on conflict (context, indicator) do update
       set settled = excluded.settled, curve = excluded.curve, saved_at = clock_timestamp(), seq = default
       where not curves.settled
     returning seq::text`,
    [context, indicator, settled, text],
  );
  if (!rows[0]) return false;
  // Numbers are never given twice, so that these are at most as many as are kept.
  await query(pool, "delete from curves where seq <= $1::bigint - $2", [rows[0].seq, keep]);
  return true;
}
