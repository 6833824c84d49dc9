import type { Kubernetes, WorkloadKind } from "@evenkeel/kubernetes";
import type { Action, Problem, Target } from "@evenkeel/remediation";
import type { Log, Outbound } from "@evenkeel/runtime";
import type { z } from "zod";

/** One planned step: this action, for this problem, on this target. The same for every run of the step. */
export interface ActionContext {
  /** The remediation's context. */
  context: string;
  /** Unique id of this planned step; what is written to the outside carries it. */
  step: string;
  target: Target;
  problem: Problem;
  action: Action;
  /** The target's namespace, when the action names none. */
  namespace: string;
  /** Where to look for the workload when the action names none: the first that exists. */
  defaultTargets: readonly { kind: WorkloadKind; name: string }[];
  /** Bounds on the replicas left behind. */
  bounds: { min?: number; max?: number };
  /** How long the action may take until its effect is seen, in milliseconds. */
  deadlineMs: number;
}

/** What a run was going to do, as recorded before it touched anything. Plain JSON, free of secrets. */
export type ActionPlan = Record<string, unknown>;

export interface ActionDeps {
  kubernetes(): Promise<Kubernetes>;
  outbound: Outbound;
  /** A secret's value by the name it is referred to with; undefined when the operator has set none. */
  secrets(name: string): string | undefined;
  now(): Date;
  /** Aborted when the run must end: shutdown, lost lease, operator's abort. */
  signal: AbortSignal;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /**
   * Commits the plan to the log before anything is touched; throws when this worker has lost its lease. Resolves with
   * the plan that is in force: this one, or the one of the same `revision` that an earlier run of this step recorded.
   */
  started(plan: ActionPlan, message: string): Promise<ActionPlan>;
  /**
   * Asked before the outside is touched in a run that takes an earlier one up again: why it must not be touched any
   * more (the problem is gone), or undefined. What an earlier run has done already is still seen through.
   */
  unwanted(): Promise<string | undefined>;
  log: Pick<Log, "info" | "warn">;
}

export interface ActionOutcome {
  status: "succeeded" | "errored" | "aborted";
  result: "pass" | "warning" | "fail";
  /** For people: what was done, or why not. */
  message: string;
  /** For programs: before, after, namespace, workload … Free of secrets. */
  details: Record<string, unknown>;
}

/**
 * One kind of action. `run` may be called again for the same step after a crash, then with the plan recorded last;
 * its effect on the outside must still happen once. Outside trouble is thrown as a ProviderError and retried by the
 * worker; everything else that goes wrong is an outcome.
 */
export interface ActionKind {
  /** As written in remediation.yaml. */
  name: string;
  /** One line for lists and docs. */
  describe: string;
  /** Checks `action.value` when the remediation is planned. */
  value: z.ZodType;
  /** What follows a success: by default the wait and the evaluation. */
  then?: "evaluate" | "finish";
  run(context: ActionContext, deps: ActionDeps, previous: ActionPlan | undefined): Promise<ActionOutcome>;
}
