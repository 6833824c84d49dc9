// Chaos runs; docs/reliability.md tells how. Words: usage.ts
import { runMatrix } from "./matrix/run-matrix.ts";
import { writeReport } from "./matrix/report.ts";
import { addResult, commitNow, TOTALS } from "./matrix/results.ts";
import { runRounds } from "./run-rounds.ts";
import { scenarios } from "./scenarios/index.ts";
import { isGood } from "./summary.ts";
import { readWords, usage, type Words } from "./usage.ts";
import { releaseOf } from "./world/previous.ts";
import * as needs from "../support/needs.ts";

const DEFAULT_ROUNDS = 20;
const tell = (line: string) => process.stdout.write(`${line}\n`);

// What the run has started ends with this process only when it ends in order.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) {
  process.once(signal, () => {
    tell(`broken off by ${signal}`);
    process.exit(130);
  });
}

const words = readWords(process.argv.slice(2));
const resultsFile = words.results ?? TOTALS;
if (words.what === "matrix") process.exitCode = (await runMatrix({ ...words, results: resultsFile, tell })) ? 0 : 1;
else if (words.what === "report") await writeReport(resultsFile);
else process.exitCode = (await runOne(words)) ? 0 : 1;
process.exit();

function earlier(ref: string): string {
  try {
    return releaseOf(ref);
  } catch (error) {
    return usage(`--previous ${ref}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function runOne({ what, queue = "postgres", results, commit = commitNow(), previous: ref, ...more }: Words) {
  const scenario = scenarios.find(({ name }) => name === what);
  if (!scenario) usage(`there is no chaos test ${JSON.stringify(what)}`);
  if (queue !== "redis" && queue !== "postgres") usage(`--queue ${queue}: expected redis or postgres`);
  if (queue === "redis" && !needs.redis.ok) usage(needs.redis.why);
  const previous = ref === undefined ? undefined : earlier(ref);
  const missing = scenario.missing?.({ size: more.size, previous });
  if (missing) {
    tell(`${scenario.name} was not run: ${missing}`);
    return true;
  }
  const seed = more.seed ?? Math.floor(Math.random() * 2 ** 31);
  tell(`${scenario.name} on ${queue}, seed ${seed}`);
  const { summary } = await runRounds({
    ...{ ...more, scenario, queue, seed, previous, tell },
    rounds: more.rounds ?? DEFAULT_ROUNDS,
  });
  tell(JSON.stringify(summary, undefined, 2));
  const { rounds, good, lost, doubled, recoveryMs } = summary;
  tell(
    `${good} of ${rounds} rounds good, lost ${lost}, doubled ${doubled}, recovery p50 ${recoveryMs.p50} ms p99 ${recoveryMs.p99} ms, seed ${seed}`,
  );
  if (results) addResult(results, summary, commit);
  return isGood(summary);
}
