import type { Remediation } from "./state.ts";
import type { TaskKind } from "./tasks.ts";

/** Parking a task ends its step, so that the run goes on; what the step should have done is then past. */
const PAST: Readonly<Record<TaskKind, string>> = {
  plan: "the run has ended without a plan",
  act: "the action counts as failed, and the run has gone on without it",
  wait: "the wait counts as over, and the run has gone on",
  evaluate: "the evaluation counts as inconclusive, and the run has gone on",
  notify: "nobody waits to be told of this run",
};

/**
 * Why a task that was set aside cannot be retried, or undefined when it can: people can still be told, and a quality
 * gate, which belongs to no run, can be evaluated once more over the same window.
 */
export function retryRefusal(kind: TaskKind, state: Remediation | undefined): string | undefined {
  if (!state) return kind === "evaluate" ? undefined : "it belongs to no run";
  if (kind !== "notify" || state.phase !== "finished" || !state.escalation) return PAST[kind];
  return state.escalation.told ? undefined : "people are being told already";
}
