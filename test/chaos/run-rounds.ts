import { check, type Violation } from "./checker.ts";
import type { Measured, RoundResult, RunningScenario, Scenario } from "./scenario.ts";
import { saveBadRound } from "./world/bad-round.ts";
import { createLoadMeter } from "./world/load.ts";
import { randomFrom } from "./world/random.ts";
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
  /** Where the run's events go, as JSON lines. */
  save?: string;
  /** The folder for what is known of a bad round. */
  logs?: string;
  /** One line for each round. */
  tell: (line: string) => void;
}

/** What a lane has done, and what is wrong with its whole log at the end. */
interface LaneResult {
  results: RoundResult[];
  end: Violation[];
  acknowledged: number;
  events: number;
  answers: ReadonlyMap<string, number>;
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
  // All come to their end before one's failure is told, so that nothing of the others is left behind.
  const settled = await Promise.allSettled(
    Array.from({ length: width }, (_, lane) => runLane(options, { lane, nextRound, measured })),
  );
  const failed = settled.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
  const done = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const results = done.flatMap((lane) => lane.results);
  const summary = summarise({
    ...options,
    test: options.scenario.name,
    lanes: width,
    results,
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
}

async function runLane(options: RunOptions, { lane, nextRound, measured }: Lane): Promise<LaneResult> {
  const { scenario, queue, seed, tell, save, logs } = options;
  const folder = scenario.folder?.();
  try {
    const world = await createWorld({
      ...{ queue, waitMs: scenario.waitMs, folder: folder?.path, program: options.program },
    });
    try {
      const running = await scenario.open({ world, seed, measured, size: options.size });
      const results: RoundResult[] = [];
      for (let n = nextRound(); n !== undefined; n = nextRound()) {
        const result = await attempt(running, world, n, seed);
        results.push(result);
        tell(line(n, result));
        const outputs = world.outputs();
        if (logs && isBad(result))
          await saveBadRound(logs, `${scenario.name}-${queue}-${seed}-${n + 1}`, result, world, outputs);
      }
      await running.close();
      const history = await world.history();
      const end = check(history);
      for (const { invariant, text } of end) tell(`at the end of lane ${lane + 1}: ${invariant} ${text}`);
      if (save) await saveHistory(lane === 0 ? save : `${save}.${lane + 1}`, history.events);
      const { acked, answers } = world.client;
      const acknowledged = new Set(acked.map(({ id }) => id)).size;
      return { results, end, acknowledged, events: history.events.length, answers };
    } finally {
      await world.close();
    }
  } finally {
    folder?.remove();
  }
}

/** A round that breaks off is a failure of its own, and the next one goes on. */
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
    return { about: "broken off", contexts: [], recoveries: [], failures: [why], violations: [], ms: took() };
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
