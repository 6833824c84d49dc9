import { silentLog } from "@evenkeel/runtime";
import { bullTaskQueue } from "./bull.ts";
import { postgresStore } from "./postgres-store.ts";
import { redisStore } from "./redis-store.ts";
import type { QueueLog, TaskQueue } from "./queue.ts";

export interface TaskQueueOptions {
  /** wins when both are given; `redis://`, `rediss://`, or the path of a unix socket */
  redisUrl?: string;
  /** A session of its own is needed for LISTEN, so no pooler in transaction mode in between. */
  databaseUrl?: string;
  /** keeps several installations on one store apart; default `evenkeel` */
  prefix?: string;
  log?: QueueLog;
}

/**
 * A queue on Redis, or on Postgres in its schema `bullmq`, which is created when missing.
 * @throws ProviderError when Postgres is away. A Redis that is away is waited for in the background instead.
 */
export async function createTaskQueue(options: TaskQueueOptions): Promise<TaskQueue> {
  const { redisUrl, databaseUrl, prefix = "evenkeel", log = silentLog } = options;
  if (redisUrl) return bullTaskQueue(await redisStore({ url: redisUrl, prefix, log }), log);
  if (databaseUrl) return bullTaskQueue(await postgresStore({ url: databaseUrl, prefix, log }), log);
  throw new TypeError("createTaskQueue needs redisUrl or databaseUrl");
}
