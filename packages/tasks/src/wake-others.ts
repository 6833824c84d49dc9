import type { Journal } from "@evenkeel/journal";
import { failpoint, type Log } from "@evenkeel/runtime";
import type { TaskKind } from "./handler.ts";
import type { TaskQueue } from "./queue.ts";

/** The queue that a kind of task is worked from. */
export const queueOf: Readonly<Record<TaskKind, string>> = {
  plan: "remediation-engine",
  act: "remediation-engine",
  notify: "remediation-engine",
  wait: "evaluation-worker",
  evaluate: "evaluation-worker",
};

/** For a process that appends but runs no tasks of those kinds: wakes the services that do. */
export function wakeOthers(journal: Journal, queue: TaskQueue, ownKinds: readonly TaskKind[], log: Log): void {
  journal.onTasks((tasks) => {
    for (const task of tasks) {
      const kind = task.kind as TaskKind;
      if (ownKinds.includes(kind)) continue;
      void failpoint("queue.after-commit-before-add");
      queue.add(queueOf[kind], { task: task.id, generation: 0 }, task.dueInMs).catch((error: unknown) => {
        log.warn({ task: task.id, error: String(error) }, "the queue is away, the sweep will find the task");
      });
    }
  });
}
