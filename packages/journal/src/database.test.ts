import assert from "node:assert/strict";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { Unavailable } from "@evenkeel/runtime";
import type pg from "pg";
import { openPool, query, transaction } from "./database.ts";
import { createJournal } from "./journal.ts";

describe("a server that answers before it has stored", () => {
  let database: TestDatabase;
  before(async () => (database = await testDatabase()));
  after(() => database?.drop());

  async function settingAfter(preset: string): Promise<string> {
    const { pathname } = new URL(database.url);
    const admin = openPool({ url: database.url, max: 1 });
    await query(admin, `alter database "${pathname.slice(1)}" set synchronous_commit = ${preset}`);
    await admin.end();
    const pool = openPool({ url: database.url, max: 1 });
    const [row] = await query<{ synchronous_commit: string }>(pool, "show synchronous_commit");
    await pool.end();
    return row!.synchronous_commit;
  }

  it("is told to store first", async () => assert.equal(await settingAfter("off"), "on"));

  it("keeps what is stricter, or was chosen with a standby in mind", async () => {
    assert.equal(await settingAfter("remote_apply"), "remote_apply");
    assert.equal(await settingAfter("local"), "local");
  });
});

describe("a server that does not flush to disk, as in all tests", () => {
  it("is named when a journal is opened on it", async () => {
    const database = await testDatabase();
    const warnings: string[] = [];
    const log = { info: () => undefined, warn: (_: object, message: string) => void warnings.push(message) };
    const journal = await createJournal({ url: database.url, log });
    await journal.close();
    await database.drop();
    assert.match(warnings.join("\n"), /does not flush to disk: a power failure there loses what was acknowledged/);
  });
});

describe("a database behind a network that goes dark", function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let network: Server;
  let pool: pg.Pool;
  const sockets: Socket[] = [];
  const dark = (isDark: boolean) => {
    for (const socket of sockets) {
      if (isDark) socket.pause();
      else socket.resume();
    }
  };

  before(async () => {
    database = await testDatabase();
    const { searchParams, username, password, pathname } = new URL(database.url);
    const path = `${searchParams.get("host")}/.s.PGSQL.${searchParams.get("port")}`;
    network = createServer((client) => {
      const server = createConnection({ path });
      client.pipe(server).pipe(client);
      for (const socket of [client, server]) sockets.push(socket.on("error", () => undefined));
    });
    await new Promise<void>((resolve) => network.listen(0, "127.0.0.1", resolve));
    const { port } = network.address() as { port: number };
    const url = `postgresql://${username}:${password}@127.0.0.1:${port}${pathname}`;
    pool = openPool({ url, max: 2, answerWithinMs: 2_000 });
  });
  afterEach(() => dark(false));
  after(async () => {
    await pool?.end();
    for (const socket of sockets) socket.destroy();
    network?.close();
    await database?.drop();
  });

  it("a statement that gets no answer is refused as unavailable, and so is a transaction, without hanging", async () => {
    assert.deepEqual(await query(pool, "select 1 as one"), [{ one: 1 }]);
    dark(true);
    await assert.rejects(query(pool, "select 1"), Unavailable);
    dark(false);
    await transaction(pool, async (client) => {
      dark(true);
      await assert.rejects(client.query("select 1"), /Query read timeout/);
      throw new Error("Query read timeout");
    }).then(
      () => assert.fail("the transaction went on"),
      (error: unknown) => assert.ok(error instanceof Unavailable),
    );
  });

  it("the answers come again when the network does, and each belongs to its own question", async () => {
    dark(false);
    for (const n of [1, 2, 3, 4]) assert.deepEqual(await query(pool, "select $1::int as n", [n]), [{ n }]);
  });
});
