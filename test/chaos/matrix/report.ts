import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "prettier";
import { root } from "../../support/workspace.ts";
import type { Spread } from "../summary.ts";
import { readResults, type Result } from "./results.ts";

const PAGE = join(root, "docs", "reliability.md");
const BEGIN = "<!-- totals: npm run chaos -- report -->";
const END = "<!-- end of totals -->";

/** Writes the totals of a file of results between the page's two marks. */
export async function writeReport(results: string): Promise<void> {
  const runs = readResults(results);
  if (runs.length === 0) throw new Error(`${results} has no runs: npm run chaos -- matrix`);
  const page = withTotals(await readFile(PAGE, "utf8"), totals(runs));
  await writeFile(PAGE, await format(page, { parser: "markdown", printWidth: 120 }));
}

/** @throws Error when the page has not both marks, in order */
export function withTotals(page: string, text: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`expected ${BEGIN} and later ${END} in the page`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${page.slice(end)}`;
}

/** What was run, as Markdown: a sentence about the whole, a table of the runs, one of what was measured beside. */
export function totals(results: readonly Result[]): string {
  const sorted = results.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b)));
  return [about(sorted), table(RUNS, sorted.map(runRow)), table(BESIDE, sorted.flatMap(besideRows))].join("\n\n");
}

const RUNS = [
  ...["Test", "Queue", "Size", "Seed", "Good rounds", "Acknowledged", "Lost", "Doubled", "Breaches"],
  ...["Recovery p50 / p99 / max, ms", "Worlds", "Busy", "Took"],
];
const BESIDE = ["Test", "Queue", "Size", "Measured", "p50", "p99", "max"];

function about(results: readonly Result[]): string {
  const sum = (of: (result: Result) => number) => number(results.reduce((total, result) => total + of(result), 0));
  const all = (of: (result: Result) => string | number) =>
    [...new Set(results.map((result) => `${of(result)}`))].sort();
  const days = all(({ at }) => at.slice(0, 10)).join(", ");
  const counted = `${sum(({ good }) => good)} of ${sum(({ rounds }) => rounds)} rounds were good, ${sum(({ acknowledged }) => acknowledged)} notifications were acknowledged, ${sum(({ lost }) => lost)} lost, ${sum(({ doubled }) => doubled)} doubled, in ${sum(({ seconds }) => seconds / 60)} minutes.`;
  const where = `Run on ${days} on a machine with ${all(({ load }) => load.cores).join(", ")} cores, Node ${all(({ node }) => node).join(", ")}, commit ${all(({ commit }) => `\`${commit}\``).join(", ")}.`;
  return `${counted} ${where}`;
}

function runRow(result: Result): string[] {
  const { test, queue, seed, good, rounds, acknowledged, lost, doubled, violations, recoveryMs, lanes, load } = result;
  const breaches = Object.values(violations).reduce((sum, count) => sum + count, 0);
  const recovery = recoveryMs.count === 0 ? "–" : spread(recoveryMs).join(" / ");
  return [
    ...[`\`${test}\``, queue, sizeOf(result), `${seed}`, `${number(good)} of ${number(rounds)}`, number(acknowledged)],
    ...[number(lost), number(doubled), number(breaches), recovery, `${lanes}`, `${Math.round(load.busy * 100)} %`],
    `${number(result.seconds)} s`,
  ];
}

function besideRows(result: Result): string[][] {
  const head = [`\`${result.test}\``, result.queue, sizeOf(result)];
  return Object.entries(result.measured).map(([name, values]) => [...head, `\`${name}\``, ...spread(values)]);
}

const table = (head: readonly string[], rows: readonly string[][]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
const keyOf = ({ test, queue, size = 0, at }: Result) => `${test} ${String(size).padStart(9, "0")} ${queue} ${at}`;
const sizeOf = ({ size }: Result) => (size === undefined ? "" : number(size));
const spread = ({ p50, p99, max }: Spread) => [p50, p99, max].map(number);
const number = (value: number) => Math.round(value).toLocaleString("en-US");
