import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { startIngester, type RunningIngester } from "./ingester-for-test.ts";
import { ALERT, webhook } from "./sources/fixtures/alertmanager.ts";

describe("notifications of a problem whose run was run again", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let one: RunningIngester;

  before(async () => {
    database = await testDatabase();
    one = await startIngester(database.url);
  });
  after(async () => {
    await one?.close();
    await database?.drop();
  });

  const alertOf = () => {
    const service = `s-${randomUUID().slice(0, 8)}`;
    return { ...ALERT, fingerprint: randomUUID(), labels: { ...ALERT.labels, service } };
  };
  const send = async (alert: object) =>
    (await one.post("/v1/webhooks/alertmanager", webhook([alert]))).body.results[0]!;

  /** A run that an operator has ended, and one that repeats it. */
  async function twoRuns(alert: object): Promise<{ first: string; second: string }> {
    const { context } = await send(alert);
    const { target } = (await one.journal.state(context))!;
    await one.journal.append(context, [{ kind: "remediation.aborted", data: { ...target, by: "ann" } }]);
    const again = await one.journal.rerun(context, { by: "ann" });
    assert.equal(again.outcome, "appended");
    return { first: context, second: "context" in again ? again.context : "" };
  }

  it("firing, repeated: joins the first run, and begins nothing", async () => {
    const alert = alertOf();
    const { first, second } = await twoRuns(alert);
    for (let n = 0; n < 3; n++) {
      const result = await send(alert);
      assert.deepEqual([result.outcome, result.context], ["joined", first]);
    }
    assert.equal((await one.journal.state(second))!.phase, "planning");
    assert.equal((await one.journal.remediations({ service: alert.labels.service, limit: 10 })).length, 2);
  });

  it("resolved: joins the first run, and ends the one that repeats it, before it does anything", async () => {
    const alert = alertOf();
    const { first, second } = await twoRuns(alert);
    const result = await send({ ...alert, status: "resolved", endsAt: "2020-05-04T10:00:00.000Z" });
    assert.deepEqual([result.outcome, result.context], ["resolved", first]);
    const state = (await one.journal.state(second))!;
    assert.deepEqual([state.phase, state.problemState], ["finished", "resolved"]);
    assert.equal(state.phase === "finished" && state.reason, "resolved-before-action");
    assert.equal((await one.journal.rerun(second, { by: "ann" })).outcome, "refused");
    const length = (await one.journal.read(second)).length;
    await send({ ...alert, status: "resolved", endsAt: "2020-05-04T10:00:00.000Z" });
    assert.equal((await one.journal.read(second)).length, length);
  });

  it("firing again with a new start: another episode, in line behind the run that repeats the first", async () => {
    const alert = alertOf();
    const { second } = await twoRuns(alert);
    const result = await send({ ...alert, startsAt: "2020-05-04T11:00:00.000Z" });
    assert.equal(result.outcome, "triggered");
    const state = (await one.journal.state(result.context))!;
    assert.deepEqual([state.phase, state.phase === "queued" && state.behind], ["queued", second]);
  });
});
