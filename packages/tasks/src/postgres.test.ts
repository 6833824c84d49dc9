import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import assert from "node:assert/strict";
import { startEmbedded } from "@evenkeel/embedded";
import { testDatabase } from "@evenkeel/embedded/testing";
import { ProviderError } from "@evenkeel/runtime";
import pg from "pg";
import { describeTaskQueue } from "./contract.ts";
import { createTaskQueue } from "./create.ts";
import { withSession } from "./postgres-pool.ts";
import { hangingProcess } from "./hanging-process-for-test.ts";

describeTaskQueue("tasks on Postgres", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "evenkeel-tasks-"));
  let server = await startEmbedded({ dataDir });
  const { url: databaseUrl } = server;
  const stop = () => server.stop();
  return {
    open: (options) => createTaskQueue({ databaseUrl, ...options }),
    openHangingProcess: hangingProcess({ databaseUrl }),
    accidents: {
      "all connections were cut": () => cutConnections(databaseUrl),
      "the server was killed": async () => void process.kill(server.pid, "SIGKILL"),
    },
    async takeAway() {
      await stop();
      return {
        async back() {
          server = await startEmbedded({ dataDir });
        },
      };
    },
    async drop() {
      await stop();
      await rm(dataDir, { recursive: true });
    },
  };
});

describe("a task queue on Postgres", () => {
  it("does not wait for the disk, as nothing is lost with it", async () => {
    const database = await testDatabase();
    const own = new URL(database.url);
    own.searchParams.set("options", "-c synchronous_commit=on -c work_mem=8MB");
    const client = new pg.Client({ connectionString: withSession(own.href) });
    await client.connect();
    const settings = ["synchronous_commit", "work_mem", "search_path"];
    const { rows } = await client.query<{ value: string }>("select current_setting(unnest($1::text[])) as value", [
      settings,
    ]);
    await client.end();
    await database.drop();
    assert.deepEqual(
      rows.map(({ value }) => value),
      ["off", "8MB", "bullmq"],
    );
  });

  it("says so when the database is away at the start", async () => {
    await assert.rejects(
      createTaskQueue({ databaseUrl: "postgresql://nobody@127.0.0.1:1/none" }),
      (error) => error instanceof ProviderError && error.reason === "unreachable",
    );
  });

  it("can share its database and be opened by many at once", async () => {
    const database = await testDatabase();
    const queues = await Promise.all([1, 2, 3].map(() => createTaskQueue({ databaseUrl: database.url })));
    await Promise.all(queues.map((queue) => queue.close()));
    await database.drop();
  });
});

async function cutConnections(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null",
  );
  await client.end();
}
