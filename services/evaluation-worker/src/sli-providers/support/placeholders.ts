import { ProviderError } from "@evenkeel/runtime";
import type { SliQuery } from "../types.ts";

/** What a placeholder stands for. `trusted`: written by the author of the project's files, not by whoever sent an event. */
export interface Replacement {
  value: string;
  trusted: boolean;
}

export type Replacements = ReadonlyMap<string, Replacement>;

/** How strings and comments look in a query language. */
export interface Syntax {
  /** Marks that open a string; the same one closes it. */
  quotes: string;
  /** Keeps the next character in a string from closing it. */
  escape: string;
  /** Starts a comment up to the end of the line; comments are left alone. */
  comment?: string;
}

/** How a query language takes foreign text. `quote` is the quotation mark that is open at this place, if any. */
export type Insert = (name: string, replacement: Replacement, quote: string | undefined) => string;

/** `$PROJECT`, `$LABEL.<name>` and the custom filters as `$key` and `$KEY`. A filter wins over a name of ours. */
export function commonReplacements(query: SliQuery): Map<string, Replacement> {
  const found = new Map<string, Replacement>([
    ["PROJECT", { value: query.project, trusted: false }],
    ["STAGE", { value: query.stage, trusted: false }],
    ["SERVICE", { value: query.service, trusted: false }],
    ["DEPLOYMENT", { value: query.deployment || "primary", trusted: false }],
  ]);
  for (const [name, value] of Object.entries(query.labels)) found.set(`LABEL.${name}`, { value, trusted: false });
  for (const [key, value] of Object.entries(query.filters)) {
    found.set(key, { value, trusted: true });
    found.set(key.toUpperCase(), { value, trusted: true });
  }
  return found;
}

/**
 * Fills in `$NAME` placeholders in one pass, so that a value with a dollar sign is never filled in again. The longest
 * name that fits wins and need not end at a word's end (`$SERVICE_total`), as in Keptn. Unknown ones stay as they are.
 */
export function fillIn(text: string, replacements: Replacements, syntax: Syntax, insert: Insert): string {
  const names = [...replacements.keys()].filter((name) => name !== "").sort((a, b) => b.length - a.length);
  let filled = "";
  let quote: string | undefined;
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    const name = char === "$" ? names.find((candidate) => text.startsWith(candidate, at + 1)) : undefined;
    const replacement = name === undefined ? undefined : replacements.get(name);
    if (name !== undefined && replacement !== undefined) {
      filled += insert(name, replacement, quote);
      at += 1 + name.length;
      continue;
    }
    const piece = pieceAt(text, at, quote, syntax);
    if (quote === undefined && syntax.quotes.includes(char)) quote = char;
    else if (piece === quote) quote = undefined;
    filled += piece;
    at += piece.length;
  }
  return filled;
}

/** The next character, or the pair of an escaped one, or a whole comment. */
function pieceAt(text: string, at: number, quote: string | undefined, { escape, comment }: Syntax): string {
  const char = text.charAt(at);
  // A backtick string knows no escapes.
  if (quote !== undefined && quote !== "`" && char === escape) return text.slice(at, at + 2);
  if (quote !== undefined || char !== comment) return char;
  const end = text.indexOf("\n", at);
  return text.slice(at, end === -1 ? undefined : end);
}

/** Refuses a value that could change the meaning of the query at this place. */
export function unsafe(name: string, where: string): ProviderError {
  return new ProviderError("refused", `the value of $${name} has characters that are not safe ${where}`);
}
