import { labelKey, type Labels, type Point, type Series, type TimeSeries } from "../timeseries.ts";
import type { Aggregation, Arithmetic, Comparison, Expression, RangeFunction, Selector } from "./parse.ts";
import { increase } from "./rate.ts";
import { PromqlError } from "./tokens.ts";

export type Element = { metric: Labels; value: number };
export type Value =
  { kind: "scalar"; value: number } | { kind: "vector"; elements: Element[] } | { kind: "matrix"; series: Series[] };

/** A series without a newer point is still seen for this long; Prometheus' default. */
const lookBackMs = 300_000;

/** The value of an expression at a time in ms. Throws `PromqlError` when the types do not fit. */
export function evaluate(expression: Expression, store: TimeSeries, at: number): Value {
  switch (expression.kind) {
    case "number":
      return { kind: "scalar", value: expression.value };
    case "selector":
      return expression.rangeMs === undefined
        ? { kind: "vector", elements: latest(expression, store, at) }
        : { kind: "matrix", series: windows(expression, expression.rangeMs, store, at) };
    case "call":
      return { kind: "vector", elements: overTime(expression.name, expression.argument, store, at) };
    case "aggregate": {
      const { elements } = vector(evaluate(expression.argument, store, at), "aggregation");
      return { kind: "vector", elements: aggregate(expression.op, expression.by, elements) };
    }
    case "compare": {
      const { elements } = vector(evaluate(expression.left, store, at), "comparison");
      const limit = evaluate(expression.right, store, at);
      if (limit.kind !== "scalar") throw new PromqlError("comparison with something else than a number", undefined);
      const { value } = limit;
      return { kind: "vector", elements: elements.filter((element) => holds[expression.op](element.value, value)) };
    }
    case "arithmetic":
      return calculate(expression.op, evaluate(expression.left, store, at), evaluate(expression.right, store, at));
  }
}

function vector(value: Value, where: string): { elements: Element[] } {
  if (value.kind === "vector") return value;
  throw new PromqlError(`expected type instant vector in ${where}, got ${value.kind}`, undefined);
}

function latest(selector: Selector, store: TimeSeries, at: number): Element[] {
  return windows(selector, lookBackMs, store, at).map(({ labels, points }) => ({
    metric: labels,
    value: points.at(-1)!.value,
  }));
}

/** Points in the window `(at - rangeMs, at]`; series without any are left out. */
function windows(selector: Selector, rangeMs: number, store: TimeSeries, at: number): Series[] {
  return store
    .select(selector.matchers)
    .map(({ labels, points }) => ({ labels, points: points.filter((p) => p.at > at - rangeMs && p.at <= at) }))
    .filter(({ points }) => points.length > 0);
}

function overTime(name: RangeFunction, selector: Selector & { rangeMs: number }, store: TimeSeries, at: number) {
  const elements: Element[] = [];
  for (const { labels, points } of windows(selector, selector.rangeMs, store, at)) {
    const value = valueOverTime(name, points, at, selector.rangeMs);
    if (value === undefined) continue;
    elements.push({ metric: name === "last_over_time" ? labels : withoutName(labels), value });
  }
  return elements;
}

function valueOverTime(name: RangeFunction, points: readonly Point[], at: number, rangeMs: number) {
  const values = points.map((point) => point.value);
  if (name === "last_over_time") return values.at(-1);
  if (name === "rate" || name === "increase") {
    const total = increase(points, at, rangeMs);
    return total === undefined || name === "increase" ? total : (total / rangeMs) * 1000;
  }
  return fold[name === "avg_over_time" ? "avg" : name === "max_over_time" ? "max" : "min"](values);
}

function aggregate(op: Aggregation, by: readonly string[], elements: readonly Element[]): Element[] {
  const groups = new Map<string, { metric: Labels; values: number[] }>();
  for (const { metric, value } of elements) {
    const kept = Object.fromEntries(by.filter((label) => metric[label]).map((label) => [label, metric[label]!]));
    const key = labelKey(kept);
    const group = groups.get(key) ?? { metric: kept, values: [] };
    group.values.push(value);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ metric, values }) => ({ metric, value: fold[op](values) }));
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
// The greatest and least ignore NaN unless there is nothing else, as in Prometheus.
const extreme = (values: readonly number[], pick: (...numbers: number[]) => number) => {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length > 0 ? pick(...numbers) : NaN;
};
const fold: Record<Aggregation, (values: readonly number[]) => number> = {
  sum: total,
  avg: (values) => total(values) / values.length,
  max: (values) => extreme(values, Math.max),
  min: (values) => extreme(values, Math.min),
  count: (values) => values.length,
};

const holds: Record<Comparison, (a: number, b: number) => boolean> = {
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

const arithmetic: Record<Arithmetic, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

/** Between vectors, elements with the same labels belong together; those without a partner are left out. */
function calculate(op: Arithmetic, left: Value, right: Value): Value {
  const apply = arithmetic[op];
  if (left.kind === "scalar" && right.kind === "scalar")
    return { kind: "scalar", value: apply(left.value, right.value) };
  if (left.kind === "scalar") return map(vector(right, "arithmetic").elements, (value) => apply(left.value, value));
  if (right.kind === "scalar") return map(vector(left, "arithmetic").elements, (value) => apply(value, right.value));
  const partners = byLabels(vector(right, "arithmetic").elements);
  const elements: Element[] = [];
  for (const [key, { metric, value }] of byLabels(vector(left, "arithmetic").elements)) {
    const partner = partners.get(key);
    if (partner) elements.push({ metric, value: apply(value, partner.value) });
  }
  return { kind: "vector", elements };
}

function byLabels(elements: readonly Element[]): Map<string, Element> {
  const map = new Map<string, Element>();
  for (const { metric, value } of elements) {
    const labels = withoutName(metric);
    if (map.has(labelKey(labels))) {
      throw new PromqlError("found duplicate series for the match group: many-to-many matching not allowed", undefined);
    }
    map.set(labelKey(labels), { metric: labels, value });
  }
  return map;
}

function map(elements: readonly Element[], change: (value: number) => number): Value {
  return {
    kind: "vector",
    elements: elements.map(({ metric, value }) => ({ metric: withoutName(metric), value: change(value) })),
  };
}

function withoutName(labels: Labels): Labels {
  const { __name__, ...rest } = labels;
  return rest;
}
