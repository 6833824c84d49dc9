import type { Matcher } from "../timeseries.ts";
import { PromqlError, tokenize, type Token } from "./tokens.ts";

export type Selector = { kind: "selector"; matchers: Matcher[]; rangeMs?: number };
export type Expression =
  | { kind: "number"; value: number }
  | Selector
  | { kind: "call"; name: RangeFunction; argument: Selector & { rangeMs: number } }
  | { kind: "aggregate"; op: Aggregation; by: string[]; argument: Expression }
  | { kind: "arithmetic"; op: Arithmetic; left: Expression; right: Expression }
  | { kind: "compare"; op: Comparison; left: Expression; right: Expression };

const rangeFunctions = [
  "avg_over_time",
  "max_over_time",
  "min_over_time",
  "last_over_time",
  "rate",
  "increase",
] as const;
const aggregations = ["sum", "avg", "max", "min", "count"] as const;
const comparisons = [">", ">=", "<", "<=", "==", "!="] as const;
export type RangeFunction = (typeof rangeFunctions)[number];
export type Aggregation = (typeof aggregations)[number];
export type Comparison = (typeof comparisons)[number];
export type Arithmetic = "+" | "-" | "*" | "/";

const member = <T extends string>(list: readonly T[], text: string): text is T => list.includes(text as T);

/**
 * Parses the part of PromQL that the simulator knows: selectors with `=` and `!=`, the range functions above,
 * aggregations with `by`, arithmetic, and comparisons. Throws `PromqlError` on everything else, also where Prometheus
 * itself would go on: a wrong number would be worse than a refusal.
 */
export function parse(text: string): Expression {
  const tokens = tokenize(text);
  let position = 0;
  const peek = (): Token => tokens[position]!;
  const fail = (message: string, token = peek()): never => {
    throw new PromqlError(message, token.column);
  };
  const describe = (token: Token) => (token.kind === "end" ? "end of input" : `"${token.text}"`);
  const accept = (text: string): boolean => {
    if (peek().kind !== "sign" || peek().text !== text) return false;
    position++;
    return true;
  };
  const expect = (text: string) => {
    if (!accept(text)) fail(`unexpected ${describe(peek())}, expected "${text}"`);
  };
  const take = (kind: Token["kind"], wanted: string): Token => {
    if (peek().kind !== kind) fail(`unexpected ${describe(peek())}, expected ${wanted}`);
    return tokens[position++]!;
  };

  if (peek().kind === "end") throw new PromqlError("no expression found in input", undefined);
  const expression = comparison();
  if (peek().kind !== "end") fail(`unexpected ${describe(peek())}`);
  return expression;

  function comparison(): Expression {
    const left = sum();
    const { kind, text: op } = peek();
    if (kind !== "sign" || !member(comparisons, op)) return left;
    position++;
    if (peek().text === "bool") fail("the bool modifier is not supported here");
    const right = sum();
    if (right.kind !== "number") fail("only a comparison with a number on the right is supported here");
    if (left.kind === "number") fail("comparisons between scalars must use BOOL modifier");
    return { kind: "compare", op, left, right };
  }

  function sum(): Expression {
    let left = product();
    for (;;) {
      const op = accept("+") ? "+" : accept("-") ? "-" : undefined;
      if (!op) return left;
      left = { kind: "arithmetic", op, left, right: product() };
    }
  }

  function product(): Expression {
    let left = unary();
    for (;;) {
      const op = accept("*") ? "*" : accept("/") ? "/" : undefined;
      if (!op) return left;
      left = { kind: "arithmetic", op, left, right: unary() };
    }
  }

  function unary(): Expression {
    if (accept("-")) return { kind: "number", value: -Number(take("number", "a number").text) };
    if (peek().kind === "number") return { kind: "number", value: Number(tokens[position++]!.text) };
    if (accept("(")) {
      const inner = comparison();
      expect(")");
      return inner;
    }
    if (peek().kind === "sign" && peek().text === "{") return selector(undefined);
    const name = take("name", "a metric, a function or a number");
    if (member(aggregations, name.text) && isAggregation()) return aggregate(name.text);
    if (peek().kind === "sign" && peek().text === "(") return call(name);
    return selector(name.text);
  }

  function isAggregation(): boolean {
    return peek().text === "(" || peek().text === "by" || peek().text === "without";
  }

  function call(name: Token): Expression {
    if (!member(rangeFunctions, name.text)) return fail(`unknown function with name "${name.text}"`, name);
    expect("(");
    const start = peek();
    const argument = comparison();
    if (argument.kind !== "selector" || argument.rangeMs === undefined) {
      return fail(`expected type range vector in call to function "${name.text}"`, start);
    }
    expect(")");
    return { kind: "call", name: name.text, argument: { ...argument, rangeMs: argument.rangeMs } };
  }

  function aggregate(op: Aggregation): Expression {
    let by = grouping();
    expect("(");
    const argument = comparison();
    expect(")");
    by ??= grouping();
    return { kind: "aggregate", op, by: by ?? [], argument };
  }

  function grouping(): string[] | undefined {
    if (peek().text === "without") fail("without (...) is not supported here");
    if (peek().kind !== "name" || peek().text !== "by") return undefined;
    position++;
    expect("(");
    const labels: string[] = [];
    while (!accept(")")) {
      labels.push(take("name", "a label name").text);
      if (!accept(",") && peek().text !== ")") fail(`unexpected ${describe(peek())}, expected "," or ")"`);
    }
    return labels;
  }

  function selector(name: string | undefined): Expression {
    const start = peek();
    const matchers: Matcher[] = name === undefined ? [] : [{ label: "__name__", op: "=", value: name }];
    if (accept("{")) {
      while (!accept("}")) {
        matchers.push(matcher());
        if (!accept(",") && peek().text !== "}") fail(`unexpected ${describe(peek())}, expected "," or "}"`);
      }
    }
    if (!matchers.some(({ op, value }) => op === "=" && value !== "")) {
      fail("vector selector must contain at least one non-empty matcher", start);
    }
    if (!accept("[")) return { kind: "selector", matchers };
    const duration = take("duration", "a duration such as 30s");
    expect("]");
    return { kind: "selector", matchers, rangeMs: Number(duration.value) };
  }

  function matcher(): Matcher {
    const label = take("name", "a label name").text;
    const op = take("sign", `"=" or "!="`);
    if (op.text === "=~" || op.text === "!~") fail("regular expression matchers are not supported here", op);
    if (op.text !== "=" && op.text !== "!=") return fail(`unexpected "${op.text}", expected "=" or "!="`, op);
    return { label, op: op.text, value: String(take("string", "a label value in quotes").value) };
  }
}
