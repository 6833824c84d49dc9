import type pg from "pg";
import { query } from "./database.ts";
import { remediationConditions, type RemediationQuery } from "./query.ts";

/** How many runs there are, by what people filter for. */
export interface RemediationCounts {
  total: number;
  /** Paused and not finished. */
  paused: number;
  phases: Record<string, number>;
  /** Of finished runs. */
  results: Record<string, number>;
  reasons: Record<string, number>;
  /** The services with most runs, at most 100. */
  services: { service: string; count: number }[];
  /** Milliseconds from the first notification to the end, of healed runs; absent when there are none. */
  recovery?: { count: number; medianMs: number };
}

interface Row {
  name: "phase" | "result" | "reason" | "service" | "paused" | "recovery" | "total";
  value: string | null;
  count: number;
  median_ms: number | null;
}

const MOST_SERVICES = 100;

/** One pass over the runs that fit. */
export async function countRemediations(
  pool: pg.Pool,
  q: Omit<RemediationQuery, "limit" | "before">,
): Promise<RemediationCounts> {
  const where = remediationConditions(q);
  const rows = await query<Row>(
    pool,
    `with found as materialized (
       select phase, result, reason, service, paused and phase <> 'finished' as paused,
              case when reason = 'healed' then extract(epoch from finished_at - triggered_at) * 1000 end as recovery
         from remediations ${where.sql()})
     select 'total' as name, null as value, count(*)::int as count, null::float8 as median_ms from found
     union all select 'phase', phase, count(*)::int, null from found group by phase
     union all select 'result', result, count(*)::int, null from found where result is not null group by result
     union all select 'reason', reason, count(*)::int, null from found where reason is not null group by reason
     union all select 'paused', null, count(*)::int, null from found where paused
     union all select 'recovery', null, count(recovery)::int, percentile_cont(0.5) within group (order by recovery) from found
     union all (select 'service', service, count(*)::int, null from found group by service order by 3 desc limit ${MOST_SERVICES})`,
    where.values,
  );
  const by = (name: Row["name"]) => rows.filter((row) => row.name === name);
  const record = (name: Row["name"]) => Object.fromEntries(by(name).map(({ value, count }) => [value ?? "", count]));
  const recovery = by("recovery")[0];
  return {
    total: by("total")[0]?.count ?? 0,
    paused: by("paused")[0]?.count ?? 0,
    phases: record("phase"),
    results: record("result"),
    reasons: record("reason"),
    services: by("service").map(({ value, count }) => ({ service: value ?? "", count })),
    ...(recovery &&
      recovery.median_ms !== null && { recovery: { count: recovery.count, medianMs: recovery.median_ms } }),
  };
}
