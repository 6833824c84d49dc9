import { hashUuid } from "@evenkeel/events";
import type { Journal } from "@evenkeel/journal";
import { failpoint, type Settings } from "@evenkeel/runtime";
import type { TaskHandler } from "@evenkeel/tasks";
import { makePlan } from "./plan.ts";

/** Reads the project's files at their latest revision, to which the run is pinned from here on, and plans. */
export function planTask(journal: Journal, settings: Settings["remediation"]): TaskHandler {
  return {
    async run({ task, note, complete }) {
      const state = task.seen?.state;
      if (state?.phase !== "planning") return complete([]);
      const { target, problem, triggeredid } = state;
      // The same id for every try: it is in the log once, whichever of them came so far.
      await note([{ kind: "get-action.started", id: hashUuid(["started", task.id]), triggeredid, data: target }]);
      await failpoint("plan.after-started");
      const project = await journal.files(target.project);
      const revision = project?.revision ?? "none";
      const data = makePlan({ files: project?.files, revision, target, problem, settings });
      await failpoint("plan.before-finished");
      await complete([
        { kind: "get-action.finished", triggeredid, gitcommitid: project?.revision, data: { ...target, ...data } },
      ]);
    },
    async giveUp(task, why) {
      const state = await journal.state(task.context);
      if (state?.phase !== "planning") return [];
      const data = { ...state.target, status: "errored", result: "fail", reason: "errored", message: why } as const;
      return [{ kind: "get-action.finished", triggeredid: state.triggeredid, data }];
    },
  };
}
