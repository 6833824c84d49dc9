import type { EventOf } from "@evenkeel/events";
import type { Write } from "@evenkeel/simulator";
import type { History, Violation } from "./history.ts";

const STEP = "evenkeel.dev/action";

interface Step {
  plans: EventOf<"action.started">["data"]["plan"][];
  finished?: EventOf<"action.finished">["data"];
  action?: string;
}

/** I3: a scaling step writes to the cluster at most once, as it had planned in the log before; once when it says pass. */
export function once({ events, writes }: History): Violation[] {
  const found: Violation[] = [];
  const report = (text: string) => found.push({ invariant: "I3", text });
  const steps = stepsOf(events);
  const byStep = new Map<string, Write[]>();
  for (const write of writes) {
    if (write.before === write.after) continue;
    const step = write.annotations[STEP];
    if (!step) report(`a write ${show(write)} names no step`);
    else byStep.set(step, [...(byStep.get(step) ?? []), write]);
  }
  for (const [id, list] of byStep) {
    if (list.length > 1) report(`step ${id} was written ${list.length} times: ${list.map(show).join("; ")}`);
    const plan = steps.get(id)?.plans.at(-1);
    if (!plan) report(`step ${id} was written before its plan was in the log: ${list.map(show).join("; ")}`);
    else if (plan["via"] === "replicas" && (list[0]!.before !== plan["before"] || list[0]!.after !== plan["after"])) {
      report(`step ${id} planned ${String(plan["before"])} → ${String(plan["after"])}, and wrote ${show(list[0]!)}`);
    }
  }
  for (const [id, { action, finished }] of steps) {
    const count = byStep.get(id)?.length ?? 0;
    if (action === "scaling" && finished?.result === "pass" && count === 0)
      report(`step ${id} says pass, and wrote nothing`);
  }
  return found;
}

function stepsOf(events: History["events"]): Map<string, Step> {
  const steps = new Map<string, Step>();
  const of = (context: string, attempt: number): Step => {
    const id = `${context}.${attempt}`;
    const step = steps.get(id) ?? { plans: [] };
    steps.set(id, step);
    return step;
  };
  for (const event of events) {
    if (event.kind === "action.triggered") of(event.context, event.data.attempt).action = event.data.action.action;
    if (event.kind === "action.started") of(event.context, event.data.attempt).plans.push(event.data.plan);
    if (event.kind === "action.finished") of(event.context, event.data.attempt).finished = event.data;
  }
  return steps;
}

const show = ({ verb, path, before, after }: Write) => `${verb} ${path} ${before} → ${after}`;
