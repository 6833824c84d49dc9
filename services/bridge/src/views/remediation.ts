import { Plan, Problem, Reason, Result, Status, StepSummary, Target } from "@evenkeel/events";
import type { RemediationRow } from "@evenkeel/journal";
import { allowed, refusal, type Command, type Phase, type Remediation } from "@evenkeel/remediation";
import * as z from "zod";
import { Evaluation, evaluationExample } from "./evaluation.ts";

export const COMMANDS = Object.keys(allowed) as Command[];
export const PHASES = ["queued", "planning", "acting", "waiting", "evaluating", "finished"] as const satisfies Phase[];

const Asked = z.object({ context: z.string(), by: z.string(), reason: z.string().optional() });

const Summary = z.object({
  context: z.string(),
  target: Target,
  problem: Problem,
  problemState: z.enum(["open", "resolved", "merged"]),
  phase: z.enum(PHASES),
  attempt: z.number().int().optional().describe("number of the action that the run is at, from 1"),
  attempts: z.number().int().optional().describe("how many actions the plan has"),
  action: z.string().optional().describe("name of the action that the run is at"),
  due: z.string().optional().describe("RFC 3339; when the wait ends"),
  behind: z.string().optional().describe("context of the run that held the target when this one was queued"),
  paused: z.object({ by: z.string(), reason: z.string().optional() }).optional(),
  aborting: z.object({ by: z.string(), reason: z.string().optional() }).optional(),
  status: Status.optional(),
  result: Result.optional(),
  reason: Reason.optional(),
  message: z.string().optional().describe("how the run ended, in one sentence"),
  triggeredAt: z.string(),
  finishedAt: z.string().optional(),
  updatedAt: z.string(),
  seq: z.string(),
  repeats: Asked.optional().describe("set when a person asked for this run; context: of the run that it repeats"),
  repeated: Asked.optional().describe("a person asked for another run of the same problem; context: of that run"),
  allowedCommands: z.array(z.enum(COMMANDS)).describe("what the caller may ask of the run now"),
});

/** A run as a list shows it. */
export const RemediationSummary = Summary.meta({ id: "RemediationSummary" });
export type RemediationSummary = z.infer<typeof Summary>;

/** A run with everything known of it but its events. */
export const RemediationView = Summary.extend({
  steps: z.array(StepSummary).describe("what each action so far came to"),
  plan: Plan.optional().describe("actions, and for each entry of the file why it was taken or not"),
  started: z.record(z.string(), z.unknown()).optional().describe("what the running action has committed to do"),
  window: z.object({ start: z.string(), end: z.string() }).optional().describe("what is being evaluated"),
  evaluation: Evaluation.optional().describe("the latest evaluation of the run, with its numbers"),
  links: z.object({ events: z.string(), stream: z.string() }),
}).meta({ id: "Remediation" });
export type RemediationView = z.infer<typeof RemediationView>;

/** `mayCommand`: whether who reads it may ask anything of it at all. */
export function remediationSummary({ seq, updatedAt, state }: RemediationRow, mayCommand: boolean): RemediationSummary {
  const { context, target, problem, problemState, phase, triggered } = state;
  return {
    context,
    target,
    problem,
    problemState,
    phase,
    ...progress(state),
    ...(state.phase === "queued" && state.behind && { behind: state.behind }),
    ...(state.phase === "waiting" && { due: state.due }),
    ...(state.paused && { paused: person(state.paused) }),
    ...(state.phase === "acting" && state.aborting && { aborting: person(state.aborting) }),
    ...(state.phase === "finished" && outcome(state)),
    ...(state.repeats && { repeats: { context: state.repeats.context, ...person(state.repeats) } }),
    ...(state.phase === "finished" &&
      state.repeated && { repeated: { context: state.repeated.run, ...person(state.repeated) } }),
    triggeredAt: triggered.time,
    updatedAt,
    seq,
    allowedCommands: COMMANDS.filter((command) => mayCommand && refusal(command, state) === undefined),
  };
}

export function remediationView(
  row: RemediationRow,
  evaluation: Evaluation | undefined,
  mayCommand: boolean,
): RemediationView {
  const { state } = row;
  const context = encodeURIComponent(state.context);
  return {
    ...remediationSummary(row, mayCommand),
    steps: [...state.steps],
    ...("plan" in state && state.plan && { plan: state.plan }),
    ...(state.phase === "acting" && state.started && { started: state.started }),
    ...(state.phase === "evaluating" && { window: state.window }),
    ...(evaluation && { evaluation }),
    links: { events: `/v1/remediations/${context}/events`, stream: `/v1/stream?context=${context}` },
  };
}

function progress(state: Remediation): { attempt?: number; attempts?: number; action?: string } {
  if (!("plan" in state) || !state.plan) return {};
  const attempts = state.plan.actions.length;
  if (!("attempt" in state)) return { attempts };
  return { attempt: state.attempt + 1, attempts, action: state.plan.actions[state.attempt]?.name };
}

function outcome({ status, result, reason, message, finishedAt }: Extract<Remediation, { phase: "finished" }>) {
  return { status, result, reason, message, finishedAt };
}

function person({ by, reason }: { by: string; reason?: string }) {
  return { by, ...(reason && { reason }) };
}

export const summaryExample: RemediationSummary = {
  context: "0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
  target: { project: "sockshop", stage: "production", service: "carts" },
  problem: {
    id: "2c91c2b7a6f0d3e1",
    source: "alertmanager",
    title: "response_time_p90",
    severity: "critical",
    labels: { alertname: "response_time_p90" },
    startedAt: "2026-01-31T11:59:30.000Z",
  },
  problemState: "open",
  phase: "waiting",
  attempt: 1,
  attempts: 2,
  action: "scaling",
  due: "2026-01-31T12:10:04.000Z",
  triggeredAt: "2026-01-31T12:00:01.000Z",
  updatedAt: "2026-01-31T12:00:04.500Z",
  seq: "1039",
  allowedCommands: ["pause", "abort", "skip-wait"],
};

export const remediationExample: RemediationView = {
  ...summaryExample,
  steps: [{ name: "scaling", action: "scaling", status: "succeeded", result: "pass", message: "carts: 1 → 2" }],
  plan: {
    revision: "f3c1a9e0d2b4c6a8e0f1a2b3c4d5e6f708192a3b",
    matched: { problemType: "response_time_p90", line: 2, by: "title" },
    considered: [{ problemType: "response_time_p90", line: 2, matched: true, why: "the title is the same" }],
    actions: [
      { name: "scaling", action: "scaling", value: "+1", wait: 600_000, timeout: 300_000, then: "evaluate" },
      { name: "escalate", action: "escalate", wait: 0, timeout: 300_000, then: "finish" },
    ],
    settle: 60_000,
    evaluationRetries: 3,
  },
  evaluation: evaluationExample,
  links: {
    events: "/v1/remediations/0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f/events",
    stream: "/v1/stream?context=0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
  },
};

const { attempt: _, attempts: __, action: ___, due: ____, ...justBegun } = summaryExample;
const again = "5b0f7a16-2c3d-8e4f-a5b6-c7d8e9f0a1b2";

export const rerunExample: RemediationView = {
  ...justBegun,
  context: again,
  phase: "planning",
  repeats: { context: summaryExample.context, by: "ann", reason: "the quota was raised" },
  allowedCommands: ["pause", "abort"],
  steps: [],
  links: { events: `/v1/remediations/${again}/events`, stream: `/v1/stream?context=${again}` },
};
