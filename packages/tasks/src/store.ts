import type { ProviderError } from "@evenkeel/runtime";
import type { JobsOptions, WorkerOptions } from "bullmq";
import type { Wakeup } from "./queue.ts";

/** What differs between BullMQ on Redis and on Postgres. */
export interface Store {
  producer(queue: string): Producer;
  worker(queue: string, process: (data: unknown) => Promise<void>, options: WorkerSettings): Promise<Consumer>;
  /** Trouble known without asking; an add is then refused at once. */
  trouble(): ProviderError | undefined;
  /** Names what an operation of BullMQ failed with. */
  explain(error: unknown): ProviderError;
  close(): Promise<void>;
}

export type WorkerSettings = Pick<
  WorkerOptions,
  | "concurrency"
  | "lockDuration"
  | "stalledInterval"
  | "maxStalledCount"
  | "removeOnComplete"
  | "removeOnFail"
  | "runRetryDelay"
>;

export interface WakeupJob {
  name: string;
  data: Wakeup;
  opts: JobsOptions;
}

export interface Producer {
  add(jobs: readonly WakeupJob[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface Consumer {
  /** Resolves when the running handlers have ended and that is on record; maybe never while the store is away. */
  close(): Promise<void>;
  /** Gives up on a `close` that does not come to its end: drops the connections. */
  drop(): void;
}
