import { holdsTarget, openTask, type Remediation } from "@evenkeel/remediation";
import type { History, Violation } from "./history.ts";

/** I2: every run is finished, or has exactly the one open task that its phase asks for, or waits for another or a person. */
export function decided(history: History): Violation[] {
  const found: Violation[] = [];
  const states = [...history.remediations.values()];
  for (const state of states) {
    const open = history.tasks.filter(({ context, parkedAt }) => context === state.context && !parkedAt);
    const wanted = openTask(state)?.key;
    const keys = open.map(({ key }) => key);
    if (keys.length !== (wanted ? 1 : 0) || (wanted && keys[0] !== wanted)) {
      const has = keys.length === 0 ? "no open task" : `open tasks ${keys.join(", ")}`;
      found.push({ invariant: "I2", text: `${named(state)} has ${has}, and needs ${wanted ?? "none"}` });
    }
    const why = stuck(state, states, history.settled);
    if (why) found.push({ invariant: "I2", text: `${named(state)} ${why}` });
  }
  found.push(...unexplained(history));
  return found;
}

function stuck(state: Remediation, all: readonly Remediation[], settled: boolean): string | undefined {
  if (state.phase === "finished" || state.paused) return undefined;
  const isServed = (other: Remediation) => holdsTarget(other) && sameTarget(other, state);
  if (state.phase === "queued" && !all.some(isServed)) return "waits in line though nobody holds its target";
  return settled ? "is not finished though everything has come to rest" : undefined;
}

/** A parked task without a word in the log is a silent end. */
function unexplained({ tasks, events }: History): Violation[] {
  const told = new Set(events.flatMap((event) => (event.kind === "task.parked" ? [event.data.task] : [])));
  return tasks
    .filter(({ id, parkedAt, error }) => parkedAt && (!error || !told.has(id)))
    .map(({ id, context }) => ({
      invariant: "I2" as const,
      text: `task ${id} of ${context} is parked without a reason in the log`,
    }));
}

function sameTarget({ target: a }: Remediation, { target: b }: Remediation): boolean {
  return a.project === b.project && a.stage === b.stage && a.service === b.service;
}

const named = ({ context, phase }: Remediation) => `context ${context} (${phase})`;
