import { baselines } from "./compare.ts";
import type { EvaluationResult, Previous } from "./compare.ts";
import { holds, parseCriterion, target } from "./criteria.ts";
import type { CriteriaSet, Objective, Slo } from "./slo.ts";
import { describeVerdict, inconclusiveMessage } from "./messages.ts";

/** What an SLI provider said about one indicator. */
export interface SliValue {
  metric: string;
  /** `null` when there is no value; then `message` says why. */
  value: number | null;
  success: boolean;
  message: string;
  /** As the source was asked; tells readers what the number is of. */
  query?: string;
}

/** One criterion and the number it came to. Shape of Keptn's evaluation.finished, as are the next two. */
export interface CriterionTarget {
  criteria: string;
  targetValue: number;
  violated: boolean;
}

export interface IndicatorResult {
  displayName: string;
  keySli: boolean;
  score: number;
  status: "pass" | "warning" | "fail" | "info";
  /** `comparedValue` is the aggregated baseline; absent without one. */
  value: SliValue & { comparedValue?: number };
  passTargets: CriterionTarget[];
  warningTargets: CriterionTarget[];
}

export interface Evaluation {
  result: EvaluationResult;
  /** Percent of the score that could be reached, 0 to 100. */
  score: number;
  indicatorResults: IndicatorResult[];
  /** Ids of the earlier evaluations that made the baseline. */
  comparedEvents: string[];
  /** Why it is not a plain pass; empty when there is nothing to say. */
  message: string;
}

/**
 * Scores SLI values against an SLO by Keptn's rules (lighthouse-service 1.x). Two deliberate differences: when nothing
 * that is judged has a value the result is `inconclusive`, and an invalid criterion fails the evaluation wherever it stands.
 */
export function evaluate(
  slo: Slo,
  sliValues: readonly SliValue[],
  { previous }: { previous: readonly Previous[] },
): Evaluation {
  if (slo.objectives.length === 0) return failed("lighthouse failed because no SLO objective was provided");
  const invalid = invalidCriteria(slo);
  if (invalid.length > 0) return failed(invalid.join("; "));

  const { comparedEvents, values } = baselines(slo.comparison, previous);
  const indicatorResults: IndicatorResult[] = [];
  for (const objective of slo.objectives) {
    const given = sliValues.find(({ metric }) => metric === objective.sli);
    indicatorResults.push(judge(objective, given, values.get(objective.sli)));
  }
  if (!anythingToJudge(indicatorResults)) {
    const message = inconclusiveMessage(indicatorResults);
    return { result: "inconclusive", score: 0, indicatorResults, comparedEvents, message };
  }
  const score = totalScore(slo, indicatorResults);
  const result = verdict(slo, score, indicatorResults);
  const message = describeVerdict(slo, sliValues, { result, score, indicatorResults });
  return { result, score, indicatorResults, comparedEvents, message };
}

/** Every criterion that cannot be parsed, in words that name its objective. Empty for a usable SLO. */
export function invalidCriteria(slo: Slo): string[] {
  const found: string[] = [];
  for (const objective of slo.objectives) {
    for (const text of [...objective.pass, ...objective.warning].flat()) {
      const parsed = parseCriterion(text);
      if (parsed.ok) continue;
      found.push(`error with ${objective.displayName || objective.sli}: ${parsed.message} (${JSON.stringify(text)})`);
    }
  }
  return found;
}

function failed(message: string): Evaluation {
  return { result: "fail", score: 0, indicatorResults: [], comparedEvents: [], message };
}

function judge(objective: Objective, given: SliValue | undefined, baseline: number | undefined): IndicatorResult {
  const value = usable(objective, given);
  const common = {
    displayName: objective.displayName,
    keySli: objective.keySli,
    value: baseline === undefined ? value : { ...value, comparedValue: baseline },
  };
  const pass = assess(objective.pass, value.value, baseline);
  const warning = assess(objective.warning, value.value, baseline);
  const targets = { passTargets: pass.targets, warningTargets: warning.targets };
  if (objective.pass.length === 0) return { ...common, ...targets, status: "info", score: 0 };
  if (pass.satisfied) return { ...common, ...targets, status: "pass", score: objective.weight };
  if (warning.satisfied) return { ...common, ...targets, status: "warning", score: objective.weight / 2 };
  return { ...common, ...targets, status: "fail", score: 0 };
}

/** The value as reported, or a missing one with the reason: not sent, marked unsuccessful, or not a finite number. */
function usable(objective: Objective, given: SliValue | undefined): SliValue {
  const metric = objective.sli;
  const { value = null, success = false, message = "", query } = given ?? {};
  const asked = query === undefined ? {} : { query };
  if (success && value !== null && Number.isFinite(value)) return { metric, value, success, message, ...asked };
  const reason = message || "no value received from SLI provider";
  return { metric, value: null, success: false, message: reason, ...asked };
}

/** All sets are assessed, also after one is satisfied, so that every target is reported. */
function assess(sets: readonly CriteriaSet[], value: number | null, baseline: number | undefined) {
  const targets: CriterionTarget[] = [];
  let satisfied = false;
  for (const set of sets) {
    const ofSet = set.map((criteria) => check(criteria, value, baseline));
    targets.push(...ofSet);
    if (value !== null && ofSet.every(({ violated }) => !violated)) satisfied = true;
  }
  return { satisfied, targets };
}

function check(criteria: string, value: number | null, baseline: number | undefined): CriterionTarget {
  const parsed = parseCriterion(criteria);
  if (!parsed.ok) return { criteria, targetValue: 0, violated: true };
  const targetValue = target(parsed.criterion, baseline);
  return { criteria, targetValue, violated: value === null || !holds(parsed.criterion, value, baseline) };
}

/** No data is not health: an evaluation needs one value among what is judged, or any value if all is informational. */
function anythingToJudge(indicatorResults: readonly IndicatorResult[]): boolean {
  const judged = indicatorResults.filter(({ status }) => status !== "info");
  return (judged.length > 0 ? judged : indicatorResults).some(({ value }) => value.success);
}

function totalScore(slo: Slo, indicatorResults: readonly IndicatorResult[]): number {
  let achieved = 0;
  let achievable = 0;
  for (const { score } of indicatorResults) achieved += score;
  for (const { pass, weight } of slo.objectives) if (pass.length > 0) achievable += weight;
  if (achievable === 0) return 100;
  // The product first keeps whole weights exact; fractional ones could round to a hair above 100.
  return Math.min((100 * achieved) / achievable, 100);
}

function verdict(slo: Slo, score: number, indicatorResults: readonly IndicatorResult[]): EvaluationResult {
  if (indicatorResults.every(({ status }) => status === "info")) return "pass";
  if (indicatorResults.some(({ keySli, status }) => keySli && status === "fail")) return "fail";
  if (score >= slo.totalScore.pass) return "pass";
  return slo.totalScore.warning !== undefined && score >= slo.totalScore.warning ? "warning" : "fail";
}
