import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { registry, type Kind } from "@evenkeel/events";
import { startIngester, type RunningIngester } from "./ingester-for-test.ts";
import { OPEN, RESOLVED, wrapped } from "./sources/fixtures/dynatrace.ts";

const BATCH = { "content-type": "application/cloudevents-batch+json" };

describe("events", function () {
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

  const event = (type: string, data: unknown = {}, more: object = {}) => ({
    specversion: "1.0",
    id: randomUUID(),
    source: "/tests",
    type,
    data,
    ...more,
  });
  const target = () => ({ project: "sockshop", stage: "production", service: `s-${randomUUID().slice(0, 8)}` });
  const send = async (body: unknown) => {
    const answer = await one.post("/v1/events", body);
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return answer.body.results[0]!;
  };
  const refused = async (body: unknown) => {
    const { status, body: problem } = await one.post("/v1/events", body);
    assert.equal(status, 422, JSON.stringify(problem));
    return `${problem.code} ${problem.errors?.[0]?.pointer}: ${problem.detail}`;
  };
  const dynatraceProblem = (on = target(), id = `-${Math.floor(Math.random() * 2 ** 50)}`) => {
    const change = (body: typeof OPEN) => ({
      ...body,
      PID: id,
      ProblemURL: "",
      ProblemDetails: { ...body.ProblemDetails, id: `${id}_1578561060000V2` },
      Tags: `keptn_project:${on.project}, keptn_stage:${on.stage}, keptn_service:${on.service}`,
    });
    return { open: change(OPEN), resolved: change(RESOLVED) };
  };

  describe("problems", () => {
    it("a notification of Keptn's on a tenant starts a remediation, in the episode of the webhook", async () => {
      const { open, resolved } = dynatraceProblem();
      const started = await send(wrapped(open));
      assert.equal(started.outcome, "triggered");
      const hook = await one.post("/v1/webhooks/dynatrace", open);
      assert.deepEqual([hook.body.results[0]!.outcome, hook.body.results[0]!.context], ["joined", started.context]);
      const ended = await send(wrapped(resolved, "1.0"));
      assert.deepEqual([ended.outcome, ended.context], ["resolved", started.context]);
    });

    it("dynatrace-service#653: closed ends and open starts, not the other way round", async () => {
      const { resolved } = dynatraceProblem();
      const closed = await send(event("sh.keptn.events.problem", { ...resolved, State: "CLOSED" }));
      assert.equal(closed.outcome, "resolved");
      assert.equal(await one.journal.state(closed.context), undefined);
    });

    it("Keptn 0.6: problem.open with capital-letter fields and a target", async () => {
      const on = target();
      const { Tags: _, ...open } = dynatraceProblem(on).open;
      const result = await send(
        event("sh.keptn.event.problem.open", { ...open, ...on }, { specversion: "0.2", time: "" }),
      );
      assert.equal(result.outcome, "triggered");
      assert.deepEqual((await one.journal.state(result.context))?.target, on);
      const ended = await send(event("sh.keptn.event.problem.open", { ...open, ...on, State: "RESOLVED" }));
      assert.deepEqual([ended.outcome, ended.context], ["resolved", result.context]);
    });

    it("Keptn 0.6: problem.open of prometheus-service, without a PID, is one episode per context", async () => {
      const on = target();
      const data = { State: "OPEN", PID: "", ProblemID: "", ProblemTitle: "response_time_p90", ...on };
      const shkeptncontext = randomUUID();
      const first = await send(event("sh.keptn.event.problem.open", data, { shkeptncontext }));
      const again = await send(event("sh.keptn.event.problem.open", data, { shkeptncontext }));
      assert.deepEqual([first.outcome, again.outcome, again.context], ["triggered", "joined", first.context]);
    });

    it("Keptn 1.x: <stage>.remediation.triggered with a raw Dynatrace problem", async () => {
      const on = target();
      const { open } = dynatraceProblem(on);
      const labels = { "Problem URL": "https://x.example/#pid=1" };
      const data = { ...on, labels, problem: open };
      const first = await send(event("sh.keptn.event.production.remediation.triggered", data));
      assert.equal(first.outcome, "triggered");
      const state = await one.journal.state(first.context);
      assert.equal(state?.problem.labels["Problem URL"], "https://x.example/#pid=1");
      assert.equal((await one.post("/v1/webhooks/dynatrace", open)).body.results[0]!.context, first.context);
    });

    it("Keptn SH7: remediation.triggered with rootCause and problemTitle alone is a run each time", async () => {
      const data = { ...target(), problem: { rootCause: "Response time degradation", problemTitle: "My Problem" } };
      const body = event("sh.keptn.event.production.remediation.triggered", data, { shkeptncontext: randomUUID() });
      const first = await send(body);
      const second = await send({ ...body, id: randomUUID() });
      assert.notEqual(first.context, second.context);
      assert.equal((await send(body)).duplicate, true);
      const problem = (await one.journal.state(first.context))?.problem;
      assert.deepEqual([problem?.title, problem?.rootCause], ["My Problem", "Response time degradation"]);
    });

    it("the stage in the type must be the stage in the data", async () => {
      const data = { ...target(), problem: { problemTitle: "x" } };
      const text = await refused(event("sh.keptn.event.dev.remediation.triggered", data));
      assert.match(text, /^schema \/data\/stage: .*expected "dev"/);
      assert.match(await refused(event("sh.keptn.event..remediation.triggered", data)), /\/data\/stage/);
      const { stage: _, ...stageless } = data;
      assert.match(await refused(event("sh.keptn.event.dev.remediation.triggered", stageless)), /\/data\/stage/);
    });

    it("our own shape: a problem with an id is one episode, resolved by its id", async () => {
      const on = target();
      const problem = { id: randomUUID(), title: "carts is slow", severity: "critical", labels: { team: "a" } };
      const first = await send(event("sh.keptn.events.problem", { ...on, problem }));
      const again = await send(event("sh.keptn.events.problem", { ...on, problem }));
      const ended = await send(event("sh.keptn.events.problem", { state: "resolved", problem }));
      assert.deepEqual([first.outcome, again.outcome, ended.outcome], ["triggered", "joined", "resolved"]);
      assert.equal(ended.context, first.context);
      const { problem: stored } = (await one.journal.state(first.context))!;
      assert.deepEqual([stored.severity, stored.labels, stored.source], ["critical", { team: "a" }, "events"]);
    });

    it("our own shape: without a target it is unrouted, without a title refused", async () => {
      const result = await send(event("sh.keptn.events.problem", { problem: { title: "x" } }));
      assert.equal(result.outcome, "unrouted");
      assert.match(
        await refused(event("sh.keptn.events.problem", { ...target(), problem: {} })),
        /^schema \/data\/problem\/title/,
      );
    });

    it("a problem in nobody's words is refused with what was expected", async () => {
      assert.match(await refused(event("sh.keptn.events.problem", { hello: 1 })), /\/data\/State: .*expected OPEN/);
      assert.match(await refused(event("sh.keptn.events.problem", "text")), /\/data\/State/);
    });
  });

  describe("modes", () => {
    it("binary, with and without a body", async () => {
      const headers = { "ce-specversion": "1.0", "ce-source": "/tests", "ce-type": "org.example.caf%C3%A9" };
      const id = randomUUID();
      const { body } = await one.post("/v1/events", { a: 1 }, { ...headers, "ce-id": id });
      assert.equal(body.results[0]!.outcome, "stored");
      const stored = await one.journal.event(id);
      assert.deepEqual([stored?.type, stored?.kind, stored?.data], ["org.example.café", "other", { a: 1 }]);
      const bare = await fetch(`${one.url}/v1/events`, {
        method: "POST",
        headers: { ...headers, "ce-id": randomUUID() },
      });
      assert.equal(bare.status, 202);
      const typeless = await fetch(`${one.url}/v1/events`, { method: "POST", body: new Uint8Array([123, 125]) });
      assert.equal(typeless.status, 415);
    });

    it("the same (source, id) again is a duplicate; the id of another source is not", async () => {
      const body = event("org.example.happened", { a: 1 });
      const first = await send(body);
      const again = await send(body);
      assert.deepEqual([first.duplicate, again.duplicate, again.context], [undefined, true, first.context]);
      assert.equal((await send({ ...body, source: "/others" })).duplicate, undefined);
    });

    it("batch: each event has its own result", async () => {
      const good = event("org.example.happened");
      const { status, body } = await one.post(
        "/v1/events",
        [good, { ...good, id: "", specversion: "1.0" }, 7, good, event("sh.keptn.event.action.finished", target())],
        BATCH,
      );
      assert.equal(status, 202);
      assert.deepEqual(
        body.results.map(({ outcome, duplicate, code }) => code ?? (duplicate ? "duplicate" : outcome)),
        ["stored", "schema", "schema", "duplicate", "made-by-evenkeel"],
      );
      assert.equal(body.results[1]!.errors?.[0]?.pointer, "/id");
    });

    it("batch: 400 only when none can be used", async () => {
      const { status, body } = await one.post("/v1/events", [7, event("dev.evenkeel.task.parked")], BATCH);
      assert.deepEqual([status, body.code], [400, "none-usable"]);
      assert.deepEqual(
        body.errors?.map(({ pointer }) => pointer),
        ["/0", "/1/type"],
      );
      assert.equal((await one.post("/v1/events", [], BATCH)).status, 202);
    });

    it("bad JSON is 400, no CloudEvent is 422, another type is 415", async () => {
      assert.equal((await one.post("/v1/events", "{")).status, 400);
      assert.equal((await one.post("/v1/events", {})).body.code, "not-a-cloudevent");
      assert.equal((await one.post("/v1/events", "<a/>", { "content-type": "application/xml" })).status, 415);
      assert.match(await refused({ ...event("org.example.happened"), specversion: "0.3" }), /\/specversion/);
    });
  });

  describe("Keptn's path", () => {
    for (const path of ["/v1/event", "/api/v1/event"]) {
      it(`${path} answers 200 with keptnContext, also to an event without id, source and version`, async () => {
        const data = { ...target(), problem: { problemTitle: "slow" } };
        const { status, body } = await one.post(path, {
          type: "sh.keptn.event.production.remediation.triggered",
          data,
        });
        assert.equal(status, 200);
        assert.equal((await one.journal.state(body.keptnContext))?.problem.title, "slow");
      });
    }

    it("keeps an event of an unknown type in the context that Keptn would give it", async () => {
      const { body } = await one.post("/v1/event", {
        type: "sh.keptn.event.test.finished",
        source: "jmeter",
        shkeptncontext: "762",
        data: {},
      });
      assert.equal(body.keptnContext, "37363220-2020-4020-a020-202020202020");
    });

    it("takes no batch", async () => {
      assert.equal((await one.post("/v1/event", [event("a.b")], BATCH)).status, 415);
    });
  });

  describe("quality gates", () => {
    const gate = (data: object, more: object = {}) => event("sh.keptn.event.evaluation.triggered", data, more);
    const window = { start: "2026-01-31T10:00:00", end: "2026-01-31T10:05:00" };

    it("evaluation.triggered opens an evaluation in a context of its own, whatever context it claims", async () => {
      const run = await send(wrapped(dynatraceProblem().open));
      const result = await send(gate({ ...target(), evaluation: window }, { shkeptncontext: run.context }));
      assert.equal(result.outcome, "triggered");
      assert.notEqual(result.context, run.context);
      const [triggered] = await one.journal.read(result.context);
      assert.ok(triggered?.kind === "evaluation.triggered");
      assert.deepEqual(triggered.data.evaluation, {
        start: "2026-01-31T10:00:00.000Z",
        end: "2026-01-31T10:05:00.000Z",
      });
      const tasks = (await one.journal.tasks(500)).filter(({ context }) => context === result.context);
      assert.deepEqual(
        tasks.map(({ kind }) => kind),
        ["evaluate"],
      );
    });

    it("a timeframe ends now, by the database's clock; test's window counts when evaluation has none", async () => {
      const result = await send(gate({ ...target(), evaluation: { timeframe: "10m" } }));
      const [triggered] = await one.journal.read(result.context);
      assert.ok(triggered?.kind === "evaluation.triggered");
      const { start, end } = triggered.data.evaluation;
      assert.equal(Date.parse(end) - Date.parse(start), 600_000);
      const byTest = await send(gate({ ...target(), evaluation: {}, test: window }));
      assert.equal(byTest.outcome, "triggered");
    });

    it("a window or a name that cannot be is refused", async () => {
      assert.match(await refused(gate(target())), /\/data\/evaluation\/timeframe: .*expected start and end/);
      assert.match(
        await refused(gate({ ...target(), evaluation: { timeframe: "5m", end: window.end } })),
        /mutually exclusive/,
      );
      assert.match(
        await refused(gate({ ...target(), service: "Carts", evaluation: window })),
        /\/data\/service: .*not a valid name/,
      );
    });

    it("evaluation.invalidated needs the evaluation that it voids", async () => {
      const on = target();
      const body = gate({ ...on, evaluation: window });
      const { context } = await send(body);
      const invalidated = event(
        "sh.keptn.event.evaluation.invalidated",
        { ...on, evaluation: { reason: "wrong host" } },
        { shkeptncontext: context, triggeredid: body.id },
      );
      assert.equal((await send(invalidated)).context, context);
      assert.equal((await send(invalidated)).duplicate, true);
      assert.match(await refused({ ...invalidated, triggeredid: undefined }), /\/triggeredid: expected/);
      assert.match(await refused({ ...invalidated, shkeptncontext: undefined }), /\/shkeptncontext: expected/);
      assert.match(await refused({ ...invalidated, triggeredid: "x" }), /^no-such-evaluation/);
      assert.match(await refused({ ...invalidated, data: { ...on, service: "other" } }), /\/data\/service/);
    });
  });

  describe("forged", () => {
    const open: readonly Kind[] = [
      "problem",
      "remediation.triggered",
      "evaluation.triggered",
      "evaluation.invalidated",
      "other",
    ];
    for (const [kind, [type]] of Object.entries(registry)) {
      if (open.includes(kind as Kind)) continue;
      it(`${kind} is refused: only Evenkeel says what a run did`, async () => {
        const run = await send(wrapped(dynatraceProblem().open));
        const before = (await one.journal.read(run.context)).length;
        const forged = event(type.replace("<stage>", "production"), target(), { shkeptncontext: run.context });
        assert.match(await refused(forged), /^made-by-evenkeel \/type: /);
        assert.equal((await one.journal.read(run.context)).length, before);
      });
    }

    it("unknown types of ours, and events that pretend to come from us, are refused", async () => {
      assert.match(await refused(event("dev.evenkeel.run.hijacked")), /^made-by-evenkeel/);
      assert.match(await refused(event("org.example.a", {}, { source: "evenkeel" })), /^reserved \/source/);
    });

    it("an unknown type in a run's context is refused: nobody else can add to its story", async () => {
      const run = await send(wrapped(dynatraceProblem().open));
      const before = (await one.journal.read(run.context)).length;
      const odd = event("sh.keptn.event.action.Finished", { status: "succeeded" }, { shkeptncontext: run.context });
      assert.match(await refused(odd), /^made-by-evenkeel \/shkeptncontext/);
      assert.equal((await one.journal.read(run.context)).length, before);
    });
  });

  it("takes data that the database cannot hold, and refuses names that no index can", async () => {
    assert.equal((await send(event("org.example.a", { "a\u0000": "\ud800", n: null }))).outcome, "stored");
    for (const data of [null, 7, "text", [1], undefined]) {
      assert.equal((await send(event("org.example.a", data))).outcome, "stored", JSON.stringify(data));
    }
    const text = await refused(event("org.example.a", { service: "x".repeat(5000) }));
    assert.match(text, /^schema \/data\/service/);
  });

  it("lists what was only kept", async () => {
    const { context } = await send(event("org.example.listed"));
    const rows = await one.journal.notifications({ outcome: "stored", limit: 200 });
    assert.equal(rows.find((row) => row.context === context)?.title, "org.example.listed");
  });
});
