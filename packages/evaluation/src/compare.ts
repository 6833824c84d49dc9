import type { Comparison } from "./slo.ts";

export type EvaluationResult = "pass" | "warning" | "fail" | "inconclusive";

/** An earlier evaluation of the same project, stage and service. */
export interface Previous {
  /** Id of its evaluation.finished event. */
  id: string;
  result: EvaluationResult;
  indicatorResults: readonly { metric: string; value: number | null; success: boolean }[];
}

export interface Baselines {
  /** Ids of the evaluations compared with, newest first. */
  comparedEvents: string[];
  /** Metric name to aggregated earlier value. A metric without a usable earlier value is absent. */
  values: ReadonlyMap<string, number>;
}

/**
 * Chooses the earlier evaluations to compare with and aggregates their values per metric.
 * `previous` is newest first and without invalidated evaluations. Evaluations are filtered by their overall result
 * before they are counted, so a failed one does not use up a place. Inconclusive ones had nothing to judge by
 * and are never a baseline.
 */
export function baselines(comparison: Comparison, previous: readonly Previous[]): Baselines {
  const chosen = previous.filter((evaluation) => counts(comparison, evaluation.result)).slice(0, limit(comparison));
  const collected = new Map<string, number[]>();
  for (const { indicatorResults } of chosen) {
    for (const { metric, value, success } of indicatorResults) {
      if (!success || value === null || !Number.isFinite(value)) continue;
      collected.set(metric, [...(collected.get(metric) ?? []), value]);
    }
  }
  const values = new Map<string, number>();
  for (const [metric, series] of collected) values.set(metric, aggregate(comparison.aggregateFunction, series));
  return { comparedEvents: chosen.map(({ id }) => id), values };
}

/** Aggregates at least one value: their mean, or a percentile at position p·(n+1) with linear interpolation. */
export function aggregate(by: Comparison["aggregateFunction"], values: readonly number[]): number {
  switch (by) {
    case "avg":
      return mean(values);
    case "p50":
      return percentile(values, 0.5);
    case "p90":
      return percentile(values, 0.9);
    case "p95":
      return percentile(values, 0.95);
  }
}

function counts(comparison: Comparison, result: EvaluationResult): boolean {
  if (result === "inconclusive") return false;
  if (comparison.includeResultWithScore === "all") return true;
  return result === "pass" || (result === "warning" && comparison.includeResultWithScore === "pass_or_warn");
}

function limit(comparison: Comparison): number {
  return comparison.compareWith === "single_result" ? 1 : comparison.numberOfResults;
}

function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = Math.min(Math.max(p * (sorted.length + 1), 1), sorted.length);
  const whole = Math.floor(position);
  const lower = sorted[whole - 1] ?? NaN;
  const upper = sorted[whole] ?? lower;
  return lower + (position - whole) * (upper - lower);
}
