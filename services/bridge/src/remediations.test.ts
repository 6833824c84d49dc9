import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { refusal, type Command } from "@evenkeel/remediation";
import { serveBridge, type Served } from "./serve-for-test.ts";
import { open, runIn } from "./seed-for-test.ts";
import { COMMANDS, PHASES } from "./views/remediation.ts";

describe("remediations over HTTP", function () {
  this.timeout(60_000);
  let served: Served;
  before(async () => (served = await serveBridge()));
  after(() => served?.close());

  describe("filters", () => {
    const service = "filtered";
    const runs: Record<string, string> = {};
    before(async () => {
      const at = (stage: string, project = "fp") => ({ project, stage, service });
      runs["acting"] = await runIn(served.journal, "acting", at("a"));
      runs["waiting"] = await runIn(served.journal, "waiting", at("b"));
      runs["healed"] = await runIn(served.journal, "finished", at("c"));
      runs["paused"] = await open(served.journal, at("d", "fq"), { title: "Disk 90% full", source: "dynatrace" });
      await served.call("POST", `/v1/remediations/${runs["paused"]}/pause`);
    });

    const table: [string, string[]][] = [
      ["", ["paused", "healed", "waiting", "acting"]],
      ["project=fq", ["paused"]],
      ["stage=a", ["acting"]],
      ["source=dynatrace", ["paused"]],
      ["phase=acting", ["acting"]],
      ["phase=acting&phase=waiting", ["waiting", "acting"]],
      ["phase=acting,finished", ["healed", "acting"]],
      ["result=pass", ["healed"]],
      ["reason=healed", ["healed"]],
      ["reason=aborted", []],
      ["paused=true", ["paused"]],
      ["paused=false", ["healed", "waiting", "acting"]],
      ["text=disk%2090%25", ["paused"]],
      ["from=2000-01-01T00:00:00Z", ["paused", "healed", "waiting", "acting"]],
      ["to=2000-01-01T00:00:00Z", []],
    ];
    for (const [query, expected] of table) {
      it(`${query || "none"} finds ${expected.join(", ") || "nothing"}`, async () => {
        const { body } = await served.get(`/v1/remediations?service=${service}&${query}`);
        const names = new Map(Object.entries(runs).map(([name, context]) => [context, name]));
        assert.deepEqual(
          body.items.map((item: { context: string }) => names.get(item.context)),
          expected,
        );
      });
    }

    it("context finds one; pages are walked to the end", async () => {
      const { body } = await served.get(`/v1/remediations?context=${runs["healed"]}`);
      assert.equal(body.items.length, 1);
      const seen: string[] = [];
      for (let cursor = ""; ;) {
        const page = (await served.get(`/v1/remediations?service=${service}&limit=3${cursor}`)).body;
        seen.push(...page.items.map((item: { context: string }) => item.context));
        if (!page.nextCursor) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      assert.deepEqual(seen, [runs["paused"], runs["healed"], runs["waiting"], runs["acting"]]);
    });

    for (const query of ["phase=done", "paused=yes", "reason=because", "state=done"]) {
      it(`${query} is refused`, async () => assert.equal((await served.get(`/v1/remediations?${query}`)).status, 400));
    }
  });

  it("a waiting run tells its attempt, when it is due, why its plan, and what may be asked of it", async () => {
    const context = await runIn(served.journal, "waiting");
    const { body } = await served.get(`/v1/remediations/${context}`);
    assert.equal(body.phase, "waiting");
    assert.deepEqual([body.attempt, body.attempts, body.action], [1, 2, "scaling"]);
    assert.ok(Date.parse(body.due) > Date.parse(body.triggeredAt));
    assert.equal(body.steps.length, 1);
    assert.deepEqual(
      body.plan.considered.map((entry: { why: string }) => entry.why),
      ["the title is slow", "the title is the same"],
    );
    assert.deepEqual(body.allowedCommands, ["pause", "abort", "skip-wait"]);
    assert.equal(body.evaluation, undefined);
  });

  it("a finished run tells its verdict with the numbers", async () => {
    const context = await runIn(served.journal, "finished");
    const { body } = await served.get(`/v1/remediations/${context}`);
    assert.deepEqual([body.phase, body.result, body.reason], ["finished", "pass", "healed"]);
    assert.match(body.message, /evaluation pass/);
    assert.equal(body.evaluation.score, 100);
    assert.equal(body.evaluation.indicatorResults[0].value.value, 412.5);
    assert.deepEqual(body.allowedCommands, ["rerun"]);
  });

  it("a queued run tells whom it waits for", async () => {
    const context = await runIn(served.journal, "queued");
    const { body } = await served.get(`/v1/remediations/${context}`);
    assert.equal(body.phase, "queued");
    assert.equal(typeof body.behind, "string");
  });

  it("nobody knows it: 404", async () => {
    assert.equal((await served.get(`/v1/remediations/${randomUUID()}`)).status, 404);
    assert.equal((await served.call("POST", `/v1/remediations/${randomUUID()}/abort`)).status, 404);
  });

  describe("commands", () => {
    for (const phase of PHASES)
      for (const command of COMMANDS.filter((name) => name !== "rerun")) {
        const refused = refusal(command, { phase, problemState: "open" });
        it(`${command} while ${phase} is ${refused ? "refused" : "done"}`, async () => {
          const context = await runIn(served.journal, phase);
          const before = await served.journal.read(context);
          const { status, body } = await served.call("POST", `/v1/remediations/${context}/${command}`, {
            json: { reason: "because" },
          });
          if (refused) {
            assert.equal(status, 409);
            assert.equal(body.detail, refused);
            assert.equal((await served.journal.read(context)).length, before.length);
            return;
          }
          assert.equal(status, 202, JSON.stringify(body));
          assertDone(command, body);
          const events = (await served.journal.read(context)).slice(before.length);
          assert.deepEqual(
            events.slice(0, 1).map(({ data }) => data as object),
            [{ ...body.target, by: "anonymous", reason: "because" }],
          );
        });
      }

    // oxlint-disable-next-line typescript/no-explicit-any
    function assertDone(command: Command, body: any): void {
      if (command === "pause") assert.deepEqual(body.paused, { by: "anonymous", reason: "because" });
      if (command === "skip-wait") assert.equal(body.phase, "evaluating");
      if (command === "abort") {
        assert.deepEqual([body.phase, body.status, body.reason], ["finished", "aborted", "aborted"]);
        assert.equal(body.message, "aborted by anonymous: because");
      }
    }

    it("an action that has begun is completed before the run is aborted", async () => {
      const context = await runIn(served.journal, "acting");
      const state = await served.journal.state(context);
      assert.ok(state?.phase === "acting");
      const { triggeredid, target } = state;
      const data = { ...target, attempt: 0, message: "1 → 2", plan: { before: 1, after: 2 } };
      await served.journal.append(context, [{ kind: "action.started", triggeredid, data }]);
      const { body } = await served.call("POST", `/v1/remediations/${context}/abort`);
      assert.equal(body.phase, "acting");
      assert.deepEqual(body.aborting, { by: "anonymous" });
      assert.deepEqual(body.started, { before: 1, after: 2 });
      assert.ok(!body.allowedCommands.includes("abort"));
    });

    it("of two who abort at once one is told that the other did", async () => {
      const context = await runIn(served.journal, "waiting");
      const ask = () => served.call("POST", `/v1/remediations/${context}/abort`);
      const answers = await Promise.all([ask(), ask()]);
      assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 409]);
      const events = await served.journal.read(context);
      assert.equal(events.filter(({ kind }) => kind === "remediation.aborted").length, 1);
    });

    it("a paused run can be resumed, and not be paused again", async () => {
      const context = await runIn(served.journal, "waiting");
      await served.call("POST", `/v1/remediations/${context}/pause`);
      const again = await served.call("POST", `/v1/remediations/${context}/pause`);
      assert.equal(again.status, 409);
      assert.equal(again.body.detail, "already paused by anonymous");
      const resumed = await served.call("POST", `/v1/remediations/${context}/resume`);
      assert.equal(resumed.status, 202);
      assert.equal(resumed.body.paused, undefined);
    });

    it("the same Idempotency-Key does it once and answers the same", async () => {
      const context = await runIn(served.journal, "waiting");
      const headers = { "idempotency-key": "k1" };
      const ask = () => served.call("POST", `/v1/remediations/${context}/pause`, { headers });
      const [first, ...others] = await Promise.all([ask(), ask(), ask()]);
      for (const again of [...others, await ask()]) {
        assert.equal(again.status, 202);
        assert.deepEqual(again.body, first.body);
      }
      const events = await served.journal.read(context);
      assert.equal(events.filter((event) => event.kind === "remediation.paused").length, 1);
    });

    const bad: [string, { json?: unknown; text?: string }, number][] = [
      ["a body with another key", { json: { why: "x" } }, 422],
      ["a reason that is no text", { json: { reason: 5 } }, 422],
      ["a reason with NUL", { json: { reason: "a\0b" } }, 422],
      ["a reason with half a character", { json: { reason: "\ud800" } }, 422],
      ["a body of another type", { text: "reason: x" }, 415],
    ];
    for (const [what, options, status] of bad) {
      it(`${what} is refused with ${status}`, async () => {
        const context = await runIn(served.journal, "waiting");
        const answered = await served.call("POST", `/v1/remediations/${context}/pause`, options);
        assert.equal(answered.status, status, JSON.stringify(answered.body));
        assert.equal((await served.journal.state(context))?.paused, undefined);
      });
    }
  });
});
