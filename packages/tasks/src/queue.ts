import type { Log } from "@evenkeel/runtime";

/**
 * Tells a worker to look at a task. It carries ids only: what there is to do, and whether there still is, is in the
 * journal, so a wake-up may be lost, late or delivered twice.
 */
export interface Wakeup {
  /** the task's id; no colons */
  task: string;
  /** the task's lease generation, a whole number; the same task with the next generation is another wake-up */
  generation: number;
}

export interface Working {
  /** Takes no more wake-ups and waits for the handlers that run, at most graceMs (default: until they end). */
  close(graceMs?: number): Promise<void>;
}

/** Wakes workers, in this process and in others. Loses connections without harm and finds back by itself. */
export interface TaskQueue {
  /**
   * Wakes one worker of the queue after delayMs; does nothing when the same wake-up is already waiting. Many at a time
   * share their round trips.
   * @throws ProviderError at once when the store is away; the sweeper tries again
   */
  add(queue: string, wakeup: Wakeup, delayMs?: number): Promise<void>;
  /** Runs the handler for each wake-up. What it throws is logged; nothing is tried again without another `add`. */
  work(queue: string, handler: (wakeup: Wakeup) => Promise<void>, options: { concurrency: number }): Promise<Working>;
  /** Closes what `work` opened, waiting at most 10 s for running handlers, and the connections. */
  close(): Promise<void>;
}

export type QueueLog = Pick<Log, "info" | "warn" | "error">;
