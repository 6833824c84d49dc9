import assert from "node:assert/strict";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { EXIT } from "../errors.ts";
import { start, until } from "../run-for-test.ts";

describe("evenkeel up", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  before(async () => (database = await testDatabase()));
  after(() => database?.drop());

  /** What it says until it is up and has been asked to stop. */
  async function saidBy(roles: readonly string[], more: Record<string, string> = {}): Promise<string> {
    const env = { DATABASE_URL: database.url, EVENKEEL_LOG__LEVEL: "silent", ...more };
    const running = start(["up", "--port", "0", ...roles.flatMap((role) => ["--role", role])], { env });
    await until(
      () => running.texts.stderr.includes("is up on"),
      () => running.texts.stderr,
    );
    running.interrupt();
    assert.equal((await running.done).code, EXIT.ok, running.texts.stderr);
    return running.texts.stderr;
  }

  it("says where it is, and what to do next", async () => {
    const said = await saidBy([]);
    assert.match(said, /^Evenkeel is up on http:\/\/127\.0\.0\.1:\d+ \(log in .*, queue in PostgreSQL\)$/m);
    assert.match(said, /^next: evenkeel apply DIR --server http:/m);
  });

  it("says that nobody is told of what needs a person, as long as it is not set up and one of its roles would", async () => {
    const warning = "nobody is told when a run needs a person: set escalation.webhook.url";
    assert.ok((await saidBy(["engine"])).includes(warning));
    assert.ok(!(await saidBy(["bridge"])).includes(warning));
    const hook = { EVENKEEL_ESCALATION__WEBHOOK__URL: "https://ops.example/hook" };
    assert.ok(!(await saidBy(["engine"], hook)).includes(warning));
  });
});
