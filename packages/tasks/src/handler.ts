import type { NewEvent } from "@evenkeel/events";
import type { Appended, NewEvents, TakenTask } from "@evenkeel/journal";
import type { Log } from "@evenkeel/runtime";

export type TaskKind = TakenTask["kind"];

/** What a handler may use while it holds its task. */
export interface TaskRun {
  task: TakenTask;
  /** Aborted when the lease is lost, the deadline has passed, or the process stops. */
  signal: AbortSignal;
  log: Log;
  /** Appends under this run's lease. Throws `LeaseLost` when it is not ours any more: stop, nothing was stored. */
  note(events: readonly NewEvent[]): Promise<Appended>;
  /** Appends and finishes the task. Does nothing when it was finished already. */
  complete(events: NewEvents): Promise<void>;
}

export interface TaskHandler {
  run(run: TaskRun): Promise<void>;
  /** The events that end the step when it cannot be done: outside trouble past the deadline, or the fifth crash. */
  giveUp(task: TakenTask, why: string): Promise<readonly NewEvent[]> | readonly NewEvent[];
}

/** The worker has lost its task to another: whatever it was about to write must not be written. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}
