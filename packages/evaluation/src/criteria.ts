/** One parsed criterion. `direction` says which side of the baseline the target lies on; it means nothing when fixed. */
export interface Criterion {
  operator: Operator;
  value: number;
  comparison: "fixed" | "absolute" | "percentage";
  direction: "increase" | "decrease";
}

export type Operator = "<=" | "<" | "=" | ">=" | ">";

export type ParsedCriterion = { ok: true; criterion: Criterion } | { ok: false; message: string };

// Two-character operators first, or `<=5` would read as `<` and `=5`.
const OPERATORS: readonly Operator[] = ["<=", "<", "=", ">=", ">"];
const DECIMAL = /^(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/**
 * Reads a criterion such as `<600`, `<=+10%` or `>=-20`, by Keptn's grammar: a sign or a percent sign makes it relative
 * to the baseline, so a fixed negative threshold cannot be written. Blanks are ignored. Never throws.
 */
export function parseCriterion(text: string): ParsedCriterion {
  const compact = text.replace(/\s/g, "");
  const operator = OPERATORS.find((candidate) => compact.startsWith(candidate));
  if (operator === undefined) return { ok: false, message: "invalid criteria string" };

  let rest = compact.slice(operator.length);
  const percentage = rest.endsWith("%");
  if (percentage) rest = rest.slice(0, -1);
  const sign = rest.startsWith("-") || rest.startsWith("+") ? rest.charAt(0) : "";
  const digits = rest.slice(sign.length);
  const value = Number(digits);
  if (!DECIMAL.test(digits) || !Number.isFinite(value)) {
    return { ok: false, message: "could not parse criteria target value" };
  }
  return {
    ok: true,
    criterion: {
      operator,
      value,
      comparison: percentage ? "percentage" : sign === "" ? "fixed" : "absolute",
      direction: sign === "-" ? "decrease" : "increase",
    },
  };
}

/** The number a value is held against. A relative criterion without a baseline has none: 0, as Keptn reports it. */
export function target(criterion: Criterion, baseline: number | undefined): number {
  const { value, comparison, direction } = criterion;
  if (comparison === "fixed") return value;
  if (baseline === undefined) return 0;
  const signed = direction === "increase" ? value : -value;
  if (comparison === "absolute") return baseline + signed;
  // Multiply before dividing, as Keptn does: 100 * 110 / 100 is exactly 110, 100 * 1.1 is not.
  return (baseline * (100 + signed)) / 100;
}

/** Whether `value` satisfies the criterion. Relative criteria hold when there is nothing to compare with. */
export function holds(criterion: Criterion, value: number, baseline: number | undefined): boolean {
  if (criterion.comparison !== "fixed" && baseline === undefined) return true;
  const limit = target(criterion, baseline);
  switch (criterion.operator) {
    case "<=":
      return value <= limit;
    case "<":
      return value < limit;
    case "=":
      return value === limit;
    case ">=":
      return value >= limit;
    case ">":
      return value > limit;
  }
}
