import assert from "node:assert/strict";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { Unavailable } from "@evenkeel/runtime";
import type pg from "pg";
import { openPool, query, transaction } from "./database.ts";

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
    pool = openPool({ url, max: 2, answerWithinMs: 300 });
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
