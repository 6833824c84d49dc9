export type Token = {
  kind: "name" | "number" | "duration" | "string" | "sign" | "end";
  text: string;
  /** Milliseconds of a duration, content of a string. */
  value?: number | string;
  /** From 1. */
  column: number;
};

/** A query that is wrong, or beyond what is supported. */
export class PromqlError extends Error {
  override readonly name = "PromqlError";
  readonly column: number | undefined;
  constructor(message: string, column: number | undefined) {
    super(message);
    this.column = column;
  }
}

const units: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const patterns = {
  duration: /(?:\d+(?:ms|[smhdwy]))+(?![\w:])/y,
  number: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w:.])/y,
  name: /[a-zA-Z_:][a-zA-Z0-9_:]*/y,
  string: /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/y,
  sign: /=~|!~|!=|==|>=|<=|[(){}[\],=<>+\-*/]/y,
} as const;

/** Milliseconds of `1h30m`, `500ms`; `undefined` when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) total += Number(count) * units[unit!]!;
  return total;
}

/** The words of a query. Throws `PromqlError` at what is none. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  for (;;) {
    while (/\s/.test(text[index] ?? "")) index++;
    if (index >= text.length) break;
    const token = tokenAt(text, index);
    tokens.push(token);
    index += token.text.length;
  }
  tokens.push({ kind: "end", text: "", column: text.length + 1 });
  return tokens;
}

function tokenAt(text: string, index: number): Token {
  for (const [kind, pattern] of Object.entries(patterns) as [keyof typeof patterns, RegExp][]) {
    pattern.lastIndex = index;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) continue;
    const token: Token = { kind, text: found, column: index + 1 };
    if (kind === "duration") return { ...token, value: parseDuration(found)! };
    if (kind === "string") return { ...token, value: unquote(found) };
    return token;
  }
  throw new PromqlError(`unexpected character: ${JSON.stringify(text[index])}`, index + 1);
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char === "t" ? "\t" : char));
}
