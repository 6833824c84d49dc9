import { currentAction, type Remediation } from "./state.ts";

export type TaskKind = "plan" | "act" | "wait" | "evaluate" | "notify";

/** Work that must be open for a run. The key is unique in the context: the same work is never open twice. */
export interface TaskSpec {
  kind: TaskKind;
  key: string;
  /** RFC 3339; absent: at once. */
  dueAt?: string;
  /** Milliseconds from due until it is given up. */
  deadlineMs: number;
}

const MINUTE = 60_000;
const PLAN_DEADLINE = 2 * MINUTE;
const EVALUATE_DEADLINE = 2 * MINUTE;
const NOTIFY_DEADLINE = 60 * MINUTE;
/** Beyond the action's own deadline, for taking it up again after a crash. */
const ACT_MARGIN = MINUTE;

/**
 * The one task that must be open in a state, if any. Tasks are derived from the state, so that a run which is not
 * finished always has exactly one open task (or is paused or queued), and nothing can be left over from an earlier phase.
 */
export function openTask(state: Remediation): TaskSpec | undefined {
  const task = taskOf(state);
  if (!task || !state.paused) return task;
  return task.key === state.paused.during ? task : undefined;
}

/** The same, as if nothing were paused. */
export function taskOf(state: Remediation): TaskSpec | undefined {
  switch (state.phase) {
    case "queued":
      return undefined;
    case "planning":
      return { kind: "plan", key: "plan", deadlineMs: PLAN_DEADLINE };
    case "acting":
      return { kind: "act", key: `act.${state.attempt}`, deadlineMs: currentAction(state).timeout + ACT_MARGIN };
    case "waiting":
      return { kind: "wait", key: `wait.${state.attempt}.${state.retry}`, dueAt: state.due, deadlineMs: PLAN_DEADLINE };
    case "evaluating":
      return { kind: "evaluate", key: `evaluate.${state.attempt}.${state.retry}`, deadlineMs: EVALUATE_DEADLINE };
    case "finished":
      return state.escalation && !state.escalation.told
        ? { kind: "notify", key: "notify", deadlineMs: NOTIFY_DEADLINE }
        : undefined;
  }
}
