import { failpoint, formatDuration } from "@evenkeel/runtime";
import type { Journal } from "@evenkeel/journal";
import type { NewEvent, Target } from "@evenkeel/events";
import type { TaskHandler } from "@evenkeel/tasks";

/** Lateness worth a word in the log, milliseconds. */
const LATE = 2_000;

/** A wait holds no worker: it is a row with a due time. This only notes that the time has come, and how late it is. */
export function waitTask(journal: Journal): TaskHandler {
  return {
    async run({ task, complete }) {
      const state = task.seen?.state;
      if (state?.phase !== "waiting") return complete([]);
      await failpoint("wait.before-finished");
      await complete((now) => [finished(state, task.dueAt, now)]);
    },
    async giveUp(task, why) {
      const state = await journal.state(task.context);
      if (state?.phase !== "waiting") return [];
      const outcome = { status: "errored", result: "fail", message: why } as const;
      const data = { ...state.target, attempt: state.attempt, endedBy: "due", lateMs: 0, ...outcome } as const;
      return [{ kind: "wait.finished", triggeredid: state.triggeredid, data }];
    },
  };
}

/** How late is told as of the moment in which it is stored, which may be long after the task was taken up. */
function finished(wait: { target: Target; attempt: number; triggeredid: string }, due: Date, now: Date): NewEvent {
  const lateMs = Math.max(0, now.getTime() - due.getTime());
  const message = lateMs > LATE ? `the wait is over, taken up ${formatDuration(lateMs)} late` : "the wait is over";
  const outcome = { status: "succeeded", result: "pass", message } as const;
  const data = { ...wait.target, attempt: wait.attempt, endedBy: "due", lateMs, ...outcome } as const;
  return { kind: "wait.finished", triggeredid: wait.triggeredid, data };
}
