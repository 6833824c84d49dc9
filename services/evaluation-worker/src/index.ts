import type { Journal } from "@evenkeel/journal";
import type { Log, Metrics, Outbound, Settings } from "@evenkeel/runtime";
import { startRunner, type Runner, type TaskQueue } from "@evenkeel/tasks";
import { evaluateTask } from "./evaluate-task.ts";
import { waitTask } from "./wait-task.ts";

export { sliProviders } from "./sli-providers/index.ts";

export interface EvaluationWorkerOptions {
  journal: Journal;
  queue: TaskQueue;
  settings: Settings;
  outbound: Outbound;
  log: Log;
  metrics?: Metrics;
}

/** The service that waits and evaluates. */
export function startEvaluationWorker(options: EvaluationWorkerOptions): Promise<Runner> {
  const { journal, queue, settings, log } = options;
  return startRunner({
    journal,
    queue,
    name: "evaluation-worker",
    concurrency: settings.evaluation.concurrency,
    log: log.child({ name: "evaluation-worker" }),
    handlers: { wait: waitTask(journal), evaluate: evaluateTask(options) },
  });
}
