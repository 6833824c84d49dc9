import type { NewEvent, PlannedAction, Plan, Problem, Reason, Result, Status, Target } from "@evenkeel/events";
import type { Remediation } from "./state.ts";

export const TARGET: Target = { project: "sockshop", stage: "production", service: "carts" };

export const PROBLEM: Problem = {
  id: "2c91c2b7a6f0d3e1",
  source: "alertmanager",
  title: "response_time_p90",
  severity: "critical",
  labels: { alertname: "response_time_p90" },
  startedAt: "2026-01-01T00:00:00.000Z",
};

export const WAIT = 600_000;
export const SETTLE = 60_000;

export function action(name: string, then: PlannedAction["then"] = "evaluate"): PlannedAction {
  return { name, action: then === "finish" ? "escalate" : "scaling", value: "+1", wait: WAIT, timeout: 300_000, then };
}

export function plan(actions: readonly PlannedAction[], evaluationRetries = 3): Plan {
  return { revision: "r1", considered: [], actions: [...actions], settle: SETTLE, evaluationRetries };
}

/** The two events that an open problem becomes; the same again for a repeat. */
export function opened(context: string): NewEvent[] {
  const from = { source: "alertmanager", data: { ...TARGET, problem: PROBLEM } };
  return [
    { ...from, kind: "problem", id: `${context}-open`, data: { ...from.data, state: "open" } },
    { ...from, kind: "remediation.triggered", id: `${context}-triggered` },
  ];
}

export function problem(state: "open" | "resolved" | "merged" | "info"): NewEvent {
  return { kind: "problem", source: "alertmanager", data: { ...TARGET, state, problem: PROBLEM } };
}

export type Command = "remediation.paused" | "remediation.resumed" | "remediation.aborted" | "wait.skipped";

export function command(kind: Command, by = "ann"): NewEvent {
  return { kind, source: "api", data: { ...TARGET, by } };
}

export function triggeredidOf(state: Remediation | undefined): string | undefined {
  return state && "triggeredid" in state ? state.triggeredid : undefined;
}

const outcome = (status: Status, result: Result, message = "") => ({ ...TARGET, status, result, message });

export function planRead(triggeredid: string | undefined, found: Plan | undefined, reason?: Reason): NewEvent {
  const read = reason ? outcome("succeeded", "fail", `because of ${reason}`) : outcome("succeeded", "pass");
  return {
    kind: "get-action.finished",
    ...(triggeredid && { triggeredid }),
    data: { ...read, ...(found && { plan: found }), ...(reason && { reason }) },
  };
}

export function actionStarted(triggeredid: string | undefined, attempt: number, revision = 0): NewEvent {
  const data = { ...TARGET, attempt, message: "1 → 2", plan: { revision, before: 1, after: 2 } };
  return { kind: "action.started", ...(triggeredid && { triggeredid }), data };
}

export function actionFinished(
  triggeredid: string | undefined,
  attempt: number,
  result: Result = "pass",
  status: Status = "succeeded",
): NewEvent {
  const data = { ...outcome(status, result, result === "pass" ? "1 → 2" : "no quota"), attempt, details: {} };
  return { kind: "action.finished", ...(triggeredid && { triggeredid }), data };
}

export function waitFinished(triggeredid: string | undefined, attempt: number): NewEvent {
  const data = { ...outcome("succeeded", "pass"), attempt, endedBy: "due", lateMs: 0 } as const;
  return { kind: "wait.finished", ...(triggeredid && { triggeredid }), data };
}

export function evaluated(
  triggeredid: string | undefined,
  result: Result,
  status: Status = result === "inconclusive" ? "unknown" : "succeeded",
): NewEvent {
  const score = result === "pass" ? 100 : result === "warning" ? 75 : 0;
  const evaluation = {
    ...{ timeStart: "2026-01-01T00:01:00.000Z", timeEnd: "2026-01-01T00:10:00.000Z" },
    ...{ result, score, indicatorResults: [], comparedEvents: [] },
  };
  const data = { ...outcome(status, result, result === "inconclusive" ? "no values" : ""), evaluation };
  return { kind: "evaluation.finished", ...(triggeredid && { triggeredid }), data };
}
