import { randomUUID } from "node:crypto";
import type { Journal } from "@evenkeel/journal";
import pg from "pg";
import { CARTS, PROJECT, seedRun } from "../test/support/web-seed.ts";

const SERVICES = 200;
/** Of every run's events as many are copied: ten times as many events as remediations. */
const EVENTS_PER_RUN = 10;
const RUNS_PER_DAY = 1000;
/** The mix of endings, in hundredths. */
const MIX = { pass: 85, warning: 10, fail: 5 } as const;
const BATCH = 10_000;

export interface Seeded {
  remediations: number;
  events: number;
}

/**
 * Fills the log with copies of a few runs that were written the usual way, spread evenly over the past with a thousand
 * a day; and leaves some runs unfinished.
 */
export async function seedLog(journal: Journal, databaseUrl: string, runs: number): Promise<Seeded> {
  const templates: { context: string; upTo: number }[] = [];
  let upTo = 0;
  for (const [result, share] of Object.entries(MIX)) {
    const evaluated = result as keyof typeof MIX;
    const context = await seedRun(journal, { ...CARTS, service: `template-${result}` }, { evaluated });
    templates.push({ context, upTo: (upTo += share) });
  }
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (let from = 1; from <= runs; from += BATCH)
      await copy(client, templates, from, Math.min(runs, from + BATCH - 1), runs);
    // Such a log would have come in over months, in which the server looks after its tables.
    await client.query("vacuum analyze events");
    await client.query("vacuum analyze remediations");
    for (let n = 0; n < 6; n++) await seedRun(journal, { ...CARTS, service: `running-${n}` });
    const { rows } = await client.query<Seeded>(
      `select (select count(*)::int from remediations) as remediations, (select count(*)::int from events) as events`,
    );
    return rows[0]!;
  } finally {
    await client.end();
  }
}

/** Copies number `from` to `to` of `runs`, the oldest first. */
async function copy(
  client: pg.Client,
  templates: readonly { context: string; upTo: number }[],
  from: number,
  to: number,
  runs: number,
): Promise<void> {
  const salt = randomUUID().slice(0, 8);
  await client.query("begin");
  await client.query(
    `create temporary table copies on commit drop as
     select n, $1 || '-' || to_char(n, 'FM0000000') as context, 'service-' || n % ${SERVICES} as service,
            (select t.context from unnest($2::text[], $3::int[]) t(context, up_to)
              where (n::bigint * 37) % 100 < t.up_to order by up_to limit 1) as template,
            now() - ($6::int - n) * interval '1 day' / ${RUNS_PER_DAY} - interval '15 minutes' as at
       from generate_series($4::int, $5::int) n`,
    [salt, templates.map(({ context }) => context), templates.map(({ upTo }) => upTo), from, to, runs],
  );
  await client.query(
    `with ranked as (
       select *, row_number() over (partition by context order by seq) as rank from events
        where context = any($1)
     )
     insert into events (id, source, kind, type, time, received_at, context, project, stage, service, triggeredid,
         gitcommitid, status, result, data)
     select c.context || '-' || rank, source, kind, type, c.at + rank * interval '1 minute',
            c.at + rank * interval '1 minute', c.context, project, stage, c.service, triggeredid, gitcommitid, status, result,
            data || jsonb_build_object('service', c.service)
       from copies c join ranked r on r.context = c.template and rank <= ${EVENTS_PER_RUN}
      order by c.n, rank`,
    [templates.map(({ context }) => context)],
  );
  await client.query(
    `insert into remediations (context, seq, project, stage, service, phase, holds_target, paused, status, result,
         reason, message, title, severity, source, attempt, triggered_at, finished_at, state)
     select c.context, (select e.seq from events e where e.context = c.context and e.kind = 'remediation.triggered'),
            $1, stage, c.service, phase, false, false, status, result, reason, message, title, severity, source, attempt,
            c.at, c.at + interval '11 minutes',
            state || jsonb_build_object('context', c.context, 'finishedAt', c.at + interval '11 minutes',
              'triggered', state->'triggered' || jsonb_build_object('time', c.at),
              'target', state->'target' || jsonb_build_object('service', c.service))
       from copies c join remediations r on r.context = c.template`,
    [PROJECT],
  );
  await client.query("commit");
}
