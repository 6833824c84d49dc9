import assert from "node:assert/strict";
import type { Event, NewEvent, PlannedAction } from "@evenkeel/events";
import {
  action,
  actionFinished,
  actionStarted,
  evaluated,
  opened,
  plan,
  planRead,
  triggeredidOf,
  waitFinished,
} from "./events-for-test.ts";
import { memoryJournal, type MemoryJournal } from "./journal-for-test.ts";
import type { Finished, Phase, Remediation } from "./state.ts";

/** One run in a journal in memory, for stories told event by event. */
export interface Run {
  readonly state: Remediation;
  readonly journal: MemoryJournal;
  /** Appends, and answers with the kinds of the events that followed from it. */
  post(...events: NewEvent[]): string[];
  /** The same through a worker that holds the open task, so that the task is done. */
  work(answer: (triggeredid: string | undefined, attempt: number) => NewEvent): string[];
  /** Kind and key of the open task. */
  task(): string | undefined;
  end(): Pick<Finished, "status" | "result" | "reason" | "message">;
  triggered(kind: Event["kind"]): Event[];
}

export function runIn(journal: MemoryJournal, context: string): Run {
  const state = () => {
    const found = journal.states.get(context);
    assert.ok(found, `no run ${context}`);
    return found;
  };
  const task = () => journal.tasks().find((open) => open.context === context);
  const kinds = (events: readonly Event[] | undefined, posted: number) =>
    (events ?? []).slice(posted).map((e) => e.kind);
  return {
    journal,
    get state() {
      return state();
    },
    post: (...events) => kinds(journal.append(context, events), events.length),
    work(answer) {
      const open = task();
      assert.ok(open, `a task is open while ${state().phase}`);
      if (open.dueAt) journal.pass(Math.max(0, Date.parse(open.dueAt) - journal.now()));
      const taken = journal.take(open.id);
      assert.ok(taken);
      const now = state();
      const event = answer(triggeredidOf(now), "attempt" in now ? now.attempt : 0);
      return kinds(journal.append(context, [event], taken.lease, "completes"), 1);
    },
    task: () => task()?.key,
    end() {
      const now = state();
      assert.equal(now.phase, "finished");
      if (now.phase !== "finished") throw new Error("unreachable");
      const { status, result, reason, message } = now;
      return { status, result, reason, message };
    },
    triggered: (kind) => journal.log.filter((event) => event.context === context && event.kind === kind),
  };
}

export type Reached = Exclude<Phase, "finished" | "acting"> | "acting, not started" | "acting, started";

/** A run that has come as far as a phase, in its first attempt. */
export function runAt(reached: Reached, actions: readonly PlannedAction[] = [action("first"), action("second")]): Run {
  const journal = memoryJournal();
  if (reached === "queued") journal.append("other", opened("other"));
  journal.append("run", opened("run"));
  const run = runIn(journal, "run");
  if (reached === "queued" || reached === "planning") return run;
  run.work((id) => planRead(id, plan(actions)));
  if (reached === "acting, not started") return run;
  startAction(run);
  if (reached === "acting, started") return run;
  run.work((id, attempt) => actionFinished(id, attempt));
  if (reached === "waiting") return run;
  run.work(waitFinished);
  return run;
}

export function startAction(run: Run): void {
  const { state } = run;
  assert.equal(state.phase, "acting");
  if (state.phase === "acting") run.post(actionStarted(state.triggeredid, state.attempt));
}

/** Acts, waits and evaluates with this verdict. */
export function attempt(run: Run, verdict: Parameters<typeof evaluated>[1]): string[] {
  startAction(run);
  run.work((id, index) => actionFinished(id, index));
  run.work(waitFinished);
  return run.work((id) => evaluated(id, verdict));
}
