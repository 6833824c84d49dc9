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
    why: entry === chosen ? `matched by ${by}` : whyNot(entry, problem, chosen),
  }));
}

function whyNot(entry: Entry, problem: Problem, chosen: Entry | undefined): string {
  if (entry.match) return unmet(entry.match, problem) ?? `line ${chosen?.line} came first`;
  if (isDefault(entry)) return `line ${chosen?.line} is more specific`;
  if (titles(problem).includes(entry.problemType)) return `line ${chosen?.line} came first`;
  const near = nearness(entry.problemType, problem.title);
  return `the problem's title is "${problem.title}"${near ? `: ${near}` : ""}`;
}

function nearness(wanted: string, title: string): string | undefined {
  const [a, b] = [wanted.trim().toLowerCase(), title.trim().toLowerCase()];
  if (a === b) return "differs only in upper and lower case or blanks at the ends";
  if (b.startsWith(a) || a.startsWith(b)) return "begins alike, but this format wants the whole title";
  return undefined;
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
