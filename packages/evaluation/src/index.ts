export { baselines } from "./compare.ts";
export type { Baselines, EvaluationResult, Previous } from "./compare.ts";
export { holds, parseCriterion, target } from "./criteria.ts";
export type { Criterion, Operator, ParsedCriterion } from "./criteria.ts";
export { evaluate, invalidCriteria } from "./score.ts";
export type { CriterionTarget, Evaluation, IndicatorResult, SliValue } from "./score.ts";
export type * from "./slo.ts";
