import { problem } from "./errors.ts";
import { jsonPointer } from "./problem-json.ts";

export interface JsonLimits {
  maxDepth?: number;
  maxKeys?: number;
  /** Longest string, bytes. */
  maxStringBytes?: number;
}

/**
 * The first three reach into JavaScript's prototypes. An object with a `toString` of its own that is no function throws
 * wherever somebody writes or compares it, in libraries as well.
 */
const DANGEROUS = new Set(["__proto__", "constructor", "prototype", "toString"]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Bytes of a request → value. Depth, keys and string lengths are counted on the bytes, before anything is built.
 * @throws HttpProblem 400 with the position for what is no JSON or no UTF-8, 413 past a limit
 */
export function parseJsonBytes(bytes: Buffer, limits: JsonLimits = {}): unknown {
  checkShape(bytes, { maxDepth: 64, maxKeys: 10_000, maxStringBytes: 262_144, ...limits });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw problem(400, "bad-encoding", "the body is not UTF-8", { cause });
  }
  if (text.trim() === "") throw problem(400, "bad-json", "the body is empty, JSON was expected");
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (cause) {
    throw problem(400, "bad-json", faultText(text), { cause });
  }
  refuseDangerousKeys(value, []);
  return value;
}

function checkShape(bytes: Buffer, { maxDepth, maxKeys, maxStringBytes }: Required<JsonLimits>): void {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < bytes.length; i++) {
    switch (bytes[i]) {
      case QUOTE: {
        const start = i;
        for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++;
        if (i - start - 1 > maxStringBytes)
          throw problem(413, "string-too-long", `a string is longer than ${maxStringBytes} bytes, at byte ${start}`);
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth)
          throw problem(413, "too-deep", `the body is nested deeper than ${maxDepth} levels, at byte ${i}`);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case 0x3a: // : outside a string follows a key
        if (++keys > maxKeys) throw problem(413, "too-many-keys", `the body has more than ${maxKeys} keys`);
        break;
    }
  }
}

function refuseDangerousKeys(value: unknown, path: readonly string[]): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (DANGEROUS.has(key) && !Array.isArray(value)) {
      const pointer = jsonPointer([...path, key]);
      throw problem(400, "forbidden-key", `${pointer}: this key is not accepted`, {
        errors: [{ pointer, detail: "this key is not accepted" }],
      });
    }
    if (typeof inner === "object" && inner !== null) refuseDangerousKeys(inner, [...path, key]);
  }
}

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** Where and why a text is not JSON. Only for messages: what JSON is, JSON.parse decides. */
export function faultText(text: string): string {
  const { offset, expected } = fault(text);
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  const found = offset >= text.length ? "the end" : JSON.stringify(text.slice(offset, offset + 12));
  return `not JSON at line ${line}, column ${column} (offset ${offset}): found ${found}, expected ${expected}`;
}

type Expect = "a value" | "a value or ]" | "a key or }" | "a key" | ":" | ", or }" | ", or ]" | "the end";

function fault(text: string): { offset: number; expected: Expect } {
  const open: ("{" | "[")[] = [];
  let expected: Expect = "a value";
  TOKEN.lastIndex = 0;
  for (;;) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    const next: Expect | null | undefined =
      match && step(open, expected, match[1] ?? (match[2] === undefined ? "scalar" : "string"));
    if (!next) return { offset: at + text.slice(at).search(/[^ \t\n\r]|$/), expected };
    expected = next;
  }
}

/** What may follow after `token`, or undefined when it may not stand here. */
function step(open: ("{" | "[")[], expected: Expect, token: string): Expect | undefined {
  const closed = (): Expect => {
    const around = open.at(-1);
    return around === undefined ? "the end" : around === "{" ? ", or }" : ", or ]";
  };
  switch (expected) {
    case "a value":
    case "a value or ]":
      if (token === "{") return (open.push(token), "a key or }");
      if (token === "[") return (open.push(token), "a value or ]");
      if (token === "string" || token === "scalar") return closed();
      return token === "]" && expected === "a value or ]" ? (open.pop(), closed()) : undefined;
    case "a key":
    case "a key or }":
      if (token === "string") return ":";
      return token === "}" && expected === "a key or }" ? (open.pop(), closed()) : undefined;
    case ":":
      return token === ":" ? "a value" : undefined;
    case ", or }":
      if (token === ",") return "a key";
      return token === "}" ? (open.pop(), closed()) : undefined;
    case ", or ]":
      if (token === ",") return "a value";
      return token === "]" ? (open.pop(), closed()) : undefined;
    case "the end":
      return undefined;
  }
}
