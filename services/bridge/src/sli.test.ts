import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { ProviderError } from "@evenkeel/runtime";
import type { SliRange } from "./route.ts";
import { ACTION, CARTS, fresh, problemOf } from "./seed-for-test.ts";
import { serveBridge, type Served } from "./serve-for-test.ts";

const SLO = `spec_version: "1.0"
objectives:
  - sli: error_rate
  - sli: response_time_p90
    key_sli: true
    pass: [{criteria: ["<1000"]}]
total_score:
  pass: "90%"
`;

const SLI = `spec_version: "1.0"
indicators:
  response_time_p90: latency_milliseconds{job="$SERVICE"}
`;

describe("curves of SLIs over HTTP", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let served: Served | undefined;
  /** What the source has; an error: it does not answer. */
  let source: [number, number][] | Error;
  let asked: string[];

  const sliRange: SliRange = async (_provider, query) => {
    asked.push(query.indicator);
    if (source instanceof Error) throw source;
    return { points: source, lookBackSeconds: 60 };
  };
  const start = () => serveBridge({ databaseUrl: database.url, sliRange });
  const points = (count: number) => Array.from({ length: count }, (_, n): [number, number] => [1_769_860_200 + n, n]);

  // One for each: a bridge that starts looks after the runs that have ended before.
  beforeEach(async () => {
    database = await testDatabase();
    source = points(10);
    asked = [];
    served = await start();
    const files = new Map([
      ["shipyard.yaml", "stages:\n  - name: production\n"],
      ["slo.yaml", SLO],
      ["prometheus/sli.yaml", SLI],
    ]);
    await served.journal.apply(CARTS.project, files, { replace: true });
  });
  afterEach(async () => {
    await served?.close();
    await database?.drop();
  });

  const get = async (context: string, query = "") =>
    (await served!.get(`/v1/remediations/${context}/sli${query}`)).body;

  /** A run that was begun an hour ago and ended so many minutes ago, pinned to the files as they are now. */
  async function run(endedMinutesAgo?: number): Promise<string> {
    const { journal } = served!;
    const target = fresh();
    const at = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const context = randomUUID();
    const triggered = { ...target, problem: problemOf() };
    await journal.append(context, [{ kind: "remediation.triggered", time: at(60), data: triggered }]);
    const { revision } = (await journal.files(target.project))!;
    const plan = { revision, considered: [], actions: [ACTION], settle: 0, evaluationRetries: 0 };
    const ok = { ...target, status: "succeeded", result: "pass", message: "" } as const;
    await journal.append(context, [{ kind: "get-action.finished", data: { ...ok, plan } }]);
    if (endedMinutesAgo === undefined) return context;
    const triggeredid = (await journal.state(context))!.triggered.id;
    const data = { ...ok, reason: "healed" as const, steps: [] };
    await journal.append(context, [{ kind: "remediation.finished", triggeredid, time: at(endedMinutesAgo), data }]);
    return context;
  }

  const saved = (context: string, indicator = "response_time_p90") => served!.journal.curve(context, indicator);

  /** Asks until the bridge has done in the background what it does when a run ends. */
  async function until(holds: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await holds()); tries++) {
      assert.ok(tries < 500, "not within ten seconds");
      await delay(20);
    }
  }

  it("a run that goes on: asked anew each time, nothing is kept", async () => {
    const context = await run();
    const body = await get(context);
    assert.deepEqual([body.indicator, body.points.length, body.settled], ["response_time_p90", 10, false]);
    assert.deepEqual(body.targets, [{ criteria: "<1000", level: "pass", value: 1000 }]);
    assert.equal(body.lookBackSeconds, 60);
    assert.equal(body.query, 'latency_milliseconds{job="$SERVICE"}');
    await get(context, "?indicator=error_rate");
    await get(context);
    assert.deepEqual(asked, ["response_time_p90", "error_rate", "response_time_p90"]);
    assert.equal(await saved(context), undefined);
  });

  it("when a run ends, the curves of all its indicators are kept, though nobody looks", async () => {
    const context = await run(0);
    await until(async () => Boolean((await saved(context)) && (await saved(context, "error_rate"))));
    assert.equal((await saved(context))!.settled, false);
    source = new ProviderError("unreachable", "away");
    assert.equal((await get(context)).points.length, 10);
  });

  it("settled, a curve survives a restart and what its source forgets, and is not asked for again", async () => {
    const context = await run(40);
    const before = await get(context);
    assert.equal(before.settled, true);
    await until(async () => Boolean(await saved(context, "error_rate")));
    await served!.close();
    source = [];
    served = await start();
    asked = [];
    assert.deepEqual(await get(context), before);
    assert.equal((await get(context, "?indicator=error_rate")).points.length, 10);
    assert.deepEqual(asked, []);
  });

  it("after a restart, what was kept too early is made whole, though nobody looks", async () => {
    const context = await run(0);
    await until(async () => Boolean((await saved(context)) && (await saved(context, "error_rate"))));
    await served!.close();
    source = points(12);
    served = await start();
    await until(async () => {
      const { curve } = (await saved(context))!;
      return (curve as { points: unknown[] }).points.length === 12;
    });
  });

  it("a source that has forgotten most of it does not take away what was kept", async () => {
    const context = await run(0);
    await until(async () => Boolean(await saved(context)));
    source = points(2);
    assert.equal((await get(context)).points.length, 10);
  });

  it("without an answer and with nothing kept: the trouble is told; without points: why", async () => {
    const context = await run();
    source = new ProviderError("unreachable", "no answer from there");
    const { status, body } = await served!.call("GET", `/v1/remediations/${context}/sli`);
    assert.deepEqual([status, body.code], [502, "provider-unreachable"]);
    source = [];
    assert.match((await get(context)).message, /has no values of response_time_p90/);
    assert.equal((await served!.get(`/v1/remediations/${context}/sli?indicator=nope`)).status, 404);
    assert.equal((await served!.get(`/v1/remediations/${randomUUID()}/sli`)).status, 404);
  });
});
