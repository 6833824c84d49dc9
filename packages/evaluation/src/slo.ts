/** A parsed slo.yaml with every default filled in. Grammar: Keptn's SLO specification 0.1.1 to 1.0. */
export interface Slo {
  /** Custom filters, handed to the SLI provider; each also replaces `$key` in queries. */
  filter: Readonly<Record<string, string>>;
  comparison: Comparison;
  objectives: readonly Objective[];
  /** Percentages, 0 to 100. Without `warning` there is no warning band. */
  totalScore: { pass: number; warning?: number };
}

export interface Comparison {
  compareWith: "single_result" | "several_results";
  /** How many earlier evaluations make the baseline; always 1 for `single_result`. */
  numberOfResults: number;
  includeResultWithScore: "all" | "pass" | "pass_or_warn";
  aggregateFunction: "avg" | "p50" | "p90" | "p95";
}

export interface Objective {
  sli: string;
  displayName: string;
  keySli: boolean;
  weight: number;
  /** Sets are OR-ed, the criteria inside a set AND-ed. Empty: the objective is informational. */
  pass: readonly CriteriaSet[];
  warning: readonly CriteriaSet[];
}

/** Criteria as written, such as `<=+10%` or `<600`; criteria.ts parses them. */
export type CriteriaSet = readonly string[];
