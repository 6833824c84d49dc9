import type pg from "pg";
import { query } from "./database.ts";
import { addRange, addTraits, Conditions, contains, type EventQuery } from "./query.ts";

/** How many events there are, by what people filter for, among the newest ones. */
export interface EventCounts {
  total: number;
  /** How many of the newest events in the range were looked at. */
  looked: number;
  /** There are older events in the range, which were not looked at: each count is "at least". */
  more: boolean;
  kinds: Record<string, number>;
  results: Record<string, number>;
  statuses: Record<string, number>;
  /** Those with most events, at most 100. */
  services: { service: string; count: number }[];
  /** Those with most events, at most 100. */
  sources: { source: string; count: number }[];
}

type Group = "kind" | "result" | "status" | "service" | "source";

interface Row {
  name: Group | "total" | "looked";
  value: string | null;
  count: number;
}

const MOST_LOOKED_AT = 10_000;
const MOST_NAMES = 100;

/**
 * Counts among the newest events of a range (where and when), and never among all of a large log: the page asks again
 * and again. What an event must be (type, source, status, result, text) is looked for in these, so that a rare one
 * costs no more than a frequent one. The newest are those stored last; of a range of time those of the latest time, as
 * an index leads to them wherever the range lies.
 *
 * What is read, grouped and searched is bounded with that. What is passed over is not always: no index has the events
 * of one project, or of a service by its name alone, in their order, so that those of a project that has long been
 * silent are found behind all that others have stored since.
 * @param most events to look at
 */
export async function countEvents(
  pool: pg.Pool,
  q: Omit<EventQuery, "limit" | "before">,
  most = MOST_LOOKED_AT,
): Promise<EventCounts> {
  const range = new Conditions();
  addRange(range, q);
  const traits = new Conditions(range.values);
  addTraits(traits, q);
  // Not a join: that could be answered by reading the text of every event.
  if (q.text !== undefined)
    traits.add("(select e.data::text ilike ? from events e where e.seq = looked.seq)", contains(q.text));
  const place = q.from === undefined && q.to === undefined ? "seq" : "time";
  const rows = await query<Row>(
    pool,
    `with reached as materialized (
       select seq, time, kind, type, source, service, status, result from events ${range.sql()}
        order by events.${place} desc limit ${range.param(most + 1)}),
     looked as (select * from reached order by ${place} desc limit ${range.param(most)}),
     found as materialized (select kind, result, status, service, source from looked ${traits.sql()})
     select 'looked' as name, null as value, count(*)::int as count from reached
     union all select 'total', null, count(*)::int from found
     union all select 'kind', kind, count(*)::int from found group by kind
     union all select 'result', result, count(*)::int from found where result is not null group by result
     union all select 'status', status, count(*)::int from found where status is not null group by status
     union all (select 'service', service, count(*)::int from found where service is not null
       group by service order by 3 desc, 2 limit ${MOST_NAMES})
     union all (select 'source', source, count(*)::int from found group by source order by 3 desc, 2 limit ${MOST_NAMES})`,
    range.values,
  );
  const of = (name: Row["name"]) =>
    rows.filter((row) => row.name === name).map(({ value, count }) => ({ value: value ?? "", count }));
  const only = (name: "total" | "looked") => of(name)[0]?.count ?? 0;
  const record = (name: Group) => Object.fromEntries(of(name).map(({ value, count }) => [value, count]));
  const reached = only("looked");
  return {
    total: only("total"),
    looked: Math.min(reached, most),
    more: reached > most,
    kinds: record("kind"),
    results: record("result"),
    statuses: record("status"),
    services: of("service").map(({ value, count }) => ({ service: value, count })),
    sources: of("source").map(({ value, count }) => ({ source: value, count })),
  };
}
