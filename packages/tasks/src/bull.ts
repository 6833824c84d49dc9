import { setTimeout as sleep } from "node:timers/promises";
import type { Consumer, Producer, Store, WakeupJob, WorkerSettings } from "./store.ts";
import type { QueueLog, TaskQueue, Wakeup, Working } from "./queue.ts";

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
  const adders = new Map<string, Adder>();
  const working = new Set<Working>();
  let closing: Promise<void> | undefined;

  const adder = (queue: string): Adder => {
    if (closing) throw new Error("the task queue is closed");
    const known = adders.get(queue) ?? adderOf(store.producer(queue));
    adders.set(queue, known);
    return known;
  };

  const add: TaskQueue["add"] = async (queue, wakeup, delayMs) => {
    const job = toJob(wakeup, delayMs);
    const adding = adder(queue);
    const trouble = store.trouble();
    if (trouble) throw trouble;
    try {
      await adding.add(job);
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
    add,
    work,
    close() {
      closing ??= (async () => {
        await Promise.all([...working].map((one) => one.close(CLOSE_GRACE_MS)));
        await Promise.all([...adders.values()].map((one) => one.close()));
        await store.close();
      })();
      return closing;
    },
  };
}

interface Adder {
  /** Resolves when the job is stored; rejects as the whole round trip did. */
  add(job: WakeupJob): Promise<void>;
  close(): Promise<void>;
}

const MOST_AT_ONCE = 500;

/** One round trip at a time: what is added meanwhile goes together in the next one. */
function adderOf(producer: Producer): Adder {
  let waiting: { jobs: WakeupJob[]; sent: Promise<void> } | undefined;
  let sending: Promise<unknown> = Promise.resolve();

  function open(): NonNullable<typeof waiting> {
    const jobs: WakeupJob[] = [];
    const send = async () => {
      if (waiting?.jobs === jobs) waiting = undefined;
      await producer.add(jobs);
    };
    const sent = sending.then(send);
    sending = sent.catch(() => undefined); // told to those who added
    return { jobs, sent };
  }

  return {
    add(job) {
      if (!waiting || waiting.jobs.length >= MOST_AT_ONCE) waiting = open();
      waiting.jobs.push(job);
      return waiting.sent;
    },
    async close() {
      await sending;
      await producer.close();
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
function toJob({ task, generation }: Wakeup, delayMs = 0): WakeupJob {
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
