import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../support/workspace.ts";
import type { Summary } from "../summary.ts";

/** One finished run, as a line of a file of results. */
export interface Result extends Summary {
  /** The commit that was run; `+` behind it when the files were not those of the commit. */
  commit: string;
  /** When it was over. */
  at: string;
  node: string;
}

/** The file whose runs docs/reliability.md tells of. */
export const TOTALS = join(root, "test", "chaos", "results", "totals.jsonl");
/** Whatever a run's outcome may depend on. */
const RUN_FROM = ["packages", "services", "cli", "test/chaos", "test/support", "scripts", "pnpm-lock.yaml"];
const DATA = ":!*.jsonl";

export function addResult(file: string, summary: Summary, commit: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const result: Result = { ...summary, commit, at: new Date().toISOString(), node: process.version };
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** @throws Error that names the line which is none of ours */
export function readResults(file: string): Result[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.flatMap((line, index) => (line === "" ? [] : [parseResult(line, `${file}:${index + 1}`)]));
}

export function parseResult(line: string, where: string): Result {
  let value: Partial<Result>;
  try {
    value = JSON.parse(line) as Partial<Result>;
  } catch {
    throw new Error(`${where}: expected the JSON of one run`);
  }
  const isOurs =
    typeof value.test === "string" &&
    (value.queue === "redis" || value.queue === "postgres") &&
    [value.seed, value.rounds, value.good, value.lost, value.doubled, value.seconds].every(Number.isFinite) &&
    typeof value.commit === "string";
  if (!isOurs) throw new Error(`${where}: expected test, queue, seed, rounds, good, lost, doubled, seconds and commit`);
  return value as Result;
}

/** Asked for before a run: what is committed meanwhile is not what it runs. */
export function commitNow(): string {
  const commit = git("rev-parse", "--short=12", "HEAD");
  return git("status", "--porcelain", "--", ...RUN_FROM, DATA) === "" ? commit : `${commit}+`;
}

/** Whether a run of that commit was one of what is here now. */
export function isOfNow(commit: string): boolean {
  if (commit.endsWith("+")) return false;
  const { status } = spawnSync("git", ["diff", "--quiet", commit, "--", ...RUN_FROM, DATA], { cwd: root });
  return status === 0;
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}
