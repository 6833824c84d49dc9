import type { StepSummary } from "@evenkeel/events";
import type { Acting, Evaluating, Remediation } from "./state.ts";

/** The sentences that end a run. They name what was tried, so that the last event alone answers "what happened?". */

export function healed(state: Evaluating): string {
  const last = state.steps.at(-1)?.evaluation;
  return `evaluation ${last?.result} (score ${round(last?.score)}) after ${tried(state)}`;
}

export function exhausted(state: Remediation): string {
  return `no action is left; tried ${tried(state)}`;
}

export function escalated(state: Acting): string {
  return `handed over to people; tried ${tried(state)}`;
}

export function unverified(state: Remediation): string {
  return `the last action is marked evaluate: false, so nobody knows whether it helped; did ${tried(state)}`;
}

export function inconclusive(state: Evaluating, why: string): string {
  const times = state.retry + 1;
  return `no verdict after ${times} evaluation${times === 1 ? "" : "s"} (${why}); not acting further without knowing`;
}

export function nothingDone(state: Remediation): string {
  return `the problem was ${state.problemState} before the first action; nothing was done`;
}

export function resolvedAfter(state: Remediation): string {
  return `the problem was ${state.problemState}, but the evaluation did not confirm it; tried ${tried(state)}`;
}

function tried(state: { steps: readonly StepSummary[] }): string {
  if (state.steps.length === 0) return "nothing";
  return state.steps.map((step) => `${step.name} (${outcome(step)})`).join(", ");
}

function outcome(step: StepSummary): string {
  if (step.evaluation) return `evaluation ${step.evaluation.result}`;
  return step.result === "pass" ? "done" : `${step.result}: ${step.message}`;
}

function round(score: number | undefined): string {
  return score === undefined ? "unknown" : String(Math.round(score * 10) / 10);
}
