import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import type { NewEvent, StoredEvent, Target } from "@evenkeel/events";
import { createJournal, type Journal } from "@evenkeel/journal";
import { loadConfig, ProviderError, silentLog, type Outbound } from "@evenkeel/runtime";
import type { TaskQueue } from "@evenkeel/tasks";
import { evaluateSubject } from "./evaluate.ts";
import { startEvaluationWorker } from "./index.ts";
import type { Subject } from "./subject.ts";

const WINDOW = { start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T00:10:00.000Z" };
const SLO = `spec_version: "1.0"
objectives:
  - sli: latency
    pass: [{criteria: ["<=100"]}]
    warning: [{criteria: ["<=200"]}]
  - sli: errors
    pass: [{criteria: ["<=+10%"]}]
total_score: {pass: "90%", warning: "50%"}
`;
const SLI = `spec_version: "1.0"
indicators:
  latency: latency{job="$SERVICE-$PROJECT-$STAGE"}
  errors: errors
`;

/** A queue that wakes nobody: the worker is woken by its own journal. */
const noQueue: TaskQueue = {
  add: async () => undefined,
  work: async () => ({ close: async () => undefined }),
  close: async () => undefined,
};

/** What Prometheus answers: a value, nothing, or trouble. */
type Answers = Record<string, number | "none" | ProviderError>;

describe("a quality gate by hand", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let journal: Journal;
  let answers: Answers;
  let asked: string[];
  const closers: (() => Promise<void>)[] = [];

  before(async () => {
    database = await testDatabase();
    journal = await createJournal({ url: database.url, log: silentLog });
    const outbound: Outbound = async ({ body = "" }) => {
      const text = new URLSearchParams(body).get("query") ?? "";
      asked.push(text);
      const answer = answers[/^\w+/.exec(text)?.[0] ?? ""];
      if (answer instanceof ProviderError) throw answer;
      const result = typeof answer === "number" ? [{ metric: {}, value: [0, String(answer)] }] : [];
      const headers = { "content-type": "application/json" };
      return {
        status: 200,
        headers,
        body: JSON.stringify({ status: "success", data: { resultType: "vector", result } }),
      };
    };
    const { settings } = loadConfig({ env: {}, flags: { "sli.prometheus.url": "http://prometheus.example.com" } });
    const worker = await startEvaluationWorker({ journal, queue: noQueue, settings, outbound, log: silentLog });
    closers.push(() => worker.close());
  });
  beforeEach(() => {
    answers = { latency: 90, errors: 1 };
    asked = [];
  });
  after(async () => {
    for (const close of closers) await close();
    await journal?.close();
    await database?.drop();
  });

  async function service(
    files: Record<string, string> = { "production/carts/slo.yaml": SLO, "prometheus/sli.yaml": SLI },
  ) {
    const project = `shop${randomBytes(3).toString("hex")}`;
    await journal.apply(project, new Map(Object.entries(files)), { replace: true });
    return { project, stage: "production", service: "carts" };
  }

  async function gate(target: Target): Promise<Extract<StoredEvent, { kind: "evaluation.finished" }>> {
    const context = randomUUID();
    await journal.append(context, [{ kind: "evaluation.triggered", data: { ...target, evaluation: WINDOW } }]);
    for (;;) {
      const events = await journal.read(context);
      const end = events.find((event) => event.kind === "evaluation.finished");
      if (end?.kind === "evaluation.finished") return end;
      await delay(10);
    }
  }

  const verdict = ({ data }: { data: { status: string; result: string } }) => [data.status, data.result];

  it("passes when every objective is met, and names the values and the file it judged by", async () => {
    const target = await service();
    const { data, context, triggeredid } = await gate(target);
    assert.deepEqual(verdict({ data }), ["succeeded", "pass"]);
    assert.equal(data.evaluation.score, 100);
    assert.deepEqual([data.evaluation.timeStart, data.evaluation.timeEnd], [WINDOW.start, WINDOW.end]);
    assert.deepEqual(
      data.evaluation.indicatorResults.map(({ value }) => [value.metric, value.value]),
      [
        ["latency", 90],
        ["errors", 1],
      ],
    );
    assert.equal(Buffer.from(data.evaluation.sloFileContent ?? "", "base64").toString(), SLO);
    assert.ok(asked.includes(`latency{job="carts-${target.project}-production"}`));
    const events = await journal.read(context);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      [
        ...["evaluation.triggered", "evaluation.started", "get-sli.triggered", "get-sli.started"],
        ...["get-sli.finished", "evaluation.finished"],
      ],
    );
    assert.equal(triggeredid, events[0]?.id);
  });

  it("warns between the two thresholds; an objective that is missed takes its share of the score", async () => {
    const target = await service();
    answers["latency"] = 150;
    assert.deepEqual(verdict(await gate(target)), ["succeeded", "warning"]);
    answers["latency"] = 250;
    const failed = await gate(target);
    assert.deepEqual(verdict(failed), ["succeeded", "warning"]);
    assert.equal(failed.data.evaluation.score, 50);
  });

  it("EV5: compares with the last good evaluation; one that was invalidated is passed over", async () => {
    const target = await service();
    const first = await gate(target);
    answers["errors"] = 1.05;
    const second = await gate(target);
    assert.deepEqual([second.data.result, second.data.evaluation.comparedEvents], ["pass", [first.id]]);
    const voided: NewEvent = { kind: "evaluation.invalidated", triggeredid: second.triggeredid, data: target };
    await journal.append(second.context, [voided]);
    const third = await gate(target);
    assert.deepEqual(third.data.evaluation.comparedEvents, [first.id]);
  });

  for (const [problem, expected] of [
    ["open", ["succeeded", "fail"]],
    ["resolved", ["succeeded", "pass"]],
    ["merged", ["unknown", "inconclusive"]],
  ] as const) {
    it(`without slo.yaml a problem that is ${problem} makes the evaluation ${expected[1]}`, async () => {
      const { settings } = loadConfig({ env: {} });
      const about = { context: randomUUID(), triggeredid: randomUUID(), labels: {}, source: "alertmanager" };
      const subject: Subject = { ...about, target: await service({}), window: WINDOW, problem };
      const outbound: Outbound = () => assert.fail("nothing is asked");
      const note = () => assert.fail("nothing happens on the way");
      const signal = new AbortController().signal;
      const data = await evaluateSubject(subject, { journal, settings, outbound }, note, signal);
      assert.deepEqual(verdict({ data }), expected);
    });
  }

  it("EV2, our way: without slo.yaml there is nothing to judge by, which is no pass", async () => {
    const { data } = await gate(await service({ "shipyard.yaml": "stages: [{name: production}]" }));
    assert.deepEqual(verdict({ data }), ["unknown", "inconclusive"]);
    assert.match(data.message, /no slo\.yaml for carts in stage production: nothing to evaluate by/);
  });

  it("EV1: of a project that nobody knows is inconclusive too", async () => {
    const { data } = await gate({ project: "nobody", stage: "x", service: "y" });
    assert.deepEqual(verdict({ data }), ["unknown", "inconclusive"]);
  });

  it("EV3: an unreadable slo.yaml is errored/fail, with file, line and column", async () => {
    const { data } = await gate(await service({ "production/carts/slo.yaml": "objectives: many\n" }));
    assert.deepEqual(verdict({ data }), ["errored", "fail"]);
    assert.match(data.message, /production\/carts\/slo\.yaml:1:\d+/);
  });

  it("an unreadable sli.yaml is errored and inconclusive, with file, line and column", async () => {
    const files = { "production/carts/slo.yaml": SLO, "prometheus/sli.yaml": "indicators: many\n" };
    const { data } = await gate(await service(files));
    assert.deepEqual(verdict({ data }), ["errored", "inconclusive"]);
    assert.match(data.message, /prometheus\/sli\.yaml:1:\d+/);
  });

  it("no values at all: inconclusive, never a pass", async () => {
    answers = { latency: "none", errors: "none" };
    const { data } = await gate(await service());
    assert.deepEqual(verdict({ data }), ["unknown", "inconclusive"]);
    assert.ok(data.evaluation.indicatorResults.every(({ value }) => !value.success && value.value === null));
  });

  it("EV6: a value that is missing counts against the service, and why it is missing is told", async () => {
    answers = { latency: "none", errors: 1 };
    const { data, context } = await gate(await service());
    assert.notEqual(data.result, "pass");
    const got = (await journal.read(context)).find((event) => event.kind === "get-sli.finished");
    assert.ok(got?.kind === "get-sli.finished");
    assert.equal(got.data.result, "warning");
    assert.match(got.data.message, /latency: /);
  });

  it("a query that the source refuses is a value that is missing, not a reason to wait", async () => {
    answers = { latency: new ProviderError("refused", "parse error at char 3"), errors: 1 };
    const { data } = await gate(await service());
    const latency = data.evaluation.indicatorResults.find(({ value }) => value.metric === "latency");
    assert.match(latency!.value.message, /parse error at char 3/);
  });

  it("EV7: a source that stays away ends inconclusive, and every try is answered in the log", async () => {
    answers = { latency: new ProviderError("unreachable", "no route", { retryAfterMs: 600_000 }) };
    const { data, context } = await gate(await service());
    assert.deepEqual(verdict({ data }), ["unknown", "inconclusive"]);
    assert.match(data.message, /gave up after 1 try: no route/);
    const got = (await journal.read(context)).find((event) => event.kind === "get-sli.finished");
    assert.ok(got?.kind === "get-sli.finished");
    assert.deepEqual(verdict(got), ["errored", "fail"]);
  });

  it("a provider that nobody offers is named, with those there are", async () => {
    const files = { "production/carts/slo.yaml": SLO, "production/carts/service.yaml": "sliProvider: nagios\n" };
    const { data } = await gate(await service(files));
    assert.deepEqual(verdict({ data }), ["errored", "inconclusive"]);
    assert.match(data.message, /no SLI provider nagios; there are: dynatrace, prometheus/);
  });

  it("leaves no task behind", async () => {
    await gate(await service());
    assert.deepEqual(await journal.tasks(10), []);
  });
});
