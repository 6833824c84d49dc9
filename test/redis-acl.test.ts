import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "@evenkeel/runtime";
import { createTaskQueue } from "@evenkeel/tasks";
import { Redis } from "ioredis";
import { eventually } from "./support/eventually.ts";
import { describeWith, redis } from "./support/needs.ts";
import { freePort, run, temporaryFolder, type Running } from "./support/processes.ts";
import { readText } from "./support/workspace.ts";

describeWith([redis], "deploy/redis/users.acl", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const password = randomUUID();
  let server: Running;
  let port: number;
  let url: string;

  before(async () => {
    port = await freePort();
    const acl = join(folder.path, "users.acl");
    writeFileSync(acl, readText("deploy/redis/users.acl").replace("change-me", password));
    const words = ["--port", String(port), "--dir", folder.path, "--save", "", "--aclfile", acl];
    server = run("redis-server", words);
    url = `redis://evenkeel:${password}@127.0.0.1:${port}`;
    await eventually("redis-server answers", async () => (await told(url, "ping")) === "PONG", { seen: server.output });
  });
  after(async () => {
    await server?.stop();
    folder.remove();
  });

  /** The answer, or the error's first word. */
  async function told(address: string, command: string, ...words: string[]): Promise<string> {
    const client = new Redis(address, { retryStrategy: () => null, lazyConnect: true, enableReadyCheck: false });
    let first: Error | undefined;
    client.on("error", (error) => (first ??= error));
    try {
      await client.connect();
      return String(await client.call(command, ...words));
    } catch (error) {
      return (first ?? (error as Error)).message.split(" ")[0]!;
    } finally {
      client.disconnect();
    }
  }

  it("lets the queue work: at once, late, and many at a time", async () => {
    const queue = await createTaskQueue({ redisUrl: url, log: silentLog });
    const seen: string[] = [];
    await queue.work("plan", async ({ task }) => void seen.push(task), { concurrency: 2 });
    await queue.add("plan", { task: "now", generation: 0 });
    await queue.add("plan", { task: "late", generation: 0 }, 200);
    await Promise.all([
      queue.add("plan", { task: "one", generation: 0 }),
      queue.add("plan", { task: "two", generation: 1 }, 50),
    ]);
    await eventually("all are woken", () => seen.length === 4, { seen: () => seen.join() });
    await queue.close();
    const fresh = await createTaskQueue({ redisUrl: url, log: silentLog });
    await fresh.add("plan", { task: "again", generation: 3 });
    await fresh.close();
  });

  it("lets it do nothing to the server, nor to anybody else's keys", async () => {
    for (const command of [
      ["flushall"],
      ["flushdb"],
      ["config", "get", "*"],
      ["config", "set", "dir", "/"],
      ["keys", "*"],
      ["scan", "0"],
      ["acl", "list"],
      ["shutdown"],
      ["monitor"],
      ["client", "kill", "ID", "1"],
      ["replicaof", "no", "one"],
      ["save"],
      ["module", "list"],
      ["script", "flush"],
      ["publish", "anything", "x"],
      ["subscribe", "anything"],
      ["get", "others:key"],
      ["set", "others:key", "1"],
      ["del", "others:key"],
      ["eval", "return redis.call('get', 'others:key')", "0"],
      ["eval", "return redis.call('flushall')", "0"],
    ])
      assert.match(
        await told(url, command[0]!, ...command.slice(1)),
        // Inside of a script it is the script that fails.
        command[0] === "eval" ? /^(ERR|NOPERM)$/ : /^NOPERM$/,
        command.join(" "),
      );
    assert.equal(await told(url, "set", "evenkeel:mine", "1"), "OK");
  });

  it("lets nobody in who has no password", async () => {
    assert.equal(await told(`redis://127.0.0.1:${port}`, "get", "evenkeel:mine"), "NOAUTH");
    assert.equal(await told(`redis://evenkeel:wrong@127.0.0.1:${port}`, "get", "evenkeel:mine"), "WRONGPASS");
  });
});
