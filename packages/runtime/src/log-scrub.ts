import { maskCredentials } from "./credentials.ts";

const SECRET_KEY =
  /^(authorization|proxy-?authorization|cookie|set-cookie|password|passwd|secrets?|token|tokens|.*[-_]?(api-?key|api-?token|access-?token|refresh-?token|client-?secret|private-?key|signature)|.*(Secret|Token|Password)|.*_(secret|token|password))$/i;

/** Words before a credential. They begin sentences as well, which a line of the log can do without. */
const SECRET_WORDS = /\b(Bearer|Basic|Api-Token|Token)\s+[\w.~+/=-]{6,}/gi;

/** Terminal escapes, line separators and text-direction marks: a reader of the log must see them, not obey them. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const MAX_TEXT = 8192;
const MAX_DEPTH = 8;
const MAX_ITEMS = 100;

export type Scrub = (value: unknown) => unknown;

/** A function that makes any value safe to log: secrets masked, control characters visible, size bounded. */
export function createScrub(secrets: readonly string[] = []): Scrub & ((value: string) => string) {
  const longestFirst = secrets.filter((secret) => secret.length >= 6).sort((a, b) => b.length - a.length);

  /** Masked before it is cut: half of a secret is one as well. */
  function text(value: string): string {
    let out = value.slice(0, MAX_TEXT + (longestFirst[0]?.length ?? 0));
    for (const secret of longestFirst) if (out.includes(secret)) out = out.replaceAll(secret, "***");
    if (value.length > MAX_TEXT) out = `${out.slice(0, MAX_TEXT)}… (${value.length} characters)`;
    out = maskCredentials(out.replace(SECRET_WORDS, "$1 ***"));
    return out.replace(CONTROL, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  }

  function walk(value: unknown, depth: number, above: readonly object[]): unknown {
    if (typeof value === "string") return text(value);
    if (typeof value === "bigint") return value.toString();
    if (typeof value !== "object" || value === null) return value;
    if (above.includes(value)) return "[circular]";
    if (depth > MAX_DEPTH) return "[deeper]";
    const inside = [...above, value];
    if (value instanceof Error) return errorFields(value, depth, inside);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (Buffer.isBuffer(value) || ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => walk(item, depth + 1, inside));
    if (value instanceof Map) return walk(Object.fromEntries(value), depth, above);
    if (value instanceof Set) return walk([...value], depth, above);
    const out: [string, unknown][] = [];
    for (const [key, inner] of Object.entries(value).slice(0, MAX_ITEMS)) {
      out.push([
        text(key),
        SECRET_KEY.test(key) && inner !== undefined && inner !== null ? "***" : walk(inner, depth + 1, inside),
      ]);
    }
    return Object.fromEntries(out);
  }

  function errorFields(error: Error, depth: number, above: readonly object[]): unknown {
    const own = Object.fromEntries(Object.entries(error).filter(([key]) => key !== "name"));
    const fields = walk(own, depth, above.slice(0, -1)) as object;
    const cause = error.cause === undefined ? {} : { cause: walk(error.cause, depth + 1, above) };
    return { type: error.name, message: text(error.message), ...fields, ...cause, stack: text(error.stack ?? "") };
  }

  return ((value: unknown) => walk(value, 0, [])) as Scrub & ((value: string) => string);
}
