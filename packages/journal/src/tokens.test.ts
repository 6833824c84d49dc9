import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import type { Grant } from "@evenkeel/runtime";
import pg from "pg";
import { deliveriesIn } from "./deliveries.ts";
import { migrate } from "./migrate.ts";
import { tokensIn } from "./tokens.ts";

const digest = (text: string) => createHash("sha256").update(text).digest();
const grants: Grant[] = [{ verb: "resources:write", projects: ["shop"] }];
const MINUTE = 60_000;

describe("API tokens in the database", function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await testDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    await migrate(pool);
  });
  after(async () => {
    await pool?.end();
    await database?.drop();
  });

  it("are found by their hash, which is all that is stored", async () => {
    const tokens = tokensIn(pool);
    assert.deepEqual([await tokens.any(), await tokens.anyLive()], [false, false]);
    const { text, info } = (await tokens.create({ name: "ci", grants, by: "admin" }))!;
    assert.match(text, /^ek_[\w-]{43}$/);
    assert.deepEqual(await tokens.find(digest(text)), { name: "ci", grants });
    assert.equal(await tokens.find(digest(`${text}x`)), undefined);
    assert.deepEqual([await tokens.any(), await tokens.anyLive()], [true, true]);
    assert.deepEqual(
      { ...info, createdAt: "" },
      { name: "ci", grants, state: "live", createdAt: "", createdBy: "admin" },
    );
    const { rows } = await pool.query("select row_to_json(t)::text as row from tokens t");
    assert.ok(rows.every(({ row }: { row: string }) => !row.includes(text.slice(3))));
  });

  it("have a name of their own for as long as they are not revoked", async () => {
    const tokens = tokensIn(pool);
    const first = (await tokens.create({ name: "twice", grants, by: "admin" }))!;
    assert.equal(await tokens.create({ name: "twice", grants, by: "admin" }), undefined);
    assert.equal((await tokens.revoke("twice", "bob"))?.revokedBy, "bob");
    assert.equal(await tokens.revoke("twice", "bob"), undefined);
    const second = (await tokens.create({ name: "twice", grants, by: "admin" }))!;
    assert.equal(await tokens.find(digest(first.text)), undefined);
    assert.ok(await tokens.find(digest(second.text)));
    const listed = (await tokens.list()).filter(({ name }) => name === "twice").map(({ state }) => state);
    assert.deepEqual(listed, ["live", "revoked"]);
  });

  it("are no tokens any more when they have expired, also for a process that has seen them", async () => {
    let now = Date.now();
    const tokens = tokensIn(pool, () => now);
    const expiresAt = new Date(now + MINUTE).toISOString();
    const { text } = (await tokens.create({ name: "short", grants, expiresAt, by: "admin" }))!;
    assert.ok(await tokens.find(digest(text)));
    now += MINUTE + 1;
    assert.equal(await tokens.find(digest(text)), undefined);
    const past = new Date(Date.now() - 1).toISOString();
    const dead = (await tokens.create({ name: "dead", grants, expiresAt: past, by: "admin" }))!;
    assert.equal(dead.info.state, "expired");
    assert.equal(await tokens.find(digest(dead.text)), undefined);
  });

  it("that another process revokes are good for five seconds more at most", async () => {
    let now = Date.now();
    const [here, there] = [tokensIn(pool, () => now), tokensIn(pool)];
    const { text } = (await here.create({ name: "leaked", grants, by: "admin" }))!;
    assert.ok(await here.find(digest(text)));
    await there.revoke("leaked", "admin");
    now += 5_001;
    assert.equal(await here.find(digest(text)), undefined);
  });

  it("tell when they were used last, written at most once a minute", async () => {
    let now = Date.now();
    const tokens = tokensIn(pool, () => now);
    const { text } = (await tokens.create({ name: "used", grants, by: "admin" }))!;
    const version = async () => {
      const { rows } = await pool.query<{ xmin: string; last_used: Date }>(
        "select xmin::text, last_used from tokens where name = 'used'",
      );
      return rows[0]!;
    };
    const fresh = await version();
    assert.equal(fresh.last_used, null);
    await tokens.find(digest(text));
    const first = await version();
    assert.ok(first.last_used);
    for (let i = 0; i < 20; i++) await tokens.find(digest(text));
    now += MINUTE - 1;
    await tokens.find(digest(text));
    assert.equal((await version()).xmin, first.xmin);
    await pool.query("update tokens set last_used = last_used - interval '2 minutes' where name = 'used'");
    now += 1;
    await tokens.find(digest(text));
    assert.ok((await version()).last_used >= first.last_used);
  });
});

describe("signed deliveries", function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let pool: pg.Pool;

  before(async () => {
    database = await testDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 4 });
    await migrate(pool);
  });
  after(async () => {
    await pool?.end();
    await database?.drop();
  });

  it("are known to every process for as long as they could be sent again", async () => {
    let now = Date.now();
    const [here, there] = [deliveriesIn(pool, () => now), deliveriesIn(pool)];
    assert.equal(await here.seen("a", "1"), false);
    await here.remember("a", "1", MINUTE);
    await here.remember("a", "2", -1);
    assert.deepEqual([await here.seen("a", "1"), await there.seen("a", "1")], [true, true]);
    assert.deepEqual([await here.seen("b", "1"), await here.seen("a", "2")], [false, false]);
    await pool.query("update deliveries set until = clock_timestamp()");
    now += MINUTE + 1;
    assert.deepEqual([await here.seen("a", "1"), await there.seen("a", "1")], [false, false]);
  });

  it("that are over are removed", async () => {
    await deliveriesIn(pool).remember("c", "1", -1);
    await deliveriesIn(pool).remember("c", "2", MINUTE);
    const { rows } = await pool.query("select delivery from deliveries");
    assert.deepEqual(rows, [{ delivery: "2" }]);
  });
});
