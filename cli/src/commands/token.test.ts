import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { EXIT } from "../errors.ts";
import { evenkeel, start, until } from "../run-for-test.ts";
import { startServer, type TestServer } from "./server-for-test.ts";

describe("evenkeel token", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "evenkeel-token-"));
  let server: TestServer;

  before(async () => {
    server = await startServer(["bridge", "ingester"]);
  });
  after(async () => {
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  let files = 0;
  /** As a user keeps it. */
  function keep(text: string): string {
    const path = join(folder, `token-${++files}`);
    writeFileSync(path, text);
    return path;
  }
  const run = (words: readonly string[], token?: string) =>
    evenkeel([...words, "--server", server.url, ...(token ? ["--token-file", token] : [])]);

  it("makes, shows and revokes tokens; from the first one on, nobody comes in without", async () => {
    assert.equal((await run(["get", "projects"])).code, EXIT.ok);
    const made = await run(["token", "create", "admin", "--scope", "admin"]);
    assert.match(made.stdout, /^ek_[\w-]{43}\n$/);
    assert.match(made.stderr, /shown this once/);
    const admin = keep(made.stdout);
    await until(async () => (await run(["get", "projects"])).code === EXIT.auth);

    const words = ["token", "create", "ci", "--scope", "read", "--project", "shop", "--expires", "90d"];
    const ci = keep((await run(words, admin)).stdout);
    assert.equal((await run(["get", "projects"], ci)).code, EXIT.ok);
    assert.equal((await run(words, ci)).code, EXIT.auth);
    assert.equal((await run(words, admin)).code, EXIT.conflict);
    const listed = await run(["token", "list"], admin);
    assert.match(listed.stdout, /ci +live +read in shop +\d{4}-\d\d-\d\d +\d+m?s/);
    assert.match(listed.stdout, /admin +live +admin +never/);
    assert.ok(!listed.stdout.includes("ek_"));

    assert.equal((await run(["token", "revoke", "ci"], admin)).stdout, "token/ci revoked\n");
    assert.equal((await run(["get", "projects"], ci)).code, EXIT.auth);
    assert.equal((await run(["token", "revoke", "ci"], admin)).code, EXIT.notFound);
  });

  it("refuses scopes and durations that there are not", async () => {
    const odd = await run(["token", "create", "x", "--scope", "reads"]);
    assert.equal(odd.code, EXIT.usage);
    assert.match(odd.stderr, /expected one of read, write, admin/);
    const late = ["token", "create", "x", "--local", "--expires", "soon"];
    assert.equal((await evenkeel(late)).code, EXIT.usage);
  });
});

describe("evenkeel up beyond loopback", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let env: Record<string, string>;

  before(async () => {
    database = await testDatabase();
    env = { DATABASE_URL: database.url, EVENKEEL_LOG__LEVEL: "silent" };
  });
  after(() => database?.drop());

  const up = ["up", "--host", "0.0.0.0", "--port", "0", "--role", "bridge"];

  async function isRefused(): Promise<void> {
    const refused = await evenkeel(up, { env });
    assert.equal(refused.code, EXIT.failure, refused.stderr);
    assert.match(refused.stderr, /will not listen on 0\.0\.0\.0 without authentication/);
    assert.match(refused.stderr, /evenkeel token create --local/);
  }

  it("needs a token: one of the database that has not expired will do", async () => {
    await isRefused();
    const create = (name: string, ...more: string[]) =>
      evenkeel(["token", "create", name, "--scope", "admin", "--local", ...more], { env });
    assert.equal((await create("brief", "--expires", "1ms")).code, EXIT.ok);
    await isRefused();

    const made = await create("admin");
    assert.equal(made.code, EXIT.ok, made.stderr);
    assert.equal((await create("admin")).code, EXIT.conflict);
    const running = start(up, { env });
    await until(
      () => running.texts.stderr.includes("is up on"),
      () => running.texts.stderr,
    );
    const port = /is up on http:\/\/[^:]+:(\d+)/.exec(running.texts.stderr)![1]!;
    const url = `http://127.0.0.1:${port}/v1/status`;
    assert.equal((await fetch(url)).status, 401);
    const headers = { authorization: `Bearer ${made.stdout.trim()}` };
    assert.equal((await fetch(url, { headers })).status, 200);
    running.interrupt();
    await running.done;
  });
});
