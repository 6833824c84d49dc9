import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError, type Reason } from "@evenkeel/runtime";
import { createPostgresBackend, runMigrations, withBackend, type Queue } from "bullmq";
import pg from "pg";
import { outageLog, reportJobTrouble } from "./outage-log.ts";
import { isConnectionTrouble, patientPool, SCHEMA, withSession } from "./postgres-pool.ts";
import type { Consumer, Producer, Store, WakeupJob } from "./store.ts";
import type { QueueLog, Wakeup } from "./queue.ts";

const { Queue: PostgresQueue, Worker: BullWorker } = withBackend(createPostgresBackend);

/** An add that takes longer has failed; the sweeper repeats it. */
const COMMAND_TIMEOUT_MS = 3_000;
/** A worker that gets no connection at its start ends its process: as patient as the journal. */
const WORKER_CONNECT_MS = 5_000;
const PRODUCER_CONNECTIONS = 3;
/** One of them listens. */
const WORKER_CONNECTIONS = 3;

const PAUSE_AFTER_FAILURE_MS = 500;

interface PostgresStoreOptions {
  url: string;
  prefix: string;
  log: QueueLog;
}

export async function postgresStore({ url, prefix, log }: PostgresStoreOptions): Promise<Store> {
  await migrate(url);
  const producing = connect(url, log, "producer", {
    max: PRODUCER_CONNECTIONS,
    query_timeout: COMMAND_TIMEOUT_MS,
  });
  const nameOf = (queue: string) => `${prefix}.${queue}`;

  return {
    trouble: () => undefined, // a refused connection is as fast as a look at its state
    explain,
    producer(queue): Producer {
      const bull = new PostgresQueue<Wakeup, void>(
        nameOf(queue),
        // nobody reads the queue's own events; the log of events is the journal
        { connection: producing, streams: { events: { maxLen: 100 } } },
      );
      bull.on("error", () => undefined); // the pool reports them once, for all queues
      return { add: (jobs) => addTo(bull, jobs), close: () => bull.close() };
    },
    async worker(queue, process, options): Promise<Consumer> {
      const own = connect(url, log, "worker", {
        max: WORKER_CONNECTIONS,
        connectionTimeoutMillis: WORKER_CONNECT_MS,
      });
      const worker = new PostgresWorker(nameOf(queue), (job) => process(job.data), {
        ...options,
        connection: own,
      });
      worker.on("error", (error) => {
        if (!isConnectionTrouble(error)) reportJobTrouble(log, queue, error); // the pool reports those
      });
      const close = async () => {
        await worker.close();
        await own.end();
      };
      try {
        await worker.waitUntilReady();
      } catch (error) {
        await close();
        throw explain(error);
      }
      return {
        close,
        drop() {
          worker.stopExtending();
          worker
            .getBackend()
            .close(true)
            .catch(() => undefined);
          own.end().catch(() => undefined);
        },
      };
    },
    close: () => producing.end(),
  };
}

/** A bulk makes two temporary tables in the database, whatever its size. */
function addTo(bull: Pick<Queue<Wakeup, void>, "add" | "addBulk">, jobs: readonly WakeupJob[]): Promise<unknown> {
  const [only, ...others] = jobs;
  if (!only) return Promise.resolve();
  return others.length === 0 ? bull.add(only.name, only.data, only.opts) : bull.addBulk([...jobs]);
}

/** BullMQ asks again the next moment when the taking of a job fails, as fast as the processor allows. */
class PostgresWorker extends BullWorker<Wakeup, void> {
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

async function migrate(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined); // what is under way fails with it
  try {
    await client.connect();
    await runMigrations(client, SCHEMA);
  } catch (error) {
    throw explain(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connect(url: string, log: QueueLog, part: string, config: pg.PoolConfig) {
  const pool = new pg.Pool({
    connectionString: withSession(url),
    connectionTimeoutMillis: COMMAND_TIMEOUT_MS,
    keepAlive: true,
    application_name: `evenkeel queue ${part}`,
    ...config,
  });
  return patientPool(pool, outageLog(log, { part, store: "postgres" }));
}

function explain(error: unknown): ProviderError {
  const message = error instanceof Error ? error.message : String(error);
  return new ProviderError(reasonOf(error, message), `Postgres did not take part in the queue: ${message}`, {
    cause: error,
  });
}

function reasonOf(error: unknown, message: string): Reason {
  if (/time-?d? ?out/i.test(message)) return "timeout";
  if (isConnectionTrouble(error)) return "unreachable";
  const code = String((error as { code?: unknown }).code ?? "");
  if (code.startsWith("28") || code === "42501") return "auth";
  return "server-error";
}
