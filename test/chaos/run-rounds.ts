import { check, type Violation } from "./checker.ts";
import type { Measured, RoundResult, Scenario } from "./scenario.ts";
import { randomFrom } from "./world/random.ts";
import { percentile } from "./world/recovery.ts";
import { createWorld, type Queue } from "./world/world.ts";
import { saveHistory } from "./world/save.ts";

export interface RunOptions {
  scenario: Scenario;
  rounds: number;
  queue: Queue;
  seed: number;
  size?: number;
  /** Where the run's events go, as JSON lines. */
  save?: string;
  /** One line for each round. */
  tell: (line: string) => void;
}

export interface Summary {
  test: string;
  queue: Queue;
  seed: number;
  rounds: number;
  /** Rounds without a violation or failure. */
  good: number;
  acknowledged: number;
  events: number;
  lost: number;
  doubled: number;
  /** How many breaches of each invariant. */
  violations: Record<string, number>;
  failures: number;
  recoveryMs: { count: number; p50: number; p99: number; max: number };
  measured: Record<string, { p50: number; p99: number; max: number }>;
  answers: Record<string, number>;
  runnerRssMb: number;
  seconds: number;
}

/** Runs one test for so many rounds, each checked by itself, and then the whole log once more. */
export async function runRounds(options: RunOptions): Promise<{ summary: Summary; results: RoundResult[] }> {
  const { scenario, rounds, queue, seed, size, tell } = options;
  const began = performance.now();
  const folder = scenario.folder?.();
  const world = await createWorld({ queue, waitMs: scenario.waitMs, folder: folder?.path });
  const measured: Measured = new Map();
  const results: RoundResult[] = [];
  try {
    const running = await scenario.open({ world, random: randomFrom(seed), measured, size });
    for (let n = 0; n < rounds; n++) {
      const start = performance.now();
      const result = await attempt(async () => {
        const round = await running.round(n);
        await world.readers.read();
        return { ...round, violations: check({ ...(await world.history(round.contexts)), readers: [] }) };
      });
      results.push({ ...result, ms: performance.now() - start });
      tell(line(n, results.at(-1)!));
    }
    await running.close();
    const history = await world.history();
    const end = check(history);
    for (const violation of end) tell(`at the end: ${violation.invariant} ${violation.text}`);
    if (options.save) await saveHistory(options.save, history.events);
    const all = [...results.flatMap((result) => result.violations), ...end];
    const summary = summarise(options, results, all, measured);
    return {
      results,
      summary: {
        ...summary,
        acknowledged: new Set(world.client.acked.map(({ id }) => id)).size,
        events: history.events.length,
        answers: Object.fromEntries(world.client.answers),
        seconds: Math.round((performance.now() - began) / 1000),
      },
    };
  } finally {
    await world.close();
    folder?.remove();
  }
}

/** A round that breaks off is a failure of its own, and the next one goes on. */
async function attempt(round: () => Promise<Omit<RoundResult, "ms">>): Promise<Omit<RoundResult, "ms">> {
  try {
    return await round();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { about: "broken off", contexts: [], recoveryMs: [], failures: [why], violations: [] };
  }
}

function line(n: number, { about, contexts, recoveryMs, failures, violations, ms }: RoundResult): string {
  const verdict = failures.length + violations.length === 0 ? "ok" : "BROKEN";
  const recovery = recoveryMs.length === 0 ? "" : `, went on after ${Math.round(Math.max(...recoveryMs))} ms`;
  const head = `${String(n + 1).padStart(4)} ${verdict} ${about}: ${contexts.length} runs in ${Math.round(ms)} ms${recovery}`;
  return [head, ...failures, ...violations.map(({ invariant, text }) => `${invariant} ${text}`)].join("\n       ");
}

function summarise(
  { scenario, queue, seed }: RunOptions,
  results: readonly RoundResult[],
  violations: readonly Violation[],
  measured: Measured,
): Omit<Summary, "acknowledged" | "events" | "answers" | "seconds"> {
  const recovery = results.flatMap(({ recoveryMs }) => recoveryMs);
  const distinct = [...new Map(violations.map((one) => [one.text, one])).values()];
  const counts: Record<string, number> = {};
  for (const { invariant } of distinct) counts[invariant] = (counts[invariant] ?? 0) + 1;
  return {
    test: scenario.name,
    queue,
    seed,
    rounds: results.length,
    good: results.filter((result) => result.failures.length + result.violations.length === 0).length,
    lost: distinct.filter(({ invariant, text }) => invariant === "I1" && text.includes("not in the log")).length,
    doubled: distinct.filter(({ text }) => /\d+ times/.test(text)).length,
    violations: counts,
    failures: results.reduce((sum, result) => sum + result.failures.length, 0),
    recoveryMs: { count: recovery.length, ...spread(recovery) },
    measured: Object.fromEntries([...measured].map(([name, values]) => [name, spread(values)])),
    runnerRssMb: Math.round(process.memoryUsage.rss() / 1e6),
  };
}

function spread(values: readonly number[]) {
  const at = (p: number) => Math.round(percentile(values, p));
  return { p50: at(50), p99: at(99), max: at(100) };
}
