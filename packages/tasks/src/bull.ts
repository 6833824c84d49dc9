import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, Producer, Store, WakeupJob, WorkerSettings } from "./store.ts";
import type { QueueLog, TaskQueue, Wakeup, WakeupAt, Working } from "./queue.ts";

/**
 * With BullMQ's defaults a killed worker's job comes back after a minute, and after the second kill never.
 * These bring it back within about 13 s, always; the next generation of the task does not wait for that.
 */
const WORKER = {
  lockDuration: 10_000,
  stalledInterval: 3_000,
  maxStalledCount: 1_000_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  runRetryDelay: 500,
} as const satisfies Partial<WorkerSettings>;

const CLOSE_GRACE_MS = 10_000;

export function bullTaskQueue(store: Store, log: QueueLog): TaskQueue {
  const producers = new Map<string, Producer>();
  const working = new Set<Working>();
  let closing: Promise<void> | undefined;

  const producer = (queue: string): Producer => {
    if (closing) throw new Error("the task queue is closed");
    const known = producers.get(queue) ?? store.producer(queue);
    producers.set(queue, known);
    return known;
  };

  const addMany = async (queue: string, wakeups: readonly WakeupAt[]): Promise<void> => {
    const jobs = wakeups.map(toJob);
    if (jobs.length === 0) return;
    const adding = producer(queue);
    const trouble = store.trouble();
    if (trouble) throw trouble;
    try {
      await adding.add(jobs);
    } catch (error) {
      throw store.explain(error);
    }
  };

  const work: TaskQueue["work"] = async (queue, handler, { concurrency }) => {
    if (closing) throw new Error("the task queue is closed");
    const running = new Set<Promise<void>>();
    const handle = async (data: unknown): Promise<void> => {
      const wakeup = parseWakeup(data);
      if (!wakeup) return log.error({ queue, data }, "not a wake-up, dropped");
      try {
        await handler(wakeup);
      } catch (error) {
        log.error({ queue, ...wakeup, err: error }, "handler failed");
      }
    };
    const run = (data: unknown): Promise<void> => {
      const done = handle(data).finally(() => running.delete(done));
      running.add(done);
      return done;
    };
    const consumer = await store.worker(queue, run, { ...WORKER, concurrency });
    const stopper = stopperOf(consumer, {
      finished: async () => void (await Promise.all(running)),
      isAway: () => store.trouble() !== undefined,
      onStopped: () => working.delete(stopper),
    });
    working.add(stopper);
    return stopper;
  };

  return {
    add: (queue, wakeup, delayMs) => addMany(queue, [{ ...wakeup, delayMs }]),
    addMany,
    work,
    close() {
      closing ??= (async () => {
        await Promise.all([...working].map((one) => one.close(CLOSE_GRACE_MS)));
        await Promise.all([...producers.values()].map((one) => one.close()));
        await store.close();
      })();
      return closing;
    },
  };
}

interface StopperParts {
  /** resolves when the handlers that run now have ended */
  finished(): Promise<void>;
  isAway(): boolean;
  onStopped(): void;
}

function stopperOf(consumer: Consumer, { finished, isAway, onStopped }: StopperParts): Working {
  let closed: Promise<"closed"> | undefined;
  const stop = async (graceMs: number | undefined) => {
    closed ??= consumer.close().then(() => "closed");
    closed.catch(() => undefined); // may fail long after we stopped waiting
    const givenUp = new AbortController();
    const waits: Promise<unknown>[] = [closed];
    if (graceMs !== undefined) waits.push(sleep(graceMs, undefined, { signal: givenUp.signal }).catch(() => undefined));
    if (isAway()) waits.push(finished()); // their end cannot be put on record
    const outcome = await Promise.race(waits).finally(() => givenUp.abort());
    if (outcome !== "closed") consumer.drop();
    onStopped();
  };
  return { close: stop };
}

/**
 * A job that is kept after its end, or one that waits, swallows the adding of another one with its id without a word;
 * so none is kept, and the generation is part of the id.
 */
function toJob({ task, generation, delayMs = 0 }: WakeupAt): WakeupJob {
  if (!task || task.includes(":")) throw new TypeError(`task id ${JSON.stringify(task)} is empty or has a colon`);
  if (!Number.isSafeInteger(generation)) throw new TypeError(`generation ${generation} is not a whole number`);
  return {
    name: "wakeup",
    data: { task, generation },
    opts: {
      jobId: `${task}.${generation}`,
      delay: Math.max(0, Math.ceil(delayMs)),
      attempts: 1,
      removeOnComplete: true,
      removeOnFail: true,
    },
  };
}

function parseWakeup(data: unknown): Wakeup | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { task, generation } = data as { task?: unknown; generation?: unknown };
  return typeof task === "string" && typeof generation === "number" ? { task, generation } : undefined;
}
