import type { IndicatorResult, Plan, Problem, Result, Status, StepSummary, Target } from "@evenkeel/events";

/** What the API answers, as far as the command line reads it; docs/reference has all of it. */
export interface RemediationSummary {
  context: string;
  target: Target;
  problem: Problem;
  problemState: "open" | "resolved" | "merged";
  phase: string;
  attempt?: number;
  attempts?: number;
  action?: string;
  due?: string;
  behind?: string;
  paused?: { by: string; reason?: string };
  aborting?: { by: string; reason?: string };
  status?: Status;
  result?: Result;
  reason?: string;
  message?: string;
  triggeredAt: string;
  finishedAt?: string;
  repeats?: { context: string; by: string; reason?: string };
  repeated?: { context: string; by: string; reason?: string };
  allowedCommands: string[];
}

export interface RemediationDetail extends RemediationSummary {
  steps: StepSummary[];
  plan?: Plan;
  started?: Record<string, unknown>;
  window?: { start: string; end: string };
  evaluation?: Evaluation;
}

export interface Evaluation {
  id: string;
  time: string;
  context: string;
  target: Target;
  status: Status;
  result: Result;
  message: string;
  window: { start: string; end: string };
  score: number;
  indicatorResults: IndicatorResult[];
  comparedEvents: string[];
  invalidated?: { by?: string; reason?: string };
  notes?: { by: string; note: string }[];
}

export interface EvaluationState {
  context: string;
  target: Target;
  state: "running" | "finished" | "parked";
  window: { start: string; end: string };
  error?: string;
  evaluation?: Evaluation;
}

export interface Project {
  project: string;
  revision: string;
  createdAt: string;
  stages: { name: string; remediation: boolean; services: { name: string }[] }[];
}

export interface ServerStatus {
  version: string;
  storage: string;
  queue: string;
  parkedTasks: number;
  oldestOverdue?: { dueAt: string };
  latestCursor: string;
  now: string;
}
