import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Journal } from "@evenkeel/journal";
import { fresh, runIn } from "./seed-for-test.ts";
import { serveBridge, type Served } from "./serve-for-test.ts";

describe("running again over HTTP", function () {
  this.timeout(60_000);
  const tokens = ["ann", "bob"].map((name) => ({ name, token: `${name}-token-0123456789`, scopes: ["write"] }));
  const as = (name: string) => ({ authorization: `Bearer ${name}-token-0123456789` });
  let served: Served;
  before(async () => (served = await serveBridge({ settings: { server: { tokens } } })));
  after(() => served?.close());

  const ask = (context: string, json?: unknown, who = "ann") =>
    served.call("POST", `/v1/remediations/${context}/rerun`, { headers: as(who), ...(json !== undefined && { json }) });
  const get = async (path: string) => (await served.call("GET", path, { headers: as("ann") })).body;
  const problemOf = async (journal: Journal, context: string) => (await journal.state(context))!;

  it("begins one run, and each of the two tells of the other, by whom and why", async () => {
    const context = await runIn(served.journal, "finished");
    assert.deepEqual((await get(`/v1/remediations/${context}`)).allowedCommands, ["rerun"]);
    const { status, headers, body } = await ask(context, { reason: "the quota was raised" });
    assert.equal(status, 202);
    assert.equal(headers.get("location"), `/v1/remediations/${body.context}`);
    assert.equal(body.phase, "planning");
    assert.deepEqual(body.repeats, { context, by: "ann", reason: "the quota was raised" });
    const old = await get(`/v1/remediations/${context}`);
    assert.deepEqual(old.repeated, { context: body.context, by: "ann", reason: "the quota was raised" });
    assert.deepEqual(old.allowedCommands, []);
    assert.deepEqual([old.phase, old.reason], ["finished", "healed"]);
  });

  it("a double click, and a request that is sent again, give the same run", async () => {
    const context = await runIn(served.journal, "finished");
    const answers = await Promise.all([ask(context), ask(context), ask(context)]);
    answers.push(await ask(context));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202, 202],
    );
    assert.equal(new Set(answers.map(({ body }) => body.context)).size, 1);
    const { target } = await problemOf(served.journal, context);
    assert.equal((await served.journal.remediations({ ...target, limit: 10 })).length, 2);
  });

  it("is refused with a reason: another has asked, the problem is gone, the run goes on, nobody knows it", async () => {
    const context = await runIn(served.journal, "finished");
    const { body } = await ask(context);
    const bob = await ask(context, {}, "bob");
    assert.equal(bob.status, 409);
    assert.equal(bob.body.detail, `ann has it run again already: see run ${body.context}`);

    const gone = await runIn(served.journal, "finished");
    const { target, problem } = await problemOf(served.journal, gone);
    await served.journal.append(gone, [{ kind: "problem", data: { ...target, state: "resolved", problem } }]);
    assert.deepEqual((await get(`/v1/remediations/${gone}`)).allowedCommands, []);
    const late = await ask(gone);
    assert.deepEqual([late.status, late.body.detail], [409, "the problem was resolved: there is nothing to act on"]);

    assert.equal((await ask(await runIn(served.journal, "waiting"))).status, 409);
    assert.equal((await ask(randomUUID())).status, 404);
    assert.equal((await ask(context, { why: "x" })).status, 422);
  });

  it("is refused when the same problem has begun again since", async () => {
    const target = fresh();
    const context = await runIn(served.journal, "finished", target);
    const { problem } = await problemOf(served.journal, context);
    const later = randomUUID();
    await served.journal.append(later, [{ kind: "remediation.triggered", data: { ...target, problem } }], {
      source: problem.source,
    });
    const { status, body } = await ask(context);
    assert.deepEqual([status, body.detail], [409, `the problem has begun again since: see run ${later}`]);
  });
});
