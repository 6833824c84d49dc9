import type { Considered, Problem } from "@evenkeel/events";
import type { Entry, Match, RemediationFile } from "./plan.ts";

export interface Matched {
  entry?: Entry;
  /** Which rule matched: `match`, `root cause`, `title`, `prefix` or `default`. */
  by?: string;
  /** Every entry of the file and why it matched or did not, in file order. */
  considered: Considered[];
}

/**
 * Finds the entry for a problem. Passes, each in file order: our `match:` blocks; exact root cause; exact title (or
 * alert name); title prefix (only files of format 0.6, as Keptn 0.6 did); `default` or `*`.
 */
export function match(file: RemediationFile, problem: Problem): Matched {
  for (const [by, test] of passes(file)) {
    const entry = file.entries.find((e) => test(e, problem));
    if (entry) return { entry, by, considered: explain(file, problem, entry, by) };
  }
  return { considered: explain(file, problem) };
}

type Pass = readonly [by: string, test: (entry: Entry, problem: Problem) => boolean];

function passes(file: RemediationFile): readonly Pass[] {
  const named = (entry: Entry) => !entry.match && entry.problemType !== "" && !isDefault(entry);
  return [
    ["match", (e, p) => e.match !== undefined && unmet(e.match, p) === undefined],
    ["root cause", (e, p) => named(e) && e.problemType === p.rootCause],
    ["title", (e, p) => named(e) && titles(p).includes(e.problemType)],
    ["prefix", (e, p) => file.format === "0.6" && named(e) && p.title.startsWith(e.problemType)],
    ["default", (e) => !e.match && isDefault(e)],
  ];
}

function isDefault(entry: Entry): boolean {
  return entry.problemType === "default" || entry.problemType === "*";
}

/** Alertmanager's alert name serves as a title too: summaries are often prose. */
function titles(problem: Problem): string[] {
  const alertname = problem.labels["alertname"];
  return alertname === undefined ? [problem.title] : [problem.title, alertname];
}

function explain(file: RemediationFile, problem: Problem, chosen?: Entry, by?: string): Considered[] {
  return file.entries.map((entry) => ({
    problemType: entry.problemType,
    line: entry.line,
    matched: entry === chosen,
    why: entry === chosen ? `matched by ${by}` : whyNot(entry, file, problem, chosen && { by, line: chosen.line }),
  }));
}

/** An entry that would have matched lost to the one that goes first; any other says what it missed. */
function whyNot(
  entry: Entry,
  file: RemediationFile,
  problem: Problem,
  chosen: { by: string | undefined; line: number } | undefined,
): string {
  const own = passes(file).find(([, test]) => test(entry, problem));
  if (own && chosen) return own[0] === chosen.by ? `line ${chosen.line} came first` : outranked(chosen);
  if (entry.match) return unmet(entry.match, problem) ?? "no condition is missed";
  for (const title of [...titles(problem), problem.rootCause ?? ""]) {
    const near = nearness(entry.problemType, title, file.format);
    if (near) return `${saysOf(problem)}: ${near}`;
  }
  return saysOf(problem);
}

function outranked({ by, line }: { by: string | undefined; line: number }): string {
  return `line ${line} is more specific, matched by ${by}`;
}

function saysOf({ title, rootCause }: Problem): string {
  return `the problem's title is "${title}"${rootCause ? `, its root cause "${rootCause}"` : ""}`;
}

function nearness(wanted: string, text: string, format: RemediationFile["format"]): string | undefined {
  const [a, b] = [wanted.trim().toLowerCase(), text.trim().toLowerCase()];
  if (a === "" || b === "") return undefined;
  if (a === b) return "differs only in upper and lower case or blanks at the ends";
  if (!b.startsWith(a) && !a.startsWith(b)) return undefined;
  return `begins alike, but this format wants ${format === "0.6" ? "the title to begin with it" : "the whole title"}`;
}

/** The first condition that does not hold, in words. */
function unmet(wanted: Match, problem: Problem): string | undefined {
  if (wanted.title !== undefined && !titles(problem).some((t) => glob(wanted.title!, t))) {
    return `title is "${problem.title}", wanted "${wanted.title}"`;
  }
  if (wanted.rootCause !== undefined && !glob(wanted.rootCause, problem.rootCause ?? "")) {
    return `root cause is "${problem.rootCause ?? "unknown"}", wanted "${wanted.rootCause}"`;
  }
  if (wanted.severity && !wanted.severity.includes(problem.severity)) {
    return `severity is ${problem.severity}, wanted ${wanted.severity.join(" or ")}`;
  }
  if (wanted.source !== undefined && wanted.source !== problem.source) {
    return `source is ${problem.source}, wanted ${wanted.source}`;
  }
  for (const [name, pattern] of Object.entries(wanted.labels ?? {})) {
    const value = Object.hasOwn(problem.labels, name) ? problem.labels[name]! : undefined;
    if (value === undefined) return `label ${name} is absent, wanted "${pattern}"`;
    if (!glob(pattern, value)) return `label ${name} is "${value}", wanted "${pattern}"`;
  }
  return undefined;
}

/** `*` stands for any run of characters. Linear: each piece is searched once, left to right; no regular expression. */
export function glob(pattern: string, text: string): boolean {
  const pieces = pattern.split("*");
  if (pieces.length === 1) return pattern === text;
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
