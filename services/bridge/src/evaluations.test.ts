import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { serveBridge, type Served } from "./serve-for-test.ts";
import { CARTS, evaluated, open, REMEDIATION, runIn, SHIPYARD } from "./seed-for-test.ts";

describe("evaluations over HTTP", function () {
  this.timeout(60_000);
  let served: Served;
  before(async () => {
    served = await serveBridge();
    const files = new Map([
      ["shipyard.yaml", SHIPYARD],
      ["production/carts/remediation.yaml", REMEDIATION],
    ]);
    await served.journal.apply("sockshop", files, { replace: true });
  });
  after(() => served?.close());

  async function finishedGate(service: string, result: "pass" | "fail", time: string): Promise<string> {
    const context = randomUUID();
    const target = { ...CARTS, service };
    const { start, end } = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:10:00Z" };
    const id = randomUUID();
    await served.journal.append(context, [
      { kind: "evaluation.triggered", id, data: { ...target, evaluation: { start, end } } },
    ]);
    const data = evaluated(target, { result });
    await served.journal.append(context, [{ kind: "evaluation.finished", triggeredid: id, time, data }]);
    return context;
  }

  describe("the list", () => {
    const contexts: string[] = [];
    before(async () => {
      contexts.push(await finishedGate("listed", "pass", "2026-01-01T10:00:00Z"));
      contexts.push(await finishedGate("listed", "fail", "2026-01-01T11:00:00Z"));
      contexts.push(await finishedGate("listed", "pass", "2026-01-01T12:00:00Z"));
    });
    const table: [string, number[]][] = [
      ["", [2, 1, 0]],
      ["result=fail", [1]],
      ["from=2026-01-01T11:00:00Z", [2, 1]],
      ["to=2026-01-01T11:00:00Z", [0]],
      ["project=other", []],
      ["stage=dev", []],
    ];
    for (const [query, expected] of table) {
      it(`${query || "without more filters"} has ${expected.length}`, async () => {
        const { body } = await served.get(`/v1/evaluations?service=listed&${query}`);
        assert.deepEqual(
          body.items.map((item: { context: string }) => contexts.indexOf(item.context)),
          expected,
        );
      });
    }

    it("pages are walked to the end", async () => {
      const first = (await served.get("/v1/evaluations?service=listed&limit=2")).body;
      const second = (await served.get(`/v1/evaluations?service=listed&limit=2&cursor=${first.nextCursor}`)).body;
      assert.equal(second.items[0].context, contexts[0]);
      assert.equal(second.nextCursor, undefined);
    });

    it("an item has window, score and the numbers", async () => {
      const { body } = await served.get(`/v1/evaluations?context=${contexts[0]}`);
      const [item] = body.items;
      assert.deepEqual(item.window, { start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T00:10:00.000Z" });
      assert.equal(item.score, 100);
      assert.equal(item.indicatorResults[0].value.metric, "response_time_p90");
    });
  });

  describe("by hand", () => {
    it("opens an evaluation with its task, whose state can be asked for", async () => {
      const { status, body, headers } = await served.call("POST", "/v1/evaluations", {
        json: { ...CARTS, timeframe: "10m", labels: { build: "7" } },
      });
      assert.equal(status, 202, JSON.stringify(body));
      assert.equal(Date.parse(body.window.end) - Date.parse(body.window.start), 600_000);
      assert.equal(headers.get("location"), `/v1/evaluations/${body.context}`);
      const state = await served.get(headers.get("location")!);
      assert.equal(state.body.state, "running");
      const tasks = await served.journal.tasks(1000);
      assert.ok(tasks.some((task) => task.context === body.context && task.kind === "evaluate"));
      const [event] = await served.journal.read(body.context);
      const { labels, by } = event!.data as { labels: object; by: string };
      assert.deepEqual([labels, by], [{ build: "7" }, "anonymous"]);
    });

    it("tells the numbers when it has finished", async () => {
      const context = await finishedGate("gate", "pass", "2026-01-02T00:00:00Z");
      const { body } = await served.get(`/v1/evaluations/${context}`);
      assert.equal(body.state, "finished");
      assert.equal(body.evaluation.score, 100);
      assert.equal((await served.get(`/v1/evaluations/${randomUUID()}`)).status, 404);
    });

    it("the same Idempotency-Key opens one evaluation", async () => {
      const headers = { "idempotency-key": "build-7" };
      const ask = (json: object) => served.call("POST", "/v1/evaluations", { headers, json });
      const answers = await Promise.all([ask(CARTS), ask(CARTS), ask(CARTS)]);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [202, 202, 202],
      );
      assert.equal(new Set(answers.map(({ body }) => body.context)).size, 1);
      assert.deepEqual((await ask(CARTS)).body, answers[0]?.body);
      assert.equal((await served.journal.read(answers[0]?.body.context)).length, 1);
      assert.equal((await ask({ ...CARTS, service: "other" })).status, 422);
    });

    const unknown: [object, RegExp][] = [
      [{ ...CARTS, project: "sockshp" }, /no project sockshp; there are projects: sockshop; did you mean sockshop\?/],
      [{ ...CARTS, stage: "prod" }, /no stage prod; project sockshop has stages: dev, production/],
      [{ ...CARTS, service: "cart" }, /no service cart; .*services: carts; did you mean carts\?/],
      [{ ...CARTS, stage: "dev" }, /no service carts; stage dev of project sockshop has services: none/],
    ];
    for (const [json, expected] of unknown) {
      it(`${Object.values(json).join("/")} is not found`, async () => {
        const { status, body } = await served.call("POST", "/v1/evaluations", { json });
        assert.equal(status, 404);
        assert.match(body.detail, expected);
      });
    }

    it("a service that only the log knows can be evaluated, too", async () => {
      const target = { ...CARTS, service: "from-stage-files" };
      await open(served.journal, target);
      assert.equal((await served.call("POST", "/v1/evaluations", { json: target })).status, 202);
    });

    const bad: [object, string][] = [
      [{ ...CARTS, end: "2026-01-01T00:00:00Z" }, "/end"],
      [{ ...CARTS, timeframe: "30s" }, "/timeframe"],
      [{ project: "sockshop", stage: "production" }, "/service"],
      [{ ...CARTS, from: "x" }, "/from"],
      [{ ...CARTS, labels: { a: 1 } }, "/labels/a"],
    ];
    for (const [json, pointer] of bad) {
      it(`a fault at ${pointer} is refused`, async () => {
        const { status, body } = await served.call("POST", "/v1/evaluations", { json });
        assert.equal(status, 422);
        assert.equal(body.errors[0].pointer, pointer);
      });
    }
  });

  describe("invalidation", () => {
    it("marks the evaluation, and takes it out of the baselines; again changes nothing", async () => {
      const context = await finishedGate("voided", "pass", "2026-01-03T00:00:00Z");
      const target = { ...CARTS, service: "voided" };
      assert.equal((await served.journal.evaluations(target, 10)).length, 1);
      for (let n = 0; n < 2; n++) {
        const { status, body } = await served.call("POST", `/v1/evaluations/${context}/invalidate`, {
          json: { reason: "no load" },
        });
        assert.equal(status, 202);
        assert.deepEqual({ ...body.invalidated, time: "" }, { by: "anonymous", reason: "no load", time: "" });
      }
      assert.equal((await served.journal.read(context)).length, 3);
      assert.equal((await served.journal.evaluations(target, 10)).length, 0);
      const { body } = await served.get("/v1/evaluations?service=voided");
      assert.equal(body.items[0].invalidated.reason, "no load");
    });

    it("of a run's evaluations one can be named", async () => {
      const context = await runIn(served.journal, "finished");
      const { body } = await served.get(`/v1/remediations/${context}`);
      const path = `/v1/evaluations/${context}/invalidate`;
      const done = await served.call("POST", path, { json: { reason: "x", evaluation: body.evaluation.id } });
      assert.equal(done.status, 202);
      const unknown = await served.call("POST", path, { json: { reason: "x", evaluation: "nope" } });
      assert.equal(unknown.status, 404);
      const shown = await served.get(`/v1/remediations/${context}`);
      assert.equal(shown.body.evaluation.invalidated.reason, "x");
    });

    it("needs a reason, and an evaluation that has finished", async () => {
      const { body } = await served.call("POST", "/v1/evaluations", { json: CARTS });
      const path = `/v1/evaluations/${body.context}/invalidate`;
      assert.equal((await served.call("POST", path, { json: {} })).status, 422);
      assert.equal((await served.call("POST", path, { json: { reason: "x" } })).status, 409);
      const nowhere = `/v1/evaluations/${randomUUID()}/invalidate`;
      assert.equal((await served.call("POST", nowhere, { json: { reason: "x" } })).status, 404);
    });
  });

  describe("notes", () => {
    const annotate = (context: string, json: unknown, headers: Record<string, string> = {}) =>
      served.call("POST", `/v1/evaluations/${context}/annotate`, { json, headers });

    it("are shown with the evaluation wherever it is, oldest first, and change nothing of it", async () => {
      const context = await finishedGate("noted", "pass", "2026-01-04T00:00:00Z");
      const other = await finishedGate("noted", "pass", "2026-01-04T01:00:00Z");
      const hostile = "<img src=x onerror=alert(1)>\u202e";
      await annotate(context, { note: "no load at 12:04" });
      const { status, body } = await annotate(context, { note: hostile });
      assert.equal(status, 202);
      const notes = body.notes.map(({ by, note }: { by: string; note: string }) => [by, note]);
      assert.deepEqual(notes, [
        ["anonymous", "no load at 12:04"],
        ["anonymous", hostile],
      ]);
      assert.deepEqual([body.result, body.invalidated], ["pass", undefined]);
      const { items } = (await served.get("/v1/evaluations?service=noted")).body;
      assert.deepEqual(
        items.map((item: { context: string; notes?: unknown[] }) => [item.context, item.notes?.length]),
        [
          [other, undefined],
          [context, 2],
        ],
      );
      assert.equal((await served.get(`/v1/evaluations/${context}`)).body.evaluation.notes.length, 2);
      assert.equal((await served.journal.evaluations({ ...CARTS, service: "noted" }, 10)).length, 2);
    });

    it("of a run's evaluations one can be named; void ones can have notes, too", async () => {
      const context = await runIn(served.journal, "finished");
      const { body } = await served.get(`/v1/remediations/${context}`);
      await served.call("POST", `/v1/evaluations/${context}/invalidate`, { json: { reason: "x" } });
      const done = await annotate(context, { note: "why", evaluation: body.evaluation.id });
      assert.deepEqual([done.body.notes[0].note, done.body.invalidated.reason], ["why", "x"]);
      assert.equal((await annotate(context, { note: "why", evaluation: "nope" })).status, 404);
    });

    it("are found by the evaluation's id, whoever else uses that", async () => {
      const context = await finishedGate("shared", "pass", "2026-01-04T00:00:00Z");
      const { id } = (await served.get(`/v1/evaluations/${context}`)).body.evaluation;
      await served.journal.append(randomUUID(), [
        { kind: "other", type: "a.b.c", id, source: "a-sender", data: CARTS },
      ]);
      assert.equal((await annotate(context, { note: "mine", evaluation: id })).status, 202);
    });

    it("the same Idempotency-Key adds one", async () => {
      const context = await finishedGate("once", "pass", "2026-01-04T00:00:00Z");
      const ask = () => annotate(context, { note: "once" }, { "idempotency-key": "k1" });
      await Promise.all([ask(), ask()]);
      assert.equal((await ask()).body.notes.length, 1);
    });

    it("are bounded in length and number", async () => {
      const context = await finishedGate("many", "pass", "2026-01-04T00:00:00Z");
      assert.equal((await annotate(context, { note: "x".repeat(2001) })).status, 422);
      assert.equal((await annotate(context, { note: "" })).status, 422);
      assert.equal((await annotate(context, {})).status, 422);
      for (let n = 0; n < 50; n++) assert.equal((await annotate(context, { note: `${n}` })).status, 202);
      const { status, body } = await annotate(context, { note: "one more" });
      assert.deepEqual([status, body.code], [409, "too-many-notes"]);
    });

    it("need an evaluation that has finished", async () => {
      const { body } = await served.call("POST", "/v1/evaluations", { json: CARTS });
      assert.equal((await annotate(body.context, { note: "x" })).status, 409);
      assert.equal((await annotate(randomUUID(), { note: "x" })).status, 404);
    });
  });
});
