// Chaos runs: node --import tsx test/chaos/main.ts TEST --rounds N --queue redis|postgres [--seed S] [--size N] [--save FILE]
import { parseArgs } from "node:util";
import { runRounds } from "./run-rounds.ts";
import { scenarios } from "./scenarios/index.ts";
import * as needs from "../support/needs.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "20" },
    queue: { type: "string", default: "postgres" },
    seed: { type: "string" },
    size: { type: "string" },
    save: { type: "string" },
  },
});

function usage(why: string): never {
  process.stderr.write(
    `${why}\nusage: chaos TEST [--rounds N] [--queue redis|postgres] [--seed N] [--size N] [--save FILE]\n`,
  );
  for (const { name, describe } of scenarios) process.stderr.write(`  ${name.padEnd(16)} ${describe}\n`);
  process.exit(2);
}

const number = (name: "rounds" | "seed" | "size"): number | undefined => {
  const text = values[name];
  if (text === undefined) return undefined;
  return /^\d+$/.test(text) ? Number(text) : usage(`--${name} ${text}: expected a whole number`);
};

// What the run has started ends with this process only when it ends in order.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) {
  process.once(signal, () => {
    process.stdout.write(`broken off by ${signal}\n`);
    process.exit(130);
  });
}

const scenario = scenarios.find(({ name }) => name === positionals[0]);
if (!scenario) usage(`there is no chaos test ${JSON.stringify(positionals[0] ?? "")}`);
const { queue } = values;
if (queue !== "redis" && queue !== "postgres") usage(`--queue ${queue}: expected redis or postgres`);
if (queue === "redis" && !needs.redis.ok) usage(needs.redis.why);
const size = number("size");
const missing = scenario.missing?.({ size });
if (missing) {
  process.stdout.write(`${scenario.name} was not run: ${missing}\n`);
  process.exit(0);
}

const tell = (line: string) => process.stdout.write(`${line}\n`);
const seed = number("seed") ?? Math.floor(Math.random() * 2 ** 31);
tell(`${scenario.name} on ${queue}, seed ${seed}`);
const { summary } = await runRounds({
  scenario,
  rounds: number("rounds")!,
  queue,
  seed,
  size,
  save: values.save,
  tell,
});
tell(JSON.stringify(summary, undefined, 2));
const { rounds, good, lost, doubled, recoveryMs } = summary;
tell(
  `${good} of ${rounds} rounds good, lost ${lost}, doubled ${doubled}, recovery p50 ${recoveryMs.p50} ms p99 ${recoveryMs.p99} ms, seed ${seed}`,
);
process.exit(good === rounds && Object.keys(summary.violations).length === 0 ? 0 : 1);
