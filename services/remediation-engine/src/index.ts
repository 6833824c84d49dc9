import type { Journal } from "@evenkeel/journal";
import type { Kubernetes } from "@evenkeel/kubernetes";
import type { Log, Metrics, Outbound, Settings } from "@evenkeel/runtime";
import { startRunner, type Runner, type TaskQueue } from "@evenkeel/tasks";
import { actTask } from "./act-task.ts";
import { notifyTask } from "./notify-task.ts";
import { planTask } from "./plan-task.ts";

export { actionKinds } from "./actions/index.ts";
export { checkActions } from "./check-actions.ts";
export { makePlan } from "./plan.ts";

export interface EngineOptions {
  journal: Journal;
  queue: TaskQueue;
  settings: Settings;
  /** Connected lazily, so that a service without a cluster still plans and explains. */
  kubernetes: () => Promise<Kubernetes>;
  /** For addresses that a project's files name. */
  outbound: Outbound;
  /** For the operator's own escalation webhook. */
  notifyOutbound: Outbound;
  log: Log;
  metrics?: Metrics;
}

/** The service that plans and acts. */
export function startEngine(options: EngineOptions): Promise<Runner> {
  const { journal, queue, settings, notifyOutbound, log } = options;
  return startRunner({
    journal,
    queue,
    name: "remediation-engine",
    concurrency: settings.engine.concurrency,
    log: log.child({ name: "remediation-engine" }),
    handlers: {
      plan: planTask(journal, settings.remediation),
      act: actTask(options),
      notify: notifyTask(journal, settings, notifyOutbound),
    },
  });
}
