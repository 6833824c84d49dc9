import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { controlPlaneTitle, openControlPlane, type ControlPlane } from "@evenkeel/kubernetes/testing";
import { scaling, STEP_ANNOTATION } from "./scaling.ts";
import { testContext, TestWorker } from "./support/testing.ts";
import type { ActionContext } from "./types.ts";

describe(`scaling, ${controlPlaneTitle}`, function () {
  this.timeout(90_000);
  let plane: ControlPlane;

  before(async function () {
    const opened = await openControlPlane();
    if (!opened) return this.skip();
    plane = opened;
  });
  after(() => plane?.close());

  const worker = () =>
    new TestWorker(undefined, {
      kubernetes: async () => plane.kubernetes,
      now: () => new Date(),
      sleep: (ms, signal) => pause(ms, undefined, { signal }),
    });
  const context = (name: string): ActionContext =>
    testContext({}, { namespace: plane.namespace, defaultTargets: [{ kind: "Deployment", name }], deadlineMs: 60_000 });
  async function deployment(name: string) {
    const found = await plane.kubernetes.workload({ kind: "Deployment", namespace: plane.namespace, name });
    assert.ok(found);
    return found;
  }

  it("+1 of 1 is 2, available, and a second run of the step changes nothing", async () => {
    await plane.createWorkload("Deployment", "carts", 1);
    const engine = worker();
    const outcome = await scaling.run(context("carts"), engine.deps(), undefined);
    assert.deepEqual([outcome.result, outcome.details.before, outcome.details.after], ["pass", 1, 2]);
    const scaled = await deployment("carts");
    assert.deepEqual([scaled.replicas, scaled.available, scaled.annotations[STEP_ANNOTATION]], [2, 2, "c1.0"]);

    const again = await scaling.run(context("carts"), engine.deps(), engine.previous);
    assert.match(again.message, /already in place; 2 of 2 available/);
    assert.equal((await deployment("carts")).replicas, 2);
  });

  it("three engines at once on one step still add one replica", async () => {
    await plane.createWorkload("Deployment", "orders", 1);
    const engine = worker();
    const runs = [1, 2, 3].map(() => scaling.run(context("orders"), engine.deps(), undefined));
    const outcomes = await Promise.all(runs);
    assert.equal((await deployment("orders")).replicas, 2);
    assert.ok(outcomes.some(({ result }) => result === "pass"));
    // Who looks for the first time when the write is there already knows of no plan for it, and leaves it alone.
    for (const { result, message } of outcomes)
      assert.ok(result === "pass" || /carries the mark/.test(message), message);
  });

  it("-1 of 2 waits until one pod is gone", async () => {
    await plane.createWorkload("Deployment", "queue", 2);
    const down = { ...context("queue"), action: testContext({ value: "-1" }).action };
    assert.equal((await scaling.run(down, worker().deps(), undefined)).result, "pass");
    assert.equal((await deployment("queue")).current, 1);
  });

  it("raises the minimum of the autoscaler that owns the Deployment, which then scales it 1 → 2", async () => {
    await plane.createWorkload("Deployment", "front", 1);
    await plane.createAutoscaler("front", "front", { min: 1, max: 3 });
    const outcome = await scaling.run(context("front"), worker().deps(), undefined);
    assert.equal(outcome.result, "pass", outcome.message);
    assert.match(outcome.message, /by raising the minimum of HorizontalPodAutoscaler .* from 1 to 2; 2 of 2 available/);
    const scaled = await deployment("front");
    assert.equal((await plane.kubernetes.autoscalerOf(scaled))?.minReplicas, 2);
  });
});
