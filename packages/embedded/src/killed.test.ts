import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { parsePasswd } from "./account.ts";
import { findPrograms, shippedFiles } from "./programs.ts";
import { gone, isAlive, run } from "./processes.ts";
import { type Embedded, startEmbedded } from "./start.ts";

const isRoot = process.getuid?.() === 0;
const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const script = fileURLToPath(new URL("./serve-for-test.ts", import.meta.url));

interface Served {
  process: ChildProcess;
  progress: string[];
  url: string;
  pid: number;
  error?: string;
}

describe("the embedded PostgreSQL when things are killed", function () {
  this.timeout(60_000);
  let directory: string;
  let dataDir: string;
  let children: ChildProcess[] = [];
  let server: Embedded | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "evenkeel-killed-"));
    await chmod(directory, 0o755);
    dataDir = join(directory, "data");
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
    for (const child of children.splice(0)) await kill(child);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  const serve = async (mode?: "ephemeral", identity?: { uid: number; gid: number }): Promise<Served> => {
    const child = spawn(process.execPath, ["--import", loader, script, dataDir, mode ?? "kept"], {
      stdio: ["pipe", "pipe", "inherit"],
      ...(identity ? { ...identity, env: { PATH: process.env["PATH"] ?? "", HOME: directory } } : {}),
    });
    children.push(child);
    const progress: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as Partial<Served> & { progress?: unknown };
      if (typeof said.progress === "string") progress.push(said.progress);
      else return { process: child, progress, url: said.url ?? "", pid: said.pid ?? 0, error: said.error };
    }
    throw new Error("the server process ended and said nothing");
  };
  const watchdogPid = async () => Number(await readFile(join(dataDir, "watchdog.pid"), "utf8"));

  it("stops PostgreSQL when the process that started it is killed", async () => {
    const first = await serve();
    await query(first.url, "create table kept as select 42 as answer");
    await kill(first.process);
    assert.ok(await gone(first.pid, 30_000));
    server = await startEmbedded({ dataDir });
    assert.deepEqual(await query(server.url, "select answer from kept"), [{ answer: 42 }]);
  });

  it("can be started again at once after the process was killed", async () => {
    const first = await serve();
    await query(first.url, "create table kept as select 42 as answer");
    await kill(first.process);
    server = await startEmbedded({ dataDir });
    assert.deepEqual(await query(server.url, "select answer from kept"), [{ answer: 42 }]);
  });

  it("takes over from a PostgreSQL that was left running", async () => {
    const first = await serve();
    await query(first.url, "create table kept as select 42 as answer");
    process.kill(await watchdogPid(), "SIGKILL");
    await kill(first.process);
    assert.ok(isAlive(first.pid));

    const progress: string[] = [];
    server = await startEmbedded({ dataDir, onProgress: (line) => progress.push(line) });
    assert.equal(isAlive(first.pid), false);
    assert.deepEqual(progress, [`stopping PostgreSQL (process ${first.pid}), which an earlier run left behind`]);
    assert.deepEqual(await query(server.url, "select answer from kept"), [{ answer: 42 }]);
  });

  it("starts after everything was killed at once", async () => {
    const first = await serve();
    await query(first.url, "create table kept as select 42 as answer");
    process.kill(await watchdogPid(), "SIGKILL");
    process.kill(first.pid, "SIGKILL");
    await kill(first.process);
    server = await startEmbedded({ dataDir });
    assert.deepEqual(await query(server.url, "select answer from kept"), [{ answer: 42 }]);
  });

  it("names the other process when that one has the directory", async () => {
    const first = await serve();
    await assert.rejects(
      startEmbedded({ dataDir }),
      new RegExp(`data is in use by process ${first.process.pid}: stop that one first`),
    );
    assert.deepEqual(await query(first.url, "select 1 as one"), [{ one: 1 }]);
  });

  it("leaves nothing of an ephemeral server whose process was killed", async () => {
    const first = await serve("ephemeral");
    const watchdog = await watchdogPid();
    await kill(first.process);
    assert.ok(await gone(watchdog, 30_000));
    assert.equal(isAlive(first.pid), false);
    assert.equal(existsSync(dataDir), false);
  });

  it("survives being killed in the middle of its first start", async () => {
    const child = spawn(process.execPath, ["--import", loader, script, dataDir, "kept"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      assert.match(line, /creating the database/);
      break;
    }
    await kill(child);
    server = await startEmbedded({ dataDir });
    assert.deepEqual(await query(server.url, "select 1 as one"), [{ one: 1 }]);
  });

  it("runs as an ordinary user", async function () {
    const nobody = parsePasswd(await readFile("/etc/passwd", "utf8")).find(({ name }) => name === "nobody");
    if (!isRoot || !nobody)
      return skip(this, "needs root and a user nobody; as an ordinary user every other test shows it");
    const canRead = await run("/bin/sh", ["-c", 'test -r "$1"', "sh", script], nobody);
    if (canRead.code !== 0) return skip(this, `user nobody cannot read ${script}`);
    await chown(directory, nobody.uid, nobody.gid);
    const first = await serve(undefined, nobody);
    assert.equal(first.error, undefined);
    assert.deepEqual(await query(first.url, "select 1 as one"), [{ one: 1 }]);
    await kill(first.process);
    server = await startEmbedded({ dataDir });
    assert.deepEqual(await query(server.url, "select 1 as one"), [{ one: 1 }], "the same data, later, as root");
  });

  it("keeps the data elsewhere when only root may enter the directory", async function () {
    if (!isRoot) return skip(this, "needs root");
    await chmod(directory, 0o700);
    const progress: string[] = [];
    server = await startEmbedded({ dataDir, onProgress: (line) => progress.push(line) });
    await query(server.url, "create table kept as select 42 as answer");
    await server.stop();
    assert.match(progress[0] ?? "", /is closed to user \w+, whom PostgreSQL runs as; the data is in \/var\/lib\//);
    const store = (await readFile(join(dataDir, "location"), "utf8")).trim();
    try {
      server = await startEmbedded({ dataDir });
      assert.deepEqual(await query(server.url, "select answer from kept"), [{ answer: 42 }]);
      await server.stop();
    } finally {
      await rm(store, { recursive: true });
    }
  });

  it("removes ephemeral data that is elsewhere, too", async function () {
    if (!isRoot) return skip(this, "needs root");
    await chmod(directory, 0o700);
    server = await startEmbedded({ dataDir, ephemeral: true });
    const store = (await readFile(join(dataDir, "location"), "utf8")).trim();
    await server.stop();
    assert.equal(existsSync(store), false);
    assert.equal(existsSync(dataDir), false);
  });

  it("copies PostgreSQL's files once when they cannot be run from where they are", async function () {
    if (!isRoot) return skip(this, "needs root");
    const nobody = parsePasswd(await readFile("/etc/passwd", "utf8")).find(({ name }) => name === "nobody");
    const closed = join(directory, "closed");
    await mkdir(closed, { mode: 0o700 });
    const { native, label } = await shippedFiles();
    await run("/bin/cp", ["-R", native, closed]);
    const progress: string[] = [];
    const find = () =>
      findPrograms(nobody, (line) => progress.push(line), {
        shipped: { native: join(closed, "native"), label },
        caches: [join(directory, "cache")],
      });
    const [one, two] = await Promise.all([find(), find()]);
    assert.equal(one.postgres, join(directory, "cache", label, "native", "bin", "postgres"));
    assert.deepEqual(one, two);
    await find();
    assert.ok(progress.length <= 2, "copied by the two who came first, never again");

    await rm(join(directory, "cache", label, "native", "share", "postgresql", "postgres.bki"));
    await find();
    assert.ok(existsSync(join(directory, "cache", label, "native", "share", "postgresql", "postgres.bki")), "repaired");
  });
});

function skip(test: Mocha.Context, reason: string): void {
  const runnable = test.test;
  if (runnable) runnable.title += ` (${reason})`;
  test.skip();
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

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
