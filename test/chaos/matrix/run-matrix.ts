import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { programWithFailpoints } from "../../support/program.ts";
import { scenarios } from "../scenarios/index.ts";
import { isGood } from "../summary.ts";
import type { Queue } from "../world/world.ts";
import { plan, QUEUES, type Planned } from "./plan.ts";
import { commitNow, isOfNow, readResults, type Result } from "./results.ts";

const MAIN = join(import.meta.dirname, "..", "main.ts");
const ROUNDS = 200;

export interface MatrixOptions {
  /** The file that each finished run is added to; what it has of this commit is not run again. */
  results: string;
  rounds?: number;
  /** Names of tests, with commas. */
  only?: string;
  queue?: string;
  /** No more than so many worlds at a time. */
  lanes?: number;
  seed?: number;
  logs?: string;
  tell: (line: string) => void;
}

interface Run extends Planned {
  rounds: number;
  queue: Queue;
}

/** Runs every test on every queue, one after the other, each in a process of its own. Resolves with whether all were good. */
export async function runMatrix(options: MatrixOptions): Promise<boolean> {
  const { results, tell, logs = join(".evenkeel", "chaos") } = options;
  const todo = runsOf(options);
  const done = readResults(results).filter(({ commit }) => isOfNow(commit));
  const commit = commitNow();
  const program = await programWithFailpoints();
  const isCommitted = isOfNow(commit);
  if (!isCommitted) tell("what is run is in no commit: it cannot be resumed");
  let allGood = true;
  for (const [index, run] of todo.entries()) {
    const head = `${index + 1} of ${todo.length}: ${nameOf(run)}`;
    const had = done.find((result) => isSame(result, run));
    if (had) tell(`${head}, was run with seed ${had.seed}`);
    else {
      // The services run from a program made before; tests of other sources beside them would mean nothing.
      if (isCommitted && !isOfNow(commit)) {
        tell(`the sources are not those of ${commit} any more: run the matrix in a worktree of its own`);
        return false;
      }
      tell(`${head}; about ${minutes(todo.slice(index))} min left`);
      await runInProcess(run, { ...options, logs, program, commit });
    }
    const result = had ?? readResults(results).findLast((one) => isSame(one, run) && one.commit === commit);
    allGood &&= result !== undefined && isGood(result);
    if (!result) tell(`${head} has no result`);
    else if (!isGood(result))
      tell(`${head}: ${result.rounds - result.good} BAD rounds, seed ${result.seed}: see ${logs}`);
  }
  return allGood;
}

/** A run's own trouble, such as an end by a signal, is not the matrix's. */
async function runInProcess(run: Run, options: MatrixOptions & { program: string; commit: string }) {
  const { results, logs, seed, program, commit } = options;
  const given = {
    ...{ rounds: run.rounds, queue: run.queue, size: run.size, lanes: Math.min(run.lanes, run.rounds) },
    ...{ seed, results, logs, program, commit },
  };
  const words = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, `${value}`],
  );
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, run.test, ...words], { stdio: "inherit" });
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  await once(child, "exit");
  process.off("exit", end);
}

function runsOf({ rounds = ROUNDS, only, queue, lanes: most = Infinity }: MatrixOptions): Run[] {
  const names = only?.split(",");
  const unknown = names?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw new Error(`--only: there is no chaos test ${JSON.stringify(unknown)}`);
  return plan
    .filter(({ test }) => !names || names.includes(test))
    .flatMap((planned) =>
      QUEUES.map((one) => ({ rounds, ...planned, lanes: Math.min(planned.lanes, most), queue: one })),
    )
    .filter((run) => queue === undefined || run.queue === queue);
}

const isSame = (result: Result, { test, queue, rounds, size }: Run) =>
  result.test === test &&
  result.queue === queue &&
  result.rounds === rounds &&
  (size === undefined || result.size === size);

const nameOf = ({ test, queue, rounds, size }: Run) =>
  `${test} on ${queue}, ${rounds} rounds${size === undefined ? "" : ` of ${size}`}`;

const minutes = (runs: readonly Run[]) =>
  Math.ceil(runs.reduce((sum, { rounds, secondsPerRound }) => sum + rounds * secondsPerRound, 0) / 60);
