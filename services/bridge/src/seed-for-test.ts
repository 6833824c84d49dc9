import { randomUUID } from "node:crypto";
import type { DataOf, PlannedAction, Problem, Target } from "@evenkeel/events";
import type { Journal } from "@evenkeel/journal";
import type { Phase } from "@evenkeel/remediation";

export const CARTS: Target = { project: "sockshop", stage: "production", service: "carts" };

export const SHIPYARD = "stages:\n  - name: dev\n  - name: production\n    remediation_strategy: automated\n";
export const REMEDIATION = `remediations:
- name: response_time_p90
  actions:
  - action: scaling
    value: +1
`;

let services = 0;
/** A service that no other run holds. */
export const fresh = (of: Partial<Target> = {}): Target => ({ ...CARTS, service: `svc-${++services}`, ...of });

export function problemOf(over: Partial<Problem> = {}): Problem {
  return { id: randomUUID(), source: "alertmanager", title: "slow", severity: "critical", labels: {}, ...over };
}

/** The two events that an open problem becomes. */
export async function open(journal: Journal, target: Target, over: Partial<Problem> = {}): Promise<string> {
  const context = randomUUID();
  const problem = problemOf(over);
  await journal.append(
    context,
    [
      { kind: "problem", data: { ...target, state: "open", problem } },
      { kind: "remediation.triggered", data: { ...target, problem } },
    ],
    { source: problem.source },
  );
  return context;
}

export const ACTION: PlannedAction = {
  name: "scaling",
  action: "scaling",
  value: "+1",
  wait: 600_000,
  timeout: 300_000,
  then: "evaluate",
};

const ok = { status: "succeeded", result: "pass", message: "" } as const;

/** Drives a run of its own through its steps until it is in the phase. */
export async function runIn(journal: Journal, phase: Phase, target = fresh()): Promise<string> {
  if (phase === "queued") await open(journal, target);
  const context = await open(journal, target);
  for (const step of steps(target)) {
    const state = await journal.state(context);
    if (state?.phase === phase) return context;
    const triggeredid = state && "triggeredid" in state ? state.triggeredid : undefined;
    await journal.append(context, [{ ...step, triggeredid }]);
  }
  return context;
}

function steps(target: Target) {
  const plan = {
    revision: "r1",
    matched: { problemType: "slow", line: 2, by: "title" },
    considered: [
      { problemType: "other", line: 1, matched: false, why: "the title is slow" },
      { problemType: "slow", line: 2, matched: true, why: "the title is the same" },
    ],
    actions: [ACTION, { ...ACTION, name: "more" }],
    settle: 1000,
    evaluationRetries: 3,
  };
  return [
    { kind: "get-action.finished" as const, data: { ...target, ...ok, plan } },
    { kind: "action.finished" as const, data: { ...target, ...ok, attempt: 0, details: {} } },
    { kind: "wait.finished" as const, data: { ...target, ...ok, attempt: 0, endedBy: "due" as const, lateMs: 0 } },
    { kind: "evaluation.finished" as const, data: evaluated(target) },
  ];
}

export function evaluated(
  target: Target,
  over: Partial<DataOf<"evaluation.finished">> = {},
): DataOf<"evaluation.finished"> {
  return {
    ...target,
    ...ok,
    message: "score 100",
    evaluation: {
      timeStart: "2026-01-01T00:00:00.000Z",
      timeEnd: "2026-01-01T00:10:00.000Z",
      result: "pass",
      score: 100,
      comparedEvents: [],
      indicatorResults: [
        {
          displayName: "p90",
          score: 1,
          status: "pass",
          keySli: false,
          value: { metric: "response_time_p90", value: 412.5, success: true, message: "" },
          passTargets: [{ criteria: "<600", targetValue: 600, violated: false }],
          warningTargets: [],
        },
      ],
    },
    ...over,
  };
}
