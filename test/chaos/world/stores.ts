import { mkdirSync } from "node:fs";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startEmbedded, type Embedded } from "@evenkeel/embedded";
import { Redis } from "ioredis";
import { eventually } from "../../support/eventually.ts";
import { freePort, run, type Running } from "../../support/processes.ts";

export interface Database {
  url: string;
  embedded: Embedded;
  /** `SIGKILL` to the server, and with `all` to each of its sessions; it is started again by its keeper. */
  kill(all: boolean): void;
}

/** A durable PostgreSQL with a life of its own. */
export async function startDatabase(folder: string): Promise<Database> {
  const embedded = await startEmbedded({ dataDir: join(folder, "postgres") });
  return {
    url: embedded.url,
    embedded,
    kill(all) {
      const pid = embedded.pid;
      const sessions = all ? childrenOf(pid) : [];
      process.kill(pid, "SIGKILL");
      for (const session of sessions) {
        try {
          process.kill(session, "SIGKILL");
        } catch {
          // it has followed its server already
        }
      }
    },
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

export interface RedisServer {
  url: string;
  port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis that keeps nothing: the queue is allowed to lose everything. */
export async function startRedis(folder: string): Promise<RedisServer> {
  const port = await freePort();
  const dir = join(folder, "redis");
  mkdirSync(dir);
  const url = `redis://127.0.0.1:${port}`;
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir];
  const policy = ["--maxmemory-policy", "noeviction"];
  let running: Running | undefined;
  const withClient = async <T>(work: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null, lazyConnect: true });
    client.on("error", () => undefined); // the command that is under way fails with it
    try {
      await client.connect();
      return await work(client);
    } finally {
      client.disconnect();
    }
  };
  const server: RedisServer = {
    url,
    port,
    async start() {
      running = run("redis-server", [...words, ...policy]);
      await eventually("redis answers", () => withClient((client) => client.ping()), { every: 20 });
    },
    async kill() {
      await running?.stop("SIGKILL");
      running = undefined;
    },
    flush: async () => void (await withClient((client) => client.flushall())),
    stop: async () => void (await running?.stop("SIGKILL")),
  };
  await server.start();
  return server;
}
