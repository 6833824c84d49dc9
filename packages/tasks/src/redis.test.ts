import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { describeTaskQueue } from "./contract.ts";
import { createTaskQueue } from "./create.ts";
import { hangingProcess } from "./hanging-process-for-test.ts";

const isInstalled = spawnSync("redis-server", ["--version"]).status === 0;

if (!isInstalled)
  describe.skip("tasks on Redis (needs redis-server: apt-get install redis-server)", () => it("skipped"));
else {
  describeTaskQueue("tasks on Redis", async () => {
    const directory = await mkdtemp(join(tmpdir(), "evenkeel-redis-"));
    let server = await startRedis(directory);
    const redisUrl = server.socket;
    return {
      open: (options) => createTaskQueue({ redisUrl, ...options }),
      openHangingProcess: hangingProcess({ redisUrl }),
      accidents: {
        "all keys were lost": () => command(redisUrl, "flushall"),
        "the server was restarted empty": async () => {
          await server.stop();
          server = await startRedis(directory);
        },
        "all connections were cut": () => command(redisUrl, "client", "kill", "type", "normal"),
      },
      async takeAway() {
        await server.stop();
        return {
          async back() {
            server = await startRedis(directory);
          },
        };
      },
      async drop() {
        await server.stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  });

  describe("a task queue on Redis", function () {
    this.timeout(30_000);
    let directory: string;
    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), "evenkeel-redis-"));
    });
    afterEach(() => rm(directory, { recursive: true, force: true }));

    it("warns when Redis may throw its keys away", async () => {
      const server = await startRedis(directory, "--maxmemory-policy", "allkeys-lru");
      const warnings: string[] = [];
      const log = {
        info: () => undefined,
        error: () => undefined,
        warn: (...said: unknown[]) => void warnings.push(String(said[1])),
      };
      const queue = await createTaskQueue({ redisUrl: server.socket, log });
      while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.match(warnings.join(), /set maxmemory-policy to "noeviction"/);
      await queue.close();
      await server.stop();
    });

    it("starts without Redis and works as soon as there is one", async () => {
      const queue = await createTaskQueue({ redisUrl: join(directory, "redis.sock") });
      const taken = new Promise((resolve) => {
        void queue.work("plans", async (wakeup) => resolve(wakeup), { concurrency: 1 });
      });
      await assert.rejects(queue.add("plans", { task: "a", generation: 0 }), /Redis is away/);
      const server = await startRedis(directory);
      for (let added = false; !added;)
        added = await queue.add("plans", { task: "a", generation: 1 }).then(
          () => true,
          () => new Promise<false>((resolve) => setTimeout(() => resolve(false), 50)),
        );
      assert.deepEqual(await taken, { task: "a", generation: 1 });
      await queue.close();
      await server.stop();
    });
  });
}

/** A shell in between ends the server when this process is killed: its input is a pipe that only we hold open. */
async function startRedis(directory: string, ...options: string[]) {
  const socket = join(directory, "redis.sock");
  const script = 'redis-server "$@" & server=$!; read -r _; kill "$server"; wait "$server"';
  const args = ["--port", "0", "--unixsocket", socket, "--dir", directory, "--save", "", ...options];
  const child = spawn("/bin/sh", ["-c", script, "sh", ...args], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(child, "exit");
  const probe = new Redis(socket, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  probe.on("error", () => undefined);
  await probe.ping();
  probe.disconnect();
  return {
    socket,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

async function command(socket: string, name: string, ...args: string[]): Promise<void> {
  const client = new Redis(socket);
  client.on("error", () => undefined);
  await client.call(name, ...args).catch(() => undefined); // "client kill" may end this one, too
  client.disconnect();
}
