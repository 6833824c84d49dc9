import type { DataOf, Event, EventOf, Kind, Reason, Result, Status } from "@evenkeel/events";
import { answers, answersPlan } from "./answers.ts";
import { escalated, exhausted, healed, inconclusive, nothingDone, resolvedAfter, unverified } from "./messages.ts";
import { currentAction, type Acting, type Evaluating, type Remediation, type Waiting } from "./state.ts";

/** An event that must follow. The log adds id, time, source, context and the target. */
export type Emit = {
  [K in Kind]: { kind: K; data: Omit<DataOf<K>, "project" | "stage" | "service">; triggeredid?: string };
}[Kind];

/**
 * What must follow an event, given the state after it. Pure and total: no clock, no ids, no I/O; an event that means
 * nothing in the present phase is answered by nothing. The caller folds each emitted event and asks again.
 */
export function decide(state: Remediation | undefined, event: Event): readonly Emit[] {
  if (!state || state.phase === "finished") return [];
  switch (event.kind) {
    case "remediation.started":
      return state.phase === "planning" ? [{ kind: "get-action.triggered", data: { problem: state.problem } }] : [];
    case "problem":
      return state.problemState === "open" ? [] : problemGone(state);
    case "get-action.finished":
      return state.phase === "planning" && answersPlan(state, event) ? planned(state, event) : [];
    case "action.finished":
      return state.phase === "acting" && answers(state, event) ? acted(state, event) : [];
    case "wait.skipped":
      return state.phase === "waiting" ? [endWait(state, "operator", `skipped by ${event.data.by}`)] : [];
    case "wait.finished":
      return state.phase === "waiting" && answers(state, event) ? [evaluateNow(state, event.time)] : [];
    case "evaluation.finished":
      return state.phase === "evaluating" && answers(state, event) ? judged(state, event) : [];
    case "remediation.aborted":
      return state.phase === "acting" && state.started ? [] : [aborted(state, event.data.by, event.data.reason)];
    default:
      return [];
  }
}

function problemGone(state: Remediation): readonly Emit[] {
  switch (state.phase) {
    case "queued":
    case "planning":
      return [finish(state, "succeeded", "pass", "resolved-before-action", nothingDone(state))];
    case "acting":
      if (state.started) return []; // the action completes; no further one follows
      return state.attempt === 0
        ? [finish(state, "succeeded", "pass", "resolved-before-action", nothingDone(state))]
        : [finish(state, "succeeded", "warning", "resolved", resolvedAfter(state))];
    case "waiting":
      return [endWait(state, "problem-resolved", `the problem was ${state.problemState}: evaluating now`)];
    default:
      return [];
  }
}

function planned(state: Remediation, event: EventOf<"get-action.finished">): readonly Emit[] {
  const { plan, status, result, reason, message } = event.data;
  if (!plan || plan.actions.length === 0 || reason)
    return [finish(state, status, result, reason ?? "errored", message)];
  return [trigger(state, 0, plan)];
}

function acted(state: Acting, event: EventOf<"action.finished">): readonly Emit[] {
  if (state.aborting) return [aborted(state, state.aborting.by, state.aborting.reason)];
  const { result } = event.data;
  if (result !== "pass" && result !== "warning") return [nextOrEnd(state)];
  const action = currentAction(state);
  if (action.then === "finish") return [finish(state, "succeeded", "fail", "escalated", escalated(state))];
  if (action.then === "next") return [nextOrEnd(state)];
  // A problem that is gone by now needs no full wait: the settle time gives the evaluation something to measure.
  const durationMs = state.problemState === "open" ? action.wait : Math.min(action.wait, state.plan.settle);
  return [{ kind: "wait.triggered", data: { attempt: state.attempt, retry: 0, durationMs } }];
}

function judged(state: Evaluating, event: EventOf<"evaluation.finished">): readonly Emit[] {
  const { status, result, message } = event.data;
  if (status === "errored") return [finish(state, "errored", "inconclusive", "inconclusive", message)];
  if (result === "pass") return [finish(state, "succeeded", "pass", "healed", healed(state))];
  if (result === "warning") return [finish(state, "succeeded", "warning", "improved", healed(state))];
  if (result === "fail") return [nextOrEnd(state)];
  // Of a merged problem nobody will report the end; waiting for it would only hold the target.
  if (state.retry >= state.plan.evaluationRetries || state.problemState === "merged") {
    return [finish(state, "unknown", "inconclusive", "inconclusive", inconclusive(state, message))];
  }
  const { attempt, retry } = state;
  return [{ kind: "wait.triggered", data: { attempt, retry: retry + 1, durationMs: currentAction(state).wait } }];
}

function nextOrEnd(state: Acting | Evaluating): Emit {
  if (state.problemState !== "open") return finish(state, "succeeded", "warning", "resolved", resolvedAfter(state));
  if (state.attempt + 1 < state.plan.actions.length) return trigger(state, state.attempt + 1, state.plan);
  const last = state.steps.at(-1);
  const actedUnseen = !last?.evaluation && (last?.result === "pass" || last?.result === "warning");
  return actedUnseen
    ? finish(state, "unknown", "inconclusive", "unverified", unverified(state))
    : finish(state, "succeeded", "fail", "exhausted", exhausted(state));
}

function trigger(state: Remediation, attempt: number, plan: Acting["plan"]): Emit {
  const action = plan.actions[attempt];
  if (!action) throw new Error(`attempt ${attempt} is past the plan of ${state.context}`);
  return {
    kind: "action.triggered",
    data: { attempt, attempts: plan.actions.length, action, problem: state.problem },
  };
}

function endWait(state: Waiting, endedBy: "problem-resolved" | "operator", message: string): Emit {
  return {
    kind: "wait.finished",
    triggeredid: state.triggeredid,
    data: { attempt: state.attempt, endedBy, lateMs: 0, status: "succeeded", result: "pass", message },
  };
}

/** The window since the action, less the time that its effect needs to show; at most half of it is left out. */
function evaluateNow(state: Waiting, now: string): Emit {
  const acted = Date.parse(state.actedAt);
  const end = Date.parse(now);
  const start = acted + Math.min(state.plan.settle, Math.max(0, end - acted) / 2);
  return {
    kind: "evaluation.triggered",
    data: {
      evaluation: { start: new Date(start).toISOString(), end: new Date(end).toISOString() },
      attempt: state.attempt,
      retry: state.retry,
    },
  };
}

function aborted(state: Remediation, by: string, reason: string | undefined): Emit {
  return finish(state, "aborted", "inconclusive", "aborted", `aborted by ${by}${reason ? `: ${reason}` : ""}`);
}

function finish(state: Remediation, status: Status, result: Result, reason: Reason, message: string): Emit {
  return {
    kind: "remediation.finished",
    triggeredid: state.triggered.id,
    data: { status, result, reason, message, steps: [...state.steps] },
  };
}
