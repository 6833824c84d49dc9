import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { eventually } from "./support/eventually.ts";
import { freePort, run } from "./support/processes.ts";
import { root } from "./support/workspace.ts";

describe("the bundle", function () {
  this.timeout(120_000);
  let folder: string;
  let database: TestDatabase;
  const program = () => join(folder, "dist", "evenkeel.mjs");
  const environment = (more: Record<string, string>) => ({ PATH: process.env["PATH"], HOME: folder, ...more });

  before(async () => {
    // Out of reach of our node_modules.
    folder = mkdtempSync(join(tmpdir(), "evenkeel-bundle-"));
    chmodSync(folder, 0o755); // where the tests run as root, another user gets the data directory
    check(process.execPath, join(root, "scripts/bundle.mjs"), join(folder, "dist"));
    database = await testDatabase();
  });
  after(async () => {
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("runs without node_modules", () => {
    assert.match(check(process.execPath, program(), "version", "--client"), /^client +\d+\.\d+\.\d+ /);
  });

  it("has no points of failure", () => {
    const chunks = readdirSync(join(folder, "dist")).filter((name) => name.endsWith(".mjs"));
    assert.ok(chunks.length > 0);
    for (const name of chunks)
      assert.doesNotMatch(readFileSync(join(folder, "dist", name), "utf8"), /EVENKEEL_FAILPOINT/);
  });

  it("starts on a given PostgreSQL, with its migrations, and takes a project", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = environment({ DATABASE_URL: database.url });
    const up = run(process.execPath, [program(), "up", "--port", String(port)], { env });
    try {
      await eventually("it is ready", async () => (await fetch(`${url}/readyz`)).ok, { seen: up.output });
      const shipped = join(folder, "dist/shipyards/demo");
      assert.match(check(process.execPath, program(), "apply", shipped, "--server", url), /^project\/sockshop applied/);
    } finally {
      await up.stop();
    }
  });

  it("says what to set when there is no PostgreSQL", () => {
    const env = environment({ EVENKEEL_DATA_DIR: join(folder, "data"), EVENKEEL_SERVER__PORT: "0" });
    const { status, stderr } = spawnSync(process.execPath, [program(), "up"], { env, cwd: folder, encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /is not installed: .*set DATABASE_URL/);
  });

  it("has the licences of what is inside", () => {
    const notices = readdirSync(join(folder, "dist"));
    assert.ok(notices.includes("LICENSE") && notices.includes("THIRD_PARTY_NOTICES.txt"));
  });
});

function check(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}
