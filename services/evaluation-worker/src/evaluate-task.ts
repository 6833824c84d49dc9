import { hashUuid, type DataOf, type NewEvent, type Target } from "@evenkeel/events";
import { failpoint, type Metrics } from "@evenkeel/runtime";
import type { TaskHandler } from "@evenkeel/tasks";
import { evaluateSubject, verdict, type EvaluateServices } from "./evaluate.ts";
import { subjectOf, type Subject } from "./subject.ts";

export function evaluateTask(services: EvaluateServices & { metrics?: Metrics }): TaskHandler {
  const { journal, metrics } = services;
  return {
    async run({ task, signal, note, complete }) {
      const subject = await subjectOf(journal, task);
      if (!subject) return complete([]);
      const { triggeredid, target } = subject;
      // The same id for every try: it is in the log once, whichever of them came so far.
      await note([{ kind: "evaluation.started", id: hashUuid(["started", task.id]), triggeredid, data: target }]);
      await failpoint("evaluate.after-started");
      const outcome = await evaluateSubject(subject, services, (event) => note([event]), signal);
      metrics?.evaluations.inc({ result: outcome.result });
      await failpoint("evaluate.before-finished");
      await complete([finished(subject, outcome)]);
    },
    /** A source that stays away says nothing about the service: inconclusive. */
    async giveUp(task, why) {
      const subject = await subjectOf(journal, task);
      if (!subject) return [];
      metrics?.evaluations.inc({ result: "inconclusive" });
      return [finished(subject, verdict(subject.window, "unknown", "inconclusive", why))];
    },
  };
}

function finished(subject: Subject, outcome: Omit<DataOf<"evaluation.finished">, keyof Target>): NewEvent {
  return {
    kind: "evaluation.finished",
    triggeredid: subject.triggeredid,
    data: { ...subject.target, labels: subject.labels, ...outcome },
  };
}
