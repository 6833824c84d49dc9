import { randomUUID } from "node:crypto";
import type { NewEvent, PlannedAction, Problem, Target } from "@evenkeel/events";

export const TARGET: Target = { project: "sockshop", stage: "production", service: "carts" };

export const PROBLEM: Problem = {
  id: "2c91c2b7a6f0d3e1",
  source: "alertmanager",
  title: "response_time_p90",
  severity: "critical",
  labels: { alertname: "response_time_p90" },
  startedAt: "2026-01-01T00:00:00.000Z",
};

/** The two events that an open problem becomes. */
export function opened(on: Target): NewEvent[] {
  return [
    { kind: "problem", id: randomUUID(), source: "alertmanager", data: { ...on, state: "open", problem: PROBLEM } },
    { kind: "remediation.triggered", id: randomUUID(), source: "alertmanager", data: { ...on, problem: PROBLEM } },
  ];
}

export function resolved(on: Target): NewEvent {
  return {
    kind: "problem",
    id: randomUUID(),
    source: "alertmanager",
    data: { ...on, state: "resolved", problem: PROBLEM },
  };
}

const SCALE: PlannedAction = {
  name: "scaling",
  action: "scaling",
  value: "+1",
  wait: 60_000,
  timeout: 300_000,
  then: "evaluate",
};

export function planFound(on: Target, actions: PlannedAction[] = [SCALE], triggeredid?: string): NewEvent {
  return {
    kind: "get-action.finished",
    ...(triggeredid && { triggeredid }),
    data: {
      ...on,
      status: "succeeded",
      result: "pass",
      message: "",
      plan: { revision: "r1", considered: [], actions, settle: 1_000, evaluationRetries: 3 },
    },
  };
}
