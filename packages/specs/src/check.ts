import { z } from "zod";
import { formatPath, quote } from "./finding.ts";
import type { Finding, Parsed, Path } from "./finding.ts";
import { nearest } from "./nearest.ts";
import { describe, finding } from "./yaml/document.ts";
import type { Document } from "./yaml/document.ts";
import { LIMITS } from "./yaml/limits.ts";

/** What turns a checked file into its typed value may ask for source texts and lines, and may warn. */
export interface Reading {
  text(path: Path): string | undefined;
  line(path: Path): number;
  /** Says something about a value that is accepted all the same. */
  warn(path: Path, found: string, expected: string): void;
  /** Says that a key is accepted and has no effect, and why. */
  unused(path: Path, why: string): void;
}

/**
 * Checks a document against a schema, and builds its value when nothing is wrong. Convention for every schema in this
 * package: an `error` text is the *expected* half of the sentence ("a duration such as 10m").
 */
export function check<Raw, Value>(
  document: Document,
  schema: z.ZodType<Raw>,
  build: (raw: Raw, reading: Reading) => Value,
): Parsed<Value> {
  const result = schema.safeParse(document.value, { error: expectation });
  if (!result.success) return { ok: false, findings: toFindings(document, result.error.issues) };
  const warnings: Finding[] = [];
  const value = build(result.data, {
    text: document.text,
    line: (path) => document.place(path).line,
    warn: (path, found, expected) => {
      warnings.push(finding(document.place(path), path, found, expected));
    },
    unused: (path, why) => {
      const found = `the key ${quote(String(path.at(-1)))}`;
      const message = `${formatPath(path)} has no effect: ${why}`;
      const place = document.keyPlace(path);
      warnings.push({ ...place, path: formatPath(path), found, expected: "no such key", message });
    },
  });
  return { ok: true, value, warnings: inReadingOrder(warnings) };
}

/** The same for a file of a format that cannot be told: one finding, at the key that misleads or at the top. */
export function refuseFormat(document: Document, found: string, expected: string, path: Path = []): Parsed<never> {
  return { ok: false, findings: [finding(document.keyPlace(path), path, found, expected)] };
}

/** A mapping of scalars with each one as it was written. */
export function sourceTexts(values: Readonly<Record<string, unknown>>, path: Path, reading: Reading) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, reading.text([...path, key]) ?? String(value)]),
  );
}

type RawIssue = Parameters<z.core.$ZodErrorMap>[0];

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
  boolean: "true or false",
  number: "a number",
  int: "a whole number",
};

/** The expected half of the sentence for issues whose schema has no words of its own. */
function expectation(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "string" && ["number", "boolean"].includes(typeof issue.input)) return "a text, in quotes";
      return TYPES[issue.expected] ?? issue.expected;
    case "invalid_value":
      return oneOf(issue.values.map(String));
    case "too_small":
      if (issue.origin === "string") return "a text that is not empty";
      return issue.origin === "array" ? `a list of at least ${issue.minimum}` : `at least ${issue.minimum}`;
    case "too_big":
      return issue.origin === "string" ? `at most ${issue.maximum} characters` : `at most ${issue.maximum}`;
    case "unrecognized_keys":
      return oneOf(issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : []);
    default:
      return issue.message ?? issue.code;
  }
}

/** `a, b or c`. */
export function oneOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function toFindings(document: Document, issues: readonly z.core.$ZodIssue[]): Finding[] {
  const unknown: Finding[] = [];
  const meant = new Set<string>();
  for (const issue of issues) {
    if (issue.code !== "unrecognized_keys") continue;
    for (const key of issue.keys.slice(0, LIMITS.complaints)) {
      const { found, suggestion } = unknownKey(document, [...issue.path, key], issue.message);
      unknown.push(found);
      if (suggestion) meant.add(formatPath([...issue.path, suggestion]));
    }
  }
  const others = issues
    .filter((issue) => issue.code !== "unrecognized_keys")
    .slice(0, LIMITS.complaints)
    .map((issue) => wrongValue(document, issue))
    // A misspelt key is one mistake: do not also call the right one missing.
    .filter(({ found, path }) => !(found === "nothing" && meant.has(path)));
  return inReadingOrder([...unknown, ...others]).slice(0, LIMITS.complaints);
}

function unknownKey(document: Document, path: Path, expected: string): { found: Finding; suggestion?: string } {
  const key = String(path.at(-1));
  const suggestion = nearest(key, expected.split(/, | or /));
  const question = suggestion ? `; did you mean ${suggestion}?` : "";
  const found = finding(document.keyPlace(path), path.slice(0, -1), `the unknown key ${quote(key)}`, expected);
  return { found: { ...found, path: formatPath(path), message: found.message + question }, suggestion };
}

function wrongValue(document: Document, issue: z.core.$ZodIssue): Finding {
  const value = valueAt(document.value, issue.path);
  const missing = value === undefined;
  const found = describe(value, document.text(issue.path));
  const result = finding(document.place(issue.path), issue.path, found, issue.message);
  if (!missing) return result;
  const parent = formatPath(issue.path.slice(0, -1));
  const message = `${parent === "" ? "" : `${parent}: `}${String(issue.path.at(-1))} is missing, expected ${issue.message}`;
  return { ...result, message };
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}

function inReadingOrder(findings: Finding[]): Finding[] {
  return findings.sort((a, b) => a.line - b.line || a.column - b.column);
}
