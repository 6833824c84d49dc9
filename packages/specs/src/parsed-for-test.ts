import assert from "node:assert/strict";
import { formatFinding } from "./finding.ts";
import type { Parsed } from "./finding.ts";

/** The value of a file that must be accepted without a warning. */
export function accepted<T>(parsed: Parsed<T>): T {
  const { value, warnings } = acceptedWithWarnings(parsed);
  assert.deepEqual(warnings, []);
  return value;
}

/** The value of a file that must be accepted, with its warnings as `line:column: message`. */
export function acceptedWithWarnings<T>(parsed: Parsed<T>): { value: T; warnings: string[] } {
  if (!parsed.ok) return assert.fail(parsed.findings.map((finding) => formatFinding("file", finding)).join("\n"));
  return { value: parsed.value, warnings: parsed.warnings.map(short) };
}

/** What is wrong with a file that must be refused, as `line:column: message`. */
export function refused(parsed: Parsed<unknown>): string[] {
  if (parsed.ok) return assert.fail(`accepted: ${JSON.stringify(parsed.value)}`);
  assert.notEqual(parsed.findings.length, 0);
  return parsed.findings.map(short);
}

function short(finding: { line: number; column: number; message: string }): string {
  return `${finding.line}:${finding.column}: ${finding.message}`;
}
