import type { Event } from "@evenkeel/events";
import { evolve, type Remediation } from "@evenkeel/remediation";
import type pg from "pg";
import { query } from "./database.ts";
import { EVENT_COLUMNS, toEvent, type EventRow } from "./rows.ts";

/** Folds the whole log anew: context → state. For tests and for `doctor`, which compare it with the stored states. */
export async function foldLog(pool: pg.Pool): Promise<Map<string, Remediation>> {
  const states = new Map<string, Remediation>();
  const PAGE = 2_000;
  for (let after = "0"; ;) {
    const rows = await query<EventRow>(
      pool,
      `select ${EVENT_COLUMNS} from events where events.seq > $1::bigint order by events.seq limit ${PAGE}`,
      [after],
    );
    for (const row of rows) {
      const event: Event = toEvent(row);
      const state = evolve(states.get(event.context), event);
      if (state) states.set(event.context, state);
    }
    if (rows.length < PAGE) return states;
    after = rows.at(-1)!.seq;
  }
}

/** The stored states, in the same form. */
export async function storedStates(pool: pg.Pool): Promise<Map<string, Remediation>> {
  const rows = await query<{ context: string; state: Remediation }>(pool, "select context, state from remediations");
  return new Map(rows.map((row) => [row.context, row.state]));
}
