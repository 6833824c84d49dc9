import type { Event, EventOf, StepSummary } from "@evenkeel/events";
import { refusal } from "./allowed.ts";
import { answers, answersPlan } from "./answers.ts";
import { currentAction, type Acting, type Evaluating, type Finished, type Remediation, type Waiting } from "./state.ts";
import { openTask } from "./tasks.ts";

/**
 * The next state. Total: an event that means nothing in the present phase leaves the state as it is. A step begins only
 * when the one before has ended, whoever says otherwise.
 * `undefined` is a context without a remediation (a quality gate, an unrouted notification).
 */
export function evolve(state: Remediation | undefined, event: Event): Remediation | undefined {
  if (!state) return event.kind === "remediation.triggered" ? begin(event) : undefined;
  if (state.phase === "finished") return afterwards(state, event);
  switch (event.kind) {
    case "problem":
      return { ...state, problemState: problemStateAfter(state, event) };
    case "remediation.queued":
      return state.phase === "queued" ? { ...state, behind: event.data.behind } : state;
    case "remediation.started":
      return state.phase === "queued" ? start(state) : state;
    case "get-action.triggered":
      return state.phase === "planning" ? { ...state, triggeredid: event.id } : state;
    case "get-action.finished":
      return planRead(state, event);
    case "action.triggered":
      return act(state, event);
    case "action.started":
      return actionStarted(state, event);
    case "action.finished":
      return state.phase === "acting" && answers(state, event) ? withStep(state, event) : state;
    case "wait.triggered":
      return wait(state, event);
    case "wait.finished":
      return state.phase === "waiting" && answers(state, event) ? { ...state, ended: true } : state;
    case "evaluation.triggered":
      return evaluating(state, event);
    case "evaluation.finished":
      return state.phase === "evaluating" && answers(state, event) ? withVerdict(state, event) : state;
    case "remediation.paused":
      return state.paused ? state : { ...state, paused: pause(state, event) };
    case "remediation.resumed":
      return { ...state, paused: undefined };
    case "remediation.aborted":
      return state.phase === "acting" && state.started ? { ...state, aborting: event.data } : state;
    case "remediation.finished":
      return event.triggeredid === state.triggered.id ? finish(state, event) : state;
    default:
      return state;
  }
}

/** The state after a whole history, oldest event first. */
export function fold(events: Iterable<Event>): Remediation | undefined {
  let state: Remediation | undefined;
  for (const event of events) state = evolve(state, event);
  return state;
}

function begin(event: EventOf<"remediation.triggered">): Remediation {
  const { project, stage, service, problem, repeats } = event.data;
  return {
    phase: "queued",
    context: event.context,
    target: { project, stage, service },
    problem,
    problemState: "open",
    ...(repeats && { repeats }),
    triggered: { id: event.id, time: event.time },
    steps: [],
  };
}

function start(state: Extract<Remediation, { phase: "queued" }>): Remediation {
  const { behind: _, ...rest } = state;
  return { ...rest, phase: "planning" };
}

/** A problem that is gone does not come back: it would be another episode. */
function problemStateAfter({ problemState }: Remediation, event: EventOf<"problem">): Remediation["problemState"] {
  const { state } = event.data;
  return state === "resolved" || state === "merged" ? state : problemState;
}

/** Is the run's present step over, so that the next one may begin? */
function stepIsOver(state: Remediation): boolean {
  switch (state.phase) {
    case "planning":
      return state.plan !== undefined;
    case "acting":
      return state.steps.length > state.attempt;
    case "waiting":
      return state.ended === true;
    case "evaluating":
      return state.judged === true;
    default:
      return false;
  }
}

function planRead(state: Remediation, event: EventOf<"get-action.finished">): Remediation {
  if (state.phase !== "planning" || !event.data.plan || !answersPlan(state, event)) return state;
  return { ...state, plan: event.data.plan };
}

function act(state: Remediation, event: EventOf<"action.triggered">): Remediation {
  if (state.phase !== "planning" && state.phase !== "acting" && state.phase !== "evaluating") return state;
  if (!state.plan || !stepIsOver(state) || state.problemState !== "open") return state;
  const next = state.phase === "planning" ? 0 : state.attempt + 1;
  if (event.data.attempt !== next || next >= state.plan.actions.length) return state;
  const { context, target, problem, problemState, repeats, triggered, steps, paused, plan } = state;
  return {
    ...{ context, target, problem, problemState, repeats, triggered, steps, paused, plan },
    phase: "acting",
    attempt: event.data.attempt,
    triggeredid: event.id,
    since: event.time,
  };
}

/** Nothing new begins while a run is paused. */
function actionStarted(state: Remediation, event: EventOf<"action.started">): Remediation {
  if (state.phase !== "acting" || !answers(state, event) || !openTask(state)) return state;
  return { ...state, started: event.data.plan };
}

function withStep(state: Acting, event: EventOf<"action.finished">): Acting {
  const { name, action } = currentAction(state);
  const { status, result, message } = event.data;
  return { ...state, steps: [...state.steps, { name, action, status, result, message }] };
}

/** No longer wait can be written down. */
const LATEST = Date.UTC(9999, 11, 31);

function wait(state: Remediation, event: EventOf<"wait.triggered">): Remediation {
  if (state.phase !== "acting" && state.phase !== "evaluating") return state;
  if (!stepIsOver(state) || event.data.attempt !== state.attempt) return state;
  const { context, target, problem, problemState, repeats, triggered, steps, paused, plan, attempt } = state;
  const waiting: Waiting = {
    ...{ context, target, problem, problemState, repeats, triggered, steps, paused, plan, attempt },
    phase: "waiting",
    retry: event.data.retry,
    triggeredid: event.id,
    actedAt: state.phase === "acting" ? event.time : state.actedAt,
    due: new Date(Math.min(Date.parse(event.time) + event.data.durationMs, LATEST)).toISOString(),
  };
  return waiting;
}

function evaluating(state: Remediation, event: EventOf<"evaluation.triggered">): Remediation {
  if (state.phase !== "waiting" || !stepIsOver(state)) return state;
  const { due: _, ended: __, ...rest } = state;
  return { ...rest, phase: "evaluating", triggeredid: event.id, window: event.data.evaluation };
}

function withVerdict(state: Evaluating, event: EventOf<"evaluation.finished">): Evaluating {
  const { result, message, evaluation } = event.data;
  const last = state.steps.at(-1);
  if (!last) return state;
  const step: StepSummary = { ...last, evaluation: { result, score: evaluation.score, message } };
  return { ...state, judged: true, steps: [...state.steps.slice(0, -1), step] };
}

function pause(state: Remediation, event: EventOf<"remediation.paused">): NonNullable<Remediation["paused"]> {
  const { by, reason } = event.data;
  // An action that has not begun to touch anything has not begun.
  if (state.phase === "acting" && !state.started) return { by, reason };
  return { by, reason, during: openTask(state)?.key };
}

function finish(state: Remediation, event: EventOf<"remediation.finished">): Finished {
  const { context, target, problem, problemState, repeats, triggered, steps } = state;
  const { status, result, reason, message } = event.data;
  return {
    ...{ context, target, problem, problemState, triggered, steps },
    ...(repeats && { repeats }),
    ...("plan" in state && state.plan && { plan: state.plan }),
    phase: "finished",
    ...{ status, result, reason, message },
    finishedAt: event.time,
    ...(reason === "escalated" && { escalation: { message: steps.at(-1)?.message ?? message, told: false } }),
  };
}

/** What still happens to a run that is over. */
function afterwards(state: Finished, event: Event): Finished {
  switch (event.kind) {
    case "problem":
      return { ...state, problemState: problemStateAfter(state, event) };
    case "escalation.sent":
    case "escalation.failed":
      return state.escalation ? { ...state, escalation: { ...state.escalation, told: true } } : state;
    case "task.retried":
      return state.escalation && event.data.taskKind === "notify"
        ? { ...state, escalation: { ...state.escalation, told: false } }
        : state;
    case "remediation.repeated":
      return refusal("rerun", state) ? state : { ...state, repeated: repeatedBy(event) };
    default:
      return state;
  }
}

function repeatedBy({ data: { run, by, reason } }: EventOf<"remediation.repeated">): Finished["repeated"] {
  return { run, by, ...(reason && { reason }) };
}
