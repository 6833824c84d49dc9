import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { evenkeel } from "../run-for-test.ts";
import { startServer, type TestServer } from "./server-for-test.ts";

const target = { project: "sockshop", stage: "production", service: "carts" };
const FLAGS = ["--project", "sockshop", "--stage", "production", "--service", "carts"];

describe("commands about what is over", function () {
  this.timeout(60_000);
  let server: TestServer;
  before(async () => (server = await startServer(["ingester", "bridge"])));
  after(() => server?.close());

  const run = (...words: string[]) => evenkeel(words, { env: { EVENKEEL_SERVER: server.url } });

  async function aborted(title: string): Promise<string> {
    const { stdout } = await run("send", "problem", ...FLAGS, "--title", title);
    const context = stdout.trim();
    await run("abort", context);
    return context;
  }

  /** A quality gate whose task failed too often. */
  async function parkedGate(): Promise<{ context: string; task: string }> {
    const { journal } = server.platform;
    const context = randomUUID();
    const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:10:00Z" };
    const { tasks } = await journal.append(context, [
      { kind: "evaluation.triggered", data: { ...target, evaluation } },
    ]);
    const { id, generation } = (await journal.take(tasks[0]!.id, "test", 60_000))!;
    await journal.append(context, [], { completes: { task: id, generation }, park: "a bug" });
    return { context, task: id };
  }

  async function evaluatedGate(): Promise<string> {
    const context = randomUUID();
    const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:10:00Z" };
    const id = randomUUID();
    const verdict = {
      ...{ timeStart: evaluation.start, timeEnd: evaluation.end, result: "pass" as const, score: 100 },
      ...{ indicatorResults: [], comparedEvents: [] },
    };
    const ok = { ...target, status: "succeeded", result: "pass", message: "" } as const;
    await server.append(context, { kind: "evaluation.triggered", id, data: { ...target, evaluation } });
    await server.append(context, {
      kind: "evaluation.finished",
      triggeredid: id,
      data: { ...ok, evaluation: verdict },
    });
    return context;
  }

  it("rerun begins another run, by the first characters of the old one; each tells of the other", async () => {
    const context = await aborted("Too slow");
    assert.match((await run("describe", "remediation", context)).stdout, /You can: evenkeel rerun [0-9a-f]{8}$/m);
    const { code, stdout, stderr } = await run("rerun", context.slice(0, 8), "--reason", "the quota was raised");
    assert.equal(code, 0, stderr);
    const again = /runs again as ([0-9a-f-]{36}) \(planning\)/.exec(stdout)?.[1];
    assert.ok(again, stdout);
    assert.match(stderr, /next: {2}evenkeel watch/);
    const before = (await run("describe", "remediation", context)).stdout;
    assert.match(before, new RegExp(`^Run again: +as ${again} by anonymous: the quota was raised$`, "m"));
    const after = (await run("describe", "remediation", again)).stdout;
    assert.match(after, new RegExp(`^Repeats: +${context} by anonymous: the quota was raised$`, "m"));
    assert.match(after, /run again for anonymous: the quota was raised/);
    const twice = await run("rerun", context, "-o", "name");
    assert.equal(twice.stdout.trim(), `remediation/${again}`);
  });

  it("the end of the problem is reported once, and reaches both; then it is refused: exit code 1", async () => {
    const context = await aborted("Too slow again");
    const { stdout } = await run("rerun", context, "-o", "name");
    const again = stdout.trim().replace("remediation/", "");
    const resolved = await run("send", "problem", ...FLAGS, "--title", "Too slow again", "--resolved");
    assert.deepEqual([resolved.code, resolved.stdout.trim()], [0, context], resolved.stderr);
    assert.match((await run("describe", "remediation", again)).stdout, /resolved-before-action/);
    const refused = await run("rerun", again);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /the problem was resolved: there is nothing to act on/);
  });

  it("retry tries once more what was set aside; get tasks says what can be done", async () => {
    const { task, context } = await parkedGate();
    assert.match((await run("get", "tasks", "--state", "parked")).stdout, /^evaluate .* retry/m);
    const { code, stdout, stderr } = await run("retry", task.slice(0, 13), "--reason", "mended");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /is tried again \(evaluate of [0-9a-f]{8}\)/);
    const events = await server.platform.journal.read(context);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["evaluation.triggered", "task.retried", "evaluation.triggered"],
    );
    assert.equal((await run("retry", "ffffff")).code, 3);
    assert.equal((await run("retry", randomUUID())).code, 3);
  });

  it("annotate adds a note, invalidate voids; the list shows both", async () => {
    const context = await evaluatedGate();
    const noted = await run("annotate", context.slice(0, 8), "the load generator was restarted");
    assert.equal(noted.code, 0, noted.stderr);
    assert.match((await run("get", "evaluations")).stdout, / 1 note$/m);
    assert.match((await run("get", "evaluations", "-o", "wide")).stdout, /the load generator was restarted/);
    const voided = await run("invalidate", context, "--reason", "no load");
    assert.match(voided.stdout, /is void/);
    assert.match((await run("get", "evaluations")).stdout, / invalidated, 1 note$/m);
    assert.equal((await run("annotate", context, "x", "--evaluation", "nope")).code, 3);
    assert.equal((await run("invalidate", context)).code, 2);
  });
});
