import type { Violation } from "./checker.ts";
import type { Measured, RoundResult } from "./scenario.ts";
import type { Load } from "./world/load.ts";
import { percentile } from "./world/recovery.ts";
import type { Queue } from "./world/world.ts";

export interface Summary {
  test: string;
  queue: Queue;
  seed: number;
  size?: number;
  lanes: number;
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
  /** Why lanes ended before their time. */
  broken: string[];
  recoveryMs: { count: number } & Spread;
  measured: Record<string, Spread>;
  answers: Record<string, number>;
  load: Load;
  runnerRssMb: number;
  seconds: number;
}

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export interface Outcome extends Pick<
  Summary,
  "test" | "queue" | "seed" | "size" | "lanes" | "acknowledged" | "events" | "broken" | "load" | "seconds"
> {
  results: readonly RoundResult[];
  /** What is wrong with the whole logs at the end. */
  end: readonly Violation[];
  measured: Measured;
  /** Of each world. */
  answers: readonly ReadonlyMap<string, number>[];
}

export function summarise(outcome: Outcome): Summary {
  const { test, queue, seed, size, lanes, acknowledged, events, broken, load, seconds, results } = outcome;
  const all = [...results.flatMap(({ violations }) => violations), ...outcome.end];
  const distinct = [...new Map(all.map((one) => [one.text, one])).values()];
  const recovery = results.flatMap(({ recoveries }) => recoveries.map(({ ms }) => ms));
  return {
    ...{ test, queue, seed, size, lanes },
    rounds: results.length,
    good: results.filter((result) => result.failures.length + result.violations.length === 0).length,
    ...{ acknowledged, events },
    lost: distinct.filter(({ invariant, text }) => invariant === "I1" && text.includes("not in the log")).length,
    doubled: distinct.filter(({ text }) => /\d+ times/.test(text)).length,
    violations: counts(distinct.map(({ invariant }) => [invariant, 1])),
    failures: results.reduce((sum, result) => sum + result.failures.length, 0),
    broken,
    recoveryMs: { count: recovery.length, ...spread(recovery) },
    measured: Object.fromEntries([...outcome.measured].map(([name, values]) => [name, spread(values)])),
    answers: counts(outcome.answers.flatMap((one) => [...one])),
    load,
    runnerRssMb: Math.round(process.memoryUsage.rss() / 1e6),
    seconds,
  };
}

/** Whether there is nothing to look into. */
export function isGood(summary: Pick<Summary, "rounds" | "good" | "violations" | "broken">): boolean {
  const { rounds, good, violations, broken } = summary;
  return rounds > 0 && good === rounds && Object.keys(violations).length === 0 && broken.length === 0;
}

function counts(pairs: readonly (readonly [string, number])[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, count] of pairs) total[name] = (total[name] ?? 0) + count;
  return total;
}

function spread(values: readonly number[]): Spread {
  const at = (p: number) => Math.round(percentile(values, p));
  return { p50: at(50), p99: at(99), max: at(100) };
}
