import type {
  Plan,
  PlannedAction,
  Problem,
  Reason,
  Repeats,
  Result,
  Status,
  StepSummary,
  Target,
} from "@evenkeel/events";

/** What is known in every phase. */
interface Base {
  context: string;
  target: Target;
  problem: Problem;
  problemState: "open" | "resolved" | "merged";
  /** Id and time of `remediation.triggered`. */
  triggered: { id: string; time: string };
  /** Set when a person asked for this run: the run that it repeats. */
  repeats?: Repeats;
  /** What the actions so far came to, in order. */
  steps: readonly StepSummary[];
  /** While paused, the step that was running (`during`, a task's key) may end; nothing new begins. */
  paused?: { by: string; reason?: string; during?: string };
}

interface Planned extends Base {
  plan: Plan;
  /** 0-based index of the action in the plan. */
  attempt: number;
  /** Id of the `.triggered` event of this phase, which its finished event answers. */
  triggeredid: string;
}

/** Waits in line for its target. */
export interface Queued extends Base {
  phase: "queued";
  /** Context of the run that held the target when this one came. */
  behind?: string;
}

export interface Planning extends Base {
  phase: "planning";
  triggeredid?: string;
  /** Read; the first `action.triggered` follows in the same append. */
  plan?: Plan;
}

export interface Acting extends Planned {
  phase: "acting";
  since: string;
  /** Committed before anything is touched. Its presence means: the cluster may be changed by now. */
  started?: Record<string, unknown>;
  /** An abort came while the action ran: the run ends with it. */
  aborting?: { by: string; reason?: string };
}

export interface Waiting extends Planned {
  phase: "waiting";
  retry: number;
  /** When the action had finished: the evaluation's window begins after it. */
  actedAt: string;
  due: string;
  /** The wait has ended; the evaluation follows in the same append. */
  ended?: true;
}

export interface Evaluating extends Planned {
  phase: "evaluating";
  retry: number;
  actedAt: string;
  window: { start: string; end: string };
  /** The verdict is in; what follows from it comes in the same append. */
  judged?: true;
}

export interface Finished extends Base {
  phase: "finished";
  plan?: Plan;
  status: Status;
  result: Result;
  reason: Reason;
  message: string;
  finishedAt: string;
  /** Set when the run ended by telling people; `told` once the outgoing webhook has an outcome. */
  escalation?: { message: string; told: boolean };
  /** A person asked for one more run of the same problem: `run` is its context. */
  repeated?: { run: string; by: string; reason?: string };
}

/** One run, as a fold over the events of its context. Each phase has exactly the fields it needs. */
export type Remediation = Queued | Planning | Acting | Waiting | Evaluating | Finished;
export type Phase = Remediation["phase"];

/** The action that the run is at. Throws when the state was not made by `evolve`. */
export function currentAction(state: Acting | Waiting | Evaluating): PlannedAction {
  const action = state.plan.actions[state.attempt];
  if (!action) throw new Error(`attempt ${state.attempt} is past the plan of ${state.context}`);
  return action;
}

/** Does the run hold its target, so that no other may act on it? */
export function holdsTarget(state: Remediation): boolean {
  return state.phase !== "queued" && state.phase !== "finished";
}
