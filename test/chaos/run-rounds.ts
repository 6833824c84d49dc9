import { join } from "node:path";
import { check, type Violation } from "./checker.ts";
import type { Measured, RoundResult, RunningScenario, Scenario } from "./scenario.ts";
import { saveBadRound } from "./world/bad-round.ts";
import { createLoadMeter } from "./world/load.ts";
import { randomFrom } from "../support/random.ts";
import { createWorld, type Queue, type World } from "./world/world.ts";
import { saveHistory } from "./world/save.ts";
import { summarise, type Summary } from "./summary.ts";

export interface RunOptions {
  scenario: Scenario;
  rounds: number;
  queue: Queue;
  seed: number;
  size?: number;
  /** How many worlds there are, each with everything of its own; they share the rounds. Default 1. */
  lanes?: number;
  /** The number of the first round. */
  from?: number;
  /** What a service process runs; default: made of the sources. */
  program?: string;
  /** That of an earlier version. */
  previous?: string;
  /** Where the run's events go, as JSON lines. */
  save?: string;
  /** The folder for what is known of a bad round. */
  logs?: string;
  /** One line for each round. */
  tell: (line: string) => void;
}

/** What a world leaves behind, and what is wrong with its whole log. */
interface WorldEnd {
  end: Violation[];
  acknowledged: number;
  events: number;
  answers: ReadonlyMap<string, number>;
  /** The round that comes next, when this world cannot have it. */
  next: number | undefined;
}

/** Runs one test for so many rounds, each checked by itself, and then the whole log of each world once more. */
export async function runRounds(options: RunOptions): Promise<{ summary: Summary; results: RoundResult[] }> {
  const { rounds, from = 0, lanes = 1 } = options;
  const began = performance.now();
  const meter = createLoadMeter();
  const measured: Measured = new Map();
  let next = from;
  const nextRound = () => (next < from + rounds ? next++ : undefined);
  const width = Math.min(lanes, rounds);
  const results: RoundResult[] = [];
  const settled = await Promise.allSettled(
    Array.from({ length: width }, (_, lane) => runLane(options, { lane, nextRound, measured, results })),
  );
  const done = settled.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  const broken = settled.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  for (const why of broken) options.tell(`a lane broke off: ${why}`);
  const summary = summarise({
    ...options,
    test: options.scenario.name,
    lanes: width,
    results,
    broken,
    end: done.flatMap(({ end }) => end),
    measured,
    acknowledged: sum(done.map(({ acknowledged }) => acknowledged)),
    events: sum(done.map(({ events }) => events)),
    answers: done.map(({ answers }) => answers),
    load: meter.stop(),
    seconds: Math.round((performance.now() - began) / 1000),
  });
  return { summary, results };
}

interface Lane {
  lane: number;
  nextRound: () => number | undefined;
  measured: Measured;
  results: RoundResult[];
}

/** A round that breaks off may leave its world in disorder; the next one gets another. */
async function runLane(options: RunOptions, lane: Lane): Promise<WorldEnd[]> {
  const ends: WorldEnd[] = [];
  for (let next = lane.nextRound(); next !== undefined; next = ends.at(-1)!.next) {
    ends.push(await runInWorld(options, lane, next));
  }
  return ends;
}

async function runInWorld(options: RunOptions, { lane, nextRound, measured, results }: Lane, first: number) {
  const { scenario, queue, seed, size, program, previous, tell, save, logs } = options;
  const folder = scenario.folder?.();
  const closers: (() => unknown)[] = [() => folder?.remove()];
  try {
    const { waitMs, before } = scenario;
    const world = await createWorld({
      ...{ queue, waitMs, folder: folder?.path, program },
      ...(before && { before: (surroundings) => before({ ...surroundings, previous }) }),
    });
    closers.push(() => world.close());
    const running = await scenario.open({ world, seed, measured, size, previous });
    let brokeOff = false;
    let next: number | undefined = first;
    while (next !== undefined && !brokeOff) {
      const result = await attempt(running, world, next, seed);
      results.push(result);
      tell(line(next, result));
      const outputs = world.outputs();
      const name = `${scenario.name}-${queue}-${seed}-${next + 1}`;
      if (logs && isBad(result)) await saveBadRound(join(logs, name), result, world, outputs);
      brokeOff = result.brokeOff ?? false;
      next = nextRound();
    }
    await running.close();
    const history = await world.history();
    // What hangs after a round that broke off has been told of already.
    const end = check({ ...history, settled: !brokeOff });
    for (const { invariant, text } of end) tell(`at the end of lane ${lane + 1}: ${invariant} ${text}`);
    if (save) await saveHistory(lane === 0 ? save : `${save}.${lane + 1}`, history.events);
    const { acked, answers } = world.client;
    const acknowledged = new Set(acked.map(({ id }) => id)).size;
    return { end, acknowledged, events: history.events.length, answers, next };
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** A round that breaks off is a failure of its own. */
async function attempt(running: RunningScenario, world: World, n: number, seed: number): Promise<RoundResult> {
  const start = performance.now();
  const took = () => performance.now() - start;
  try {
    const round = await running.round(n, randomFrom(seed + Math.imul(n + 1, 0x9e3779b1)));
    await world.readers.read();
    const violations = check({ ...(await world.history(round.contexts)), readers: [] });
    return { ...round, violations, ms: took() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      about: "broken off",
      contexts: [],
      recoveries: [],
      failures: [why],
      violations: [],
      ms: took(),
      brokeOff: true,
    };
  }
}

const isBad = ({ failures, violations }: RoundResult) => failures.length + violations.length > 0;

function line(n: number, result: RoundResult): string {
  const { about, contexts, recoveries, failures, violations, ms } = result;
  const slowest = recoveries.toSorted((a, b) => b.ms - a.ms)[0];
  const recovery = slowest ? `, went on after ${Math.round(slowest.ms)} ms (${slowest.before} → ${slowest.after})` : "";
  const verdict = isBad(result) ? "BROKEN" : "ok";
  const head = `${String(n + 1).padStart(4)} ${verdict} ${about}: ${contexts.length} runs in ${Math.round(ms)} ms${recovery}`;
  return [head, ...failures, ...violations.map(({ invariant, text }) => `${invariant} ${text}`)].join("\n       ");
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
