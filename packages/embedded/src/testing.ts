import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Embedded, startEmbedded } from "./start.ts";

export interface TestDatabase {
  url: string;
  /** Throws the database away, with whatever is still connected to it. */
  drop(): Promise<void>;
}

let server: Promise<Embedded> | undefined;

/** A fresh, empty database. All of them are on one server, which starts with the first and stops after the last test. */
export async function testDatabase(): Promise<TestDatabase> {
  server ??= startServer();
  const { url } = await server;
  const name = `test_${randomBytes(6).toString("hex")}`;
  await execute(url, `create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => execute(url, `drop database if exists ${name} with (force)`) };
}

async function startServer(): Promise<Embedded> {
  const dataDir = await mkdtemp(join(tmpdir(), "evenkeel-test-"));
  return startEmbedded({ dataDir, ephemeral: true, settings: { fsync: "off", full_page_writes: "off" } });
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

// Outside of mocha, or when mocha is killed, the server notices that we are gone and removes itself.
if (typeof globalThis.after === "function") {
  after(async function () {
    this.timeout(60_000);
    const started = server;
    server = undefined;
    await (await started)?.stop();
  });
}
