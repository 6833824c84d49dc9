import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlatform, type Platform } from "@evenkeel/cli";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { createJournal } from "@evenkeel/journal";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { startSimulator, type Simulator } from "@evenkeel/simulator";
import pg from "pg";
import { alert, post } from "./support/evenkeel.ts";
import { eventually } from "./support/eventually.ts";
import { projectFiles } from "./support/project.ts";
import { readText } from "./support/workspace.ts";

describe("deploy/postgres/roles.sql", function () {
  this.timeout(90_000);
  let database: TestDatabase;
  let owner: pg.Client;
  const urls = { app: "", read: "" };

  before(async () => {
    database = await testDatabase();
    const journal = await createJournal({ url: database.url, log: silentLog });
    await journal.close();
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    for (let times = 0; times < 2; times++) await owner.query(readText("deploy/postgres/roles.sql"));
    for (const role of ["app", "read"] as const) {
      const password = randomBytes(12).toString("hex");
      await owner.query(`alter role evenkeel_${role} password '${password}'`);
      const url = new URL(database.url);
      url.username = `evenkeel_${role}`;
      url.password = password;
      urls[role] = url.href;
    }
  });
  after(async () => {
    await owner?.query("drop owned by evenkeel_app, evenkeel_read");
    await owner?.query("drop role evenkeel_app, evenkeel_read");
    await owner?.end();
    await database?.drop();
  });

  async function as(role: "app" | "read", sql: string): Promise<string> {
    const client = new pg.Client({ connectionString: urls[role] });
    await client.connect();
    try {
      await client.query(sql);
      return "done";
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await client.end();
    }
  }
  const FORBIDDEN = "42501";
  const READ_ONLY = "25006";

  it("the application can add to the log, and neither change nor delete what is in it", async () => {
    for (const table of ["events", "revisions", "blobs"]) {
      assert.equal(await as("app", `select from ${table}`), "done", table);
      for (const sql of [`delete from ${table}`, `truncate ${table}`, `drop table ${table}`])
        assert.equal(await as("app", sql), FORBIDDEN, sql);
    }
    assert.equal(await as("app", "update events set data = '{}'"), FORBIDDEN);
    assert.equal(await as("app", "update revisions set files = '{}'"), FORBIDDEN);
    assert.equal(await as("app", "delete from remediations"), FORBIDDEN);
    assert.equal(await as("app", "delete from tokens"), FORBIDDEN);
    assert.equal(await as("app", "create table public.own (a int)"), FORBIDDEN);
    assert.equal(await as("app", "alter table events disable trigger all"), FORBIDDEN);
    assert.equal(await as("app", "insert into migrations values ('x', 'y')"), FORBIDDEN);
  });

  it("the reader writes nothing, and sees no hash of a token", async () => {
    for (const table of ["events", "remediations", "notifications", "tasks"]) {
      assert.equal(await as("read", `select from ${table}`), "done");
      for (const sql of [`delete from ${table}`, `set default_transaction_read_only = off; delete from ${table}`])
        assert.ok([FORBIDDEN, READ_ONLY].includes(await as("read", sql)), sql);
    }
    assert.equal(await as("read", "select digest from tokens"), FORBIDDEN);
  });

  it("says what to do when the application finds an older schema than it needs", async () => {
    const [migration] = (await owner.query<{ name: string; checksum: string }>("select * from migrations")).rows;
    await owner.query("delete from migrations where name = $1", [migration!.name]);
    const opening = createJournal({ url: urls.app, log: silentLog });
    await assert.rejects(opening, /may not bring the schema up to date: set database\.migrationUrl/);
    await owner.query("insert into migrations values ($1, $2)", [migration!.name, migration!.checksum]);
  });

  describe("the whole loop", () => {
    let platform: Platform;
    let simulator: Simulator;
    const folder = mkdtempSync(join(tmpdir(), "evenkeel-roles-"));
    const target = { project: "shop", stage: "production", service: "carts" };

    before(async () => {
      simulator = await startSimulator({ services: [{ ...target, load: "raised" }], startupDelayMs: 100, tickMs: 50 });
      const kubeconfig = join(folder, "kubeconfig");
      writeFileSync(kubeconfig, simulator.kubeconfig());
      const flags = {
        ...{ "database.url": urls.app, "database.migrationUrl": database.url, "server.port": 0 },
        ...{ "kubernetes.kubeconfig": kubeconfig, "remediation.settle": "0s" },
      };
      const { settings } = loadConfig({ env: {}, flags });
      const roles = ["ingester", "engine", "evaluation", "bridge"] as const;
      platform = await startPlatform({ settings, roles, log: silentLog, version: "0.1.0" });
    });
    after(async () => {
      await platform?.close();
      await simulator?.stop();
      rmSync(folder, { recursive: true });
    });

    it("works as the application: applied, alerted, scaled, evaluated, healed, followed", async () => {
      const files = projectFiles({ actions: [`{action: scaling, value: "+1", wait: 1s}`], slo: undefined });
      const applied = await fetch(`${platform.url}/v1/projects/shop/resources`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ files: Object.fromEntries(files), replace: true }),
      });
      assert.equal(applied.status, 200, await applied.clone().text());
      const sent = await post(platform.url, alert(target));
      assert.equal(sent.status, 202);
      const { results } = (await sent.json()) as { results: { context: string }[] };
      const context = results[0]!.context;
      await eventually("scaled", async () => simulator.snapshot("carts").desiredReplicas === 2);
      assert.equal((await post(platform.url, alert(target, { status: "resolved" }))).status, 202);
      const state = await eventually("the run ends", async () => {
        const found = await platform.journal.state(context);
        return found?.phase === "finished" && found;
      });
      assert.deepEqual([state.result, state.reason], ["pass", "healed"]);
      const { folded, stored } = await platform.journal.rebuild();
      assert.deepEqual(folded, stored);
      const made = await platform.journal.tokens.create({ name: "ci", grants: [], by: "test" });
      assert.ok(made);
      assert.ok(await platform.journal.tokens.revoke("ci", "test"));
      await platform.journal.pruneNotifications(0);
    });

    it("is followed by the reader, who cannot append", async () => {
      const journal = await createJournal({ url: urls.read, log: silentLog });
      const follower = await journal.follow();
      const seen: string[] = [];
      follower.subscribe((events) => seen.push(...events.map(({ id }) => id)));
      const event = { kind: "other", type: "test.seen", source: "test", id: "for-the-reader", data: {} } as const;
      await platform.journal.append("reading", [event]);
      await eventually("the reader sees it", () => seen.includes("for-the-reader"));
      await assert.rejects(journal.append("reading", [{ ...event, id: "by-the-reader" }]));
      await follower.close();
      await journal.close();
    });

    it("is not followed by a role that cannot see who appends", async () => {
      await owner.query("revoke pg_read_all_stats from evenkeel_read");
      const journal = await createJournal({ url: urls.read, log: silentLog });
      await assert.rejects(journal.follow(), /needs pg_read_all_stats/);
      await journal.close();
    });
  });
});
