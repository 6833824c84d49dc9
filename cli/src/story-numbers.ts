import type { IndicatorResult } from "@evenkeel/events";
import { formatNumber } from "./text.ts";

export interface IndicatorText {
  name: string;
  text: string;
}

/** Each indicator of an evaluation as one sentence: "1,240 → target <1000: fail, score 0". */
export function describeNumbers(results: readonly IndicatorResult[]): IndicatorText[] {
  return results.map((result) => ({ name: result.value.metric, text: numberText(result) }));
}

function numberText({ value, status, score, passTargets, warningTargets, keySli }: IndicatorResult): string {
  if (value.value === null || !value.success) return `no value: ${value.message || "the source gave none"}`;
  const measured = formatNumber(value.value);
  const before = value.comparedValue === undefined ? "" : ` (before: ${formatNumber(value.comparedValue)})`;
  if (status === "info") return `${measured}${before}`;
  const key = keySli ? ", key SLI" : "";
  return `${measured}${before} → ${targetText(passTargets, warningTargets)}${status}, score ${formatNumber(score)}${key}`;
}

type Targets = IndicatorResult["passTargets"];

/** The targets that decide: for relative ones also what they come to as a number. */
function targetText(pass: Targets, warning: Targets): string {
  const text = (targets: Targets) => [...new Set(targets.map(criterionText))].join(" and ");
  const parts = [pass.length > 0 && `target ${text(pass)}`, warning.length > 0 && `warning ${text(warning)}`];
  const shown = parts.filter(Boolean).join(", ");
  return shown === "" ? "" : `${shown}: `;
}

function criterionText({ criteria, targetValue }: Targets[number]): string {
  return /[%]|[+-]\s*\d/.test(criteria) ? `${criteria} (${formatNumber(targetValue)})` : criteria;
}

/** "scaling +1", or "One more replica (scaling +1)"; values that are long or no scalars are left to `describe`. */
export function actionText({ name, action, value }: { name: string; action: string; value?: unknown }): string {
  const scalar = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const what = scalar === "" || scalar.length > 20 ? action : `${action} ${scalar}`;
  return name === action ? what : `${name} (${what})`;
}
