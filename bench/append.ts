/**
 * How fast the log takes in problems, as a ratio to the least that durability costs: one insert of one row of the same
 * size on the same server, in the same minute. Both alternate, five times; medians count.
 *
 *   node --import tsx bench/append.ts            prints a table and the verdict
 *   node --import tsx bench/append.ts --json     the same for programs
 */
import { randomUUID } from "node:crypto";
import { loadavg, tmpdir } from "node:os";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { startEmbedded } from "@evenkeel/embedded";
import type { NewEvent, Problem } from "@evenkeel/events";
import { createJournal, type Journal } from "@evenkeel/journal";
import pg from "pg";

const ROUNDS = 5;
const PER_ROUND = 400;
const CONNECTIONS = [1, 16];
/** At least this share of the bare insert's rate. An append stores four events, a fold and a task. */
const GOALS: Readonly<Record<number, number>> = { 1: 0.15, 16: 0.1 };

const quiet = { info: () => {}, warn: () => {} };
const problem: Problem = {
  id: "2c91c2b7a6f0d3e1",
  source: "alertmanager",
  title: "Response time degradation",
  severity: "critical",
  labels: { alertname: "response_time_p90", pod_name: "carts-primary", deployment: "primary" },
};

const database = await startEmbedded({ dataDir: await mkdtemp(join(tmpdir(), "evenkeel-bench-")), ephemeral: true });
const journal = await createJournal({ url: database.url, log: quiet, connections: 16 });
const pool = new pg.Pool({ connectionString: database.url, max: 16 });
await pool.query("create table bare (id uuid primary key, data jsonb not null)");

const results = [];
for (const connections of CONNECTIONS) {
  const rates = { bare: [] as number[], append: [] as number[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const bare = await rate(connections, () => insertBare(pool));
    const append = await rate(connections, () => appendProblem(journal));
    if (round === 0) continue; // warm-up
    rates.bare.push(bare);
    rates.append.push(append);
  }
  const [bare, append] = [median(rates.bare), median(rates.append)];
  const goal = GOALS[connections]!;
  results.push({
    connections,
    barePerSecond: bare,
    appendsPerSecond: append,
    ratio: append / bare,
    goal,
    met: append / bare >= goal,
  });
}
await journal.close();
await pool.end();
await database.stop();

const load = loadavg()[0]!;
if (process.argv.includes("--json")) console.log(JSON.stringify({ results, load }, undefined, 2));
else {
  console.table(
    results.map(({ ratio, barePerSecond, appendsPerSecond, ...rest }) => ({
      ...rest,
      "bare inserts/s": Math.round(barePerSecond),
      "appends/s": Math.round(appendsPerSecond),
      ratio: ratio.toFixed(3),
    })),
  );
  if (load > 1.5) console.log(`the machine is busy (load ${load.toFixed(1)}): judge only on a quiet one`);
}
process.exit(results.every(({ met }) => met) || load > 1.5 ? 0 : 1);

async function rate(connections: number, once: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let left = PER_ROUND;
  const worker = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return PER_ROUND / ((performance.now() - began) / 1000);
}

function insertBare(on: pg.Pool): Promise<unknown> {
  return on.query("insert into bare values ($1, $2)", [randomUUID(), JSON.stringify(problem)]);
}

function appendProblem(on: Journal): Promise<unknown> {
  const target = { project: "sockshop", stage: "production", service: `s-${randomUUID()}` };
  const events: NewEvent[] = [
    { kind: "problem", id: randomUUID(), source: "alertmanager", data: { ...target, state: "open", problem } },
    { kind: "remediation.triggered", id: randomUUID(), source: "alertmanager", data: { ...target, problem } },
  ];
  return on.append(randomUUID(), events);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
