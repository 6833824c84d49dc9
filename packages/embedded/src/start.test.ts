import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { lockDirectory } from "./lock.ts";
import { makeRequested } from "./place.ts";
import { isAlive } from "./processes.ts";
import { type Embedded, startEmbedded } from "./start.ts";

describe("the embedded PostgreSQL", function () {
  this.timeout(60_000);
  let directory: string;
  let running: Embedded[] = [];
  const start = async (options: Partial<Parameters<typeof startEmbedded>[0]> = {}) => {
    const server = await startEmbedded({ dataDir: join(directory, "data"), ...options });
    running.push(server);
    return server;
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "evenkeel-embedded-"));
    await chmod(directory, 0o755);
  });
  afterEach(async () => {
    for (const server of running.splice(0)) await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("keeps its data and its address from one start to the next", async () => {
    const first = await start();
    await query(first.url, "create table kept as select 42 as answer");
    await first.stop();
    assert.equal(isAlive(first.pid), false);

    const progress: string[] = [];
    const second = await start({ onProgress: (line) => progress.push(line) });
    assert.equal(second.url, first.url);
    assert.deepEqual(await query(second.url, "select answer from kept"), [{ answer: 42 }]);
    assert.deepEqual(progress, []);
  });

  it("asks for its password and listens on no network address", async () => {
    const { url } = await start();
    const wrong = new URL(url);
    wrong.password = "guessed";
    await assert.rejects(query(wrong.href, "select 1"), /password authentication failed/);
    assert.deepEqual(await query(url, "show listen_addresses"), [{ listen_addresses: "" }]);
    assert.deepEqual(await query(url, "show fsync"), [{ fsync: "on" }]);
    assert.deepEqual(await query(url, "show idle_in_transaction_session_timeout"), [
      { idle_in_transaction_session_timeout: "10s" },
    ]);
    const password = await stat(join(directory, "data", "pgdata", "evenkeel.password"));
    assert.equal(password.mode & 0o777, 0o600);
  });

  it("refuses a second start on the same directory and names the process", async () => {
    const both = await Promise.allSettled([start(), start()]);
    const refused = both.find((result) => result.status === "rejected");
    assert.equal(both.filter((result) => result.status === "fulfilled").length, 1);
    assert.match(String(refused?.reason), new RegExp(`in use by process ${process.pid}: stop that one first`));
  });

  it("refuses a start while another one has not yet chosen where the data goes", async () => {
    const { requested } = await makeRequested(join(directory, "data"));
    const unlock = await lockDirectory(requested);
    await assert.rejects(start(), new RegExp(`in use by process ${process.pid}`));
    assert.deepEqual(await readdir(requested), ["lock"]);
    await unlock();
  });

  it("starts again by itself after a crash, at the same address", async () => {
    const server = await start();
    const crashed = server.pid;
    await query(server.url, "create table kept as select 42 as answer");
    process.kill(crashed, "SIGKILL");
    assert.deepEqual(await queryWhenUp(server.url, "select answer from kept"), [{ answer: 42 }]);
    assert.notEqual(server.pid, crashed);
  });

  it("removes an ephemeral directory when it stops", async () => {
    const server = await start({ ephemeral: true });
    await query(server.url, "select 1");
    await server.stop();
    assert.deepEqual(await readdir(directory), []);
  });

  it("leaves a stranger's files in an ephemeral directory alone", async () => {
    await mkdir(join(directory, "data"));
    await writeFile(join(directory, "data", "notes.txt"), "mine");
    await (await start({ ephemeral: true })).stop();
    assert.deepEqual(await readdir(join(directory, "data")), ["notes.txt"]);
  });

  it("refuses to make kept data ephemeral", async () => {
    await (await start()).stop();
    await assert.rejects(start({ ephemeral: true }), /holds data that is not ephemeral/);
    assert.ok(existsSync(join(directory, "data", "pgdata", "PG_VERSION")));
  });

  it("puts its socket elsewhere when the path to the data is too long for one", async () => {
    const dataDir = join(directory, "d".repeat(100));
    const server = await start({ dataDir });
    assert.deepEqual(await query(server.url, "select 1 as one"), [{ one: 1 }]);
    await server.stop();
    const socketDirectory = new URL(server.url).searchParams.get("host") ?? "";
    assert.ok(!socketDirectory.startsWith(dataDir));
    assert.equal(existsSync(socketDirectory), false);
  });

  it("throws away what an interrupted first start left and begins again", async () => {
    await mkdir(join(directory, "data", "pgdata.new-0a1b2c3d", "base"), { recursive: true });
    await writeFile(join(directory, "data", "pgdata.new-0a1b2c3d", "PG_VERSION"), "18\n");
    const server = await start();
    assert.deepEqual(await query(server.url, "select 1 as one"), [{ one: 1 }]);
    const entries = await readdir(join(directory, "data"));
    assert.deepEqual(
      entries.filter((entry) => entry.includes("new")),
      [],
    );
  });

  it("starts although a pid file names a process that is not PostgreSQL", async () => {
    await (await start()).stop();
    const pidFile = join(directory, "data", "pgdata", "postmaster.pid");
    await writeFile(pidFile, `${process.ppid}\n${join(directory, "data", "pgdata")}\n1\n5432\n\n\n\nready\n`);
    const server = await start();
    assert.deepEqual(await query(server.url, "select 1 as one"), [{ one: 1 }]);
    assert.equal((await readFile(pidFile, "utf8")).split("\n")[0], String(server.pid));
  });

  it("says what to do with data of another PostgreSQL version", async () => {
    const first = await start();
    await first.stop();
    await writeFile(join(directory, "data", "pgdata", "PG_VERSION"), "15\n");
    await assert.rejects(start(), /made by PostgreSQL 15 and this is 18\.\d+: dump it/);
    assert.ok(!existsSync(join(directory, "data", "lock")), "a failed start gives the directory back");
  });

  it("refuses a directory whose data is not PostgreSQL's", async () => {
    await mkdir(join(directory, "data", "pgdata"), { recursive: true });
    await writeFile(join(directory, "data", "pgdata", "letter.txt"), "");
    await assert.rejects(start(), /is not a PostgreSQL data directory: move it away|belongs to user/);
    assert.ok(existsSync(join(directory, "data", "pgdata", "letter.txt")));
  });
});

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function queryWhenUp(url: string, sql: string): Promise<unknown[]> {
  for (;;) {
    const rows = await query(url, sql).catch(() => undefined);
    if (rows) return rows;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
