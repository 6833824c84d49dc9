import { parseArgs } from "node:util";
import { scenarios } from "./scenarios/index.ts";

const OPTIONS = {
  rounds: { type: "string" },
  queue: { type: "string" },
  seed: { type: "string" },
  size: { type: "string" },
  lanes: { type: "string" },
  from: { type: "string" },
  program: { type: "string" },
  previous: { type: "string" },
  save: { type: "string" },
  logs: { type: "string" },
  results: { type: "string" },
  commit: { type: "string" },
  only: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export type Words = ReturnType<typeof readWords>;

export function readWords(args: readonly string[]) {
  const { values, positionals } = wordsOf(args);
  if (values.help) usage();
  const number = (name: "rounds" | "seed" | "size" | "lanes" | "from"): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    return /^\d+$/.test(text) ? Number(text) : usage(`--${name} ${text}: expected a whole number`);
  };
  return {
    ...values,
    what: positionals[0] ?? "",
    rounds: number("rounds"),
    seed: number("seed"),
    size: number("size"),
    lanes: number("lanes"),
    from: number("from"),
  };
}

function wordsOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

/** Tells what can be said, and ends: with 2 when what was said is wrong. */
export function usage(why?: string): never {
  const out = why === undefined ? process.stdout : process.stderr;
  out.write(`${why === undefined ? "" : `${why}\n`}usage: chaos TEST [--rounds N] [--queue redis|postgres] [--seed N] [--size N] [--lanes N] [--from N]
                  [--previous REF] [--save FILE] [--logs FOLDER] [--results FILE]
       chaos matrix [--rounds N] [--only TEST,TEST] [--queue redis|postgres] [--lanes MOST] [--seed N]
                  [--logs FOLDER] [--results FILE]
       chaos report [--results FILE]
`);
  for (const { name, describe } of scenarios) out.write(`  ${name.padEnd(16)} ${describe}\n`);
  process.exit(why === undefined ? 0 : 2);
}
