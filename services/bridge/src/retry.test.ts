import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { NewEvent } from "@evenkeel/events";
import { CARTS, fresh, runIn } from "./seed-for-test.ts";
import { serveBridge, type Served } from "./serve-for-test.ts";

describe("retrying over HTTP what was set aside", function () {
  this.timeout(60_000);
  let served: Served;
  before(async () => (served = await serveBridge()));
  after(() => served?.close());

  /** Fails too often, as the runner would tell. */
  async function park(context: string, ending: readonly NewEvent[] = []): Promise<string> {
    const row = (await served.journal.tasks(1000)).find((task) => task.context === context)!;
    const { id, generation } = (await served.journal.take(row.id, "w1", 60_000))!;
    await served.journal.append(context, ending, { completes: { task: id, generation }, park: "failed 5 times" });
    return id;
  }

  async function parkedGate(): Promise<{ context: string; task: string }> {
    const context = randomUUID();
    const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:10:00Z" };
    await served.journal.append(context, [{ kind: "evaluation.triggered", data: { ...CARTS, evaluation } }]);
    return { context, task: await park(context) };
  }

  /** Its run ended by telling people, and they could not be told. */
  async function parkedNotify(): Promise<{ context: string; task: string }> {
    const target = fresh();
    const context = await runIn(served.journal, "acting", target);
    const state = await served.journal.state(context);
    assert.ok(state?.phase === "acting");
    const actions = state.plan.actions.map((action) => ({ ...action, then: "finish" as const }));
    const told = await runIn(served.journal, "planning", fresh());
    const planning = await served.journal.state(told);
    assert.ok(planning?.phase === "planning");
    const ok = { ...planning.target, status: "succeeded", result: "pass", message: "" } as const;
    await served.journal.append(told, [
      { kind: "get-action.finished", data: { ...ok, plan: { ...state.plan, actions } } },
    ]);
    const acting = await served.journal.state(told);
    assert.ok(acting?.phase === "acting");
    const { triggeredid } = acting;
    await served.journal.append(told, [
      { kind: "action.finished", triggeredid, data: { ...ok, attempt: 0, details: {} } },
    ]);
    const failed = { ...planning.target, message: "help", to: "https://ops.example", error: "no answer" };
    return { context: told, task: await park(told, [{ kind: "escalation.failed", data: failed }]) };
  }

  const parkedTask = async (id: string) =>
    (await served.get("/v1/tasks?state=parked&limit=200")).body.items.find((task: { id: string }) => task.id === id);
  const ask = (task: string, json?: unknown) =>
    served.call("POST", `/v1/tasks/${task}/retry`, json === undefined ? {} : { json });

  for (const [kind, make, place] of [
    ["evaluate", parkedGate, "evaluations"],
    ["notify", parkedNotify, "remediations"],
  ] as const) {
    it(`${kind}: the list offers it, it is put in line once, and the log says who did it`, async () => {
      const { context, task } = await make();
      const offered = await parkedTask(task);
      assert.ok(offered.allowedCommands.includes("retry"), JSON.stringify(offered));
      assert.equal(offered.notRetried, undefined);
      const answers = await Promise.all([ask(task, { reason: "mended" }), ask(task, { reason: "mended" })]);
      answers.push(await ask(task));
      for (const { status, body, headers } of answers) {
        assert.equal(status, 202, JSON.stringify(body));
        assert.deepEqual(body, { task, kind, context });
        assert.equal(headers.get("location"), `/v1/${place}/${context}`);
      }
      const events = (await served.journal.read(context)).filter((event) => event.kind === "task.retried");
      assert.equal(events.length, 1);
      const data = events[0]!.data as Record<string, unknown>;
      assert.deepEqual([data["by"], data["reason"], data["taskKind"]], ["anonymous", "mended", kind]);
      const { items } = (await served.get("/v1/tasks?limit=200")).body;
      const mine = items.filter((one: { context: string }) => one.context === context);
      assert.deepEqual(
        mine.map((one: { kind: string; state: string }) => [one.kind, one.state]),
        [[kind, "overdue"]],
      );
    });
  }

  it("what the run has gone on without is not offered; its run is, when the problem is open", async () => {
    const context = await runIn(served.journal, "planning");
    const { target } = (await served.journal.state(context))!;
    const task = await park(context, [
      {
        kind: "get-action.finished",
        data: { ...target, status: "errored", result: "fail", reason: "errored", message: "a bug" },
      },
    ]);
    const offered = await parkedTask(task);
    assert.deepEqual(offered.allowedCommands, ["rerun"]);
    assert.equal(offered.notRetried, "the run has ended without a plan");
    const { status, body } = await ask(task);
    assert.deepEqual([status, body.detail], [409, "the run has ended without a plan"]);
    assert.equal((await served.call("POST", `/v1/remediations/${context}/rerun`)).status, 202);
    assert.equal(await parkedTask(task), undefined, "running again makes up for what was set aside");
  });

  it("a task that is not set aside is refused; of others it says nothing", async () => {
    const context = await runIn(served.journal, "planning");
    const row = (await served.journal.tasks(1000)).find((task) => task.context === context)!;
    assert.equal((await ask(row.id)).status, 409);
    assert.equal((await ask(randomUUID())).status, 404);
    assert.equal((await ask("no-id")).status, 400);
    assert.equal((await ask(row.id, { why: "x" })).status, 422);
  });
});
