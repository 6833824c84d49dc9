import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError, type Reason } from "@evenkeel/runtime";
import { Queue, Worker } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import { outageLog, reportJobTrouble } from "./outage-log.ts";
import type { Consumer, Producer, Store } from "./store.ts";
import type { QueueLog, Wakeup } from "./queue.ts";

/** How long a start waits for Redis before it goes on without. */
const START_PATIENCE_MS = 2_000;
/** An add that takes longer has failed; the sweeper repeats it. */
const COMMAND_TIMEOUT_MS = 3_000;

const PAUSE_AFTER_FAILURE_MS = 500;

interface RedisStoreOptions {
  url: string;
  prefix: string;
  log: QueueLog;
}

export async function redisStore({ url, prefix, log }: RedisStoreOptions): Promise<Store> {
  const client = connect(url, log, "producer", {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
  });
  client.on("ready", () => void warnOfEviction(client, log));
  await becameReady(client);
  const trouble = () =>
    client.status === "ready" ? undefined : new ProviderError("unreachable", `Redis is away (${client.status})`);

  return {
    trouble,
    explain,
    producer: (name) => redisProducer(name, client, prefix),
    async worker(name, process, options): Promise<Consumer> {
      // Commands of a worker wait for Redis to come back; BullMQ insists on that
      const own = connect(url, log, "worker", { maxRetriesPerRequest: null });
      const worker = new RedisWorker(name, (job) => process(job.data), { ...options, connection: own, prefix });
      worker.on("error", (error) => {
        if (reasonOf(error.message) !== "unreachable") reportJobTrouble(log, name, error); // the clients report those
      });
      return {
        async close() {
          await worker.close();
          own.disconnect();
        },
        drop() {
          own.disconnect();
          worker.stopExtending();
          worker
            .getBackend()
            .close(true)
            .catch(() => undefined);
        },
      };
    },
    async close() {
      client.disconnect();
    },
  };
}

/** BullMQ asks again the next moment when the taking of a job fails, as fast as the processor allows. */
class RedisWorker extends Worker<Wakeup, void> {
  protected override async moveToActive(token: string, name?: string) {
    try {
      return await super.moveToActive(token, name);
    } catch (error) {
      await sleep(PAUSE_AFTER_FAILURE_MS);
      throw error;
    }
  }

  /** BullMQ goes on with it until the last job has ended, which of a worker that is dropped may never come. */
  stopExtending(): void {
    void this.lockManager.close();
  }
}

function redisProducer(name: string, client: Redis, prefix: string): Producer {
  const open = () => {
    const queue = new Queue<Wakeup>(name, {
      connection: client,
      prefix,
      // nobody reads the queue's own event stream; the log of events is the journal
      streams: { events: { maxLen: 100 } },
    });
    queue.on("error", () => undefined); // the client reports them once, for all queues
    // BullMQ remembers a first connection that failed and never asks again
    queue.waitUntilReady().catch(() => {
      if (current === queue) current = undefined;
    });
    return queue;
  };
  let current: ReturnType<typeof open> | undefined;
  return {
    add: (jobs) => (current ??= open()).addBulk([...jobs]),
    close: async () => current?.close(),
  };
}

function connect(url: string, log: QueueLog, part: string, options: RedisOptions): Redis {
  const client = new Redis(url, { ...options, retryStrategy: (times) => Math.min(100 * times, 2_000) });
  const outages = outageLog(log, { part, store: "redis" });
  client.on("error", outages.trouble);
  client.on("ready", outages.works);
  return client;
}

async function becameReady(client: Redis): Promise<void> {
  const ready = new Promise<void>((resolve) => client.once("ready", () => resolve()));
  await Promise.race([ready, sleep(START_PATIENCE_MS, undefined, { ref: false })]);
}

/** Redis may throw any key away under another policy, also the queue's own. */
async function warnOfEviction(client: Redis, log: QueueLog): Promise<void> {
  const info = await client.info("memory").catch(() => "");
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy && policy !== "noeviction")
    log.warn({ policy }, 'Redis drops keys when its memory is full: set maxmemory-policy to "noeviction"');
}

function explain(error: unknown): ProviderError {
  const message = error instanceof Error ? error.message : String(error);
  return new ProviderError(reasonOf(message), `Redis did not take the wake-up: ${message}`, { cause: error });
}

function reasonOf(message: string): Reason {
  if (/timed? ?out/i.test(message)) return "timeout";
  if (/^(NOAUTH|WRONGPASS|NOPERM)/.test(message)) return "auth";
  if (/^(OOM|READONLY|LOADING|MISCONF|BUSY|CLUSTERDOWN|MASTERDOWN)/.test(message)) return "server-error";
  if (
    /^(Connection is closed|Stream isn't writeable|Reached the max retries|connect |read |write |getaddrinfo)/.test(
      message,
    )
  )
    return "unreachable";
  return "server-error";
}
