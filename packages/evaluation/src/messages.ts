import type { Evaluation, IndicatorResult, SliValue } from "./score.ts";
import type { Slo } from "./slo.ts";

type Verdict = Pick<Evaluation, "result" | "score" | "indicatorResults">;

/** The sentence of evaluation.finished. Wording of Keptn's lighthouse-service, as tools match on it. */
export function describeVerdict(slo: Slo, sliValues: readonly SliValue[], verdict: Verdict): string {
  return [reason(slo, verdict), additionalSlis(slo, sliValues)].filter((part) => part !== "").join(" ");
}

/** Says which values were missing, and why, when nothing could be judged. */
export function inconclusiveMessage(indicatorResults: readonly IndicatorResult[]): string {
  const missing = indicatorResults.filter(({ value }) => !value.success);
  const reasons = missing.map((result) => `'${nameOf(result)}': ${result.value.message}`);
  return `Evaluation is inconclusive since no objective has a value: ${reasons.join("; ")}`;
}

function nameOf(result: IndicatorResult): string {
  return result.displayName || result.value.metric;
}

function reason(slo: Slo, { result, score, indicatorResults }: Verdict): string {
  const { pass, warning } = slo.totalScore;
  if (result === "warning") {
    return `Evaluation returned a warning: the calculated score of ${score} is close to the warning target value of ${warning}`;
  }
  if (result !== "fail") return "";

  // A failed key SLI is the reason even when the score alone would do: "75 is below 75" explains nothing.
  const keyFailures = indicatorResults.filter(({ keySli, status }) => keySli && status === "fail");
  if (keyFailures.length > 0) {
    const each = keyFailures.map((failure) => `key_sli objective '${nameOf(failure)}': ${keyReason(failure)}`);
    return `Evaluation failed due to ${each.join("; ")}`;
  }
  const limit = warning === undefined ? `target value of ${pass}` : `warning value of ${warning}`;
  return `Evaluation failed since the calculated score of ${score} is below the ${limit}`;
}

function keyReason({ value, score, passTargets }: IndicatorResult): string {
  if (!value.success || value.value === null) return value.message;
  const violated = passTargets.filter((target) => target.violated).map(({ criteria }) => criteria);
  return `failed evaluation with score ${score.toFixed(6)} (value ${legible(value.value, violated)} violates ${violated.join(", ")})`;
}

const SIGNIFICANT_DIGITS = 6;

/** As many digits as people read; all of them where fewer would hide by how little a target was missed. */
function legible(value: number, violated: readonly string[]): string {
  const text = String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
  return violated.some((criteria) => criteria.includes(text)) ? String(value) : text;
}

function additionalSlis(slo: Slo, sliValues: readonly SliValue[]): string {
  const known = new Set(slo.objectives.map(({ sli }) => sli));
  const extra = sliValues.map(({ metric }) => metric).filter((metric) => !known.has(metric));
  if (extra.length === 0) return "";
  return `Lighthouse received additional SLIs, which are not specified as SLO: ${extra.join(", ")} .`;
}
