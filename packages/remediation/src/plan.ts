import type { Severity } from "./problem.ts";

/** Our optional `match:` block: all given conditions must hold. Texts may use `*` for any run of characters. */
export interface Match {
  title?: string;
  rootCause?: string;
  severity?: readonly Severity[];
  source?: string;
  labels?: Readonly<Record<string, string>>;
}

/** One action of a remediation.yaml entry. Durations are milliseconds. */
export interface Action {
  /** Display name; the action's kind when the file gives none. */
  name: string;
  /** The action's kind: `scaling`, `webhook`, `escalate` … */
  action: string;
  description?: string;
  /** As written; for scalars the YAML source text, so that `+1` stays "+1". */
  value?: unknown;
  wait?: number;
  timeout?: number;
  /** false: go on to the next action at once, without waiting and evaluating. */
  evaluate?: boolean;
  /** Bounds on the replicas that a scaling action may leave behind. */
  min?: number;
  max?: number;
  /** Acts on this workload instead of the one found by name. */
  target?: { kind?: "Deployment" | "StatefulSet"; name: string; namespace?: string };
}

/** One problem → actions entry of a remediation.yaml, in either generation's format. */
export interface Entry {
  /** 0.6 `name` or 0.1.4 `problemType`; `default` and `*` stand for any problem. */
  problemType: string;
  match?: Match;
  actions: readonly Action[];
  /** 1-based line in the file, for explanations. */
  line: number;
}

/** The parsed remediation.yaml. Only files of format 0.6 also match by title prefix. */
export interface RemediationFile {
  format: "0.6" | "0.1.4";
  entries: readonly Entry[];
}
