import assert from "node:assert/strict";
import type { Workload } from "@evenkeel/kubernetes";
import { ProviderError } from "@evenkeel/runtime";
import { scaling, STEP_ANNOTATION } from "./scaling.ts";
import { Crash, FakeKubernetes, testContext, TestWorker, type WriteFault } from "./support/testing.ts";
import type { ActionContext, ActionOutcome } from "./types.ts";

const run = (worker: TestWorker, context: ActionContext = testContext()): Promise<ActionOutcome> =>
  scaling.run(context, worker.deps(), worker.previous);

/** As the worker does: again after a crash, and after trouble that may pass. */
async function runUntilDone(worker: TestWorker, context = testContext()): Promise<ActionOutcome> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return await run(worker, context);
    } catch (error) {
      const isPassing = error instanceof Crash || (error instanceof ProviderError && error.retryable);
      if (!isPassing) throw error;
      worker.kubernetes.tick();
    }
  }
  throw new Error("no outcome after 20 runs");
}

function cluster(replicas = 2): { kubernetes: FakeKubernetes; worker: TestWorker; carts: Workload } {
  const kubernetes = new FakeKubernetes();
  return { kubernetes, worker: new TestWorker(kubernetes), carts: kubernetes.add({ replicas }) };
}

describe("scaling", () => {
  it("+1 of 2 is 3: planned, recorded, written once with the step's mark, and available", async () => {
    const { kubernetes, worker, carts } = cluster();
    const planned = { uid: carts.uid, resourceVersion: carts.resourceVersion };
    const outcome = await run(worker);
    assert.deepEqual([outcome.status, outcome.result], ["succeeded", "pass"]);
    assert.equal(outcome.message, "Deployment sockshop-production/carts: 2 → 3; 3 of 3 available");
    assert.deepEqual(outcome.details, {
      kind: "Deployment",
      namespace: "sockshop-production",
      name: "carts",
      via: "replicas",
      before: 2,
      after: 3,
      replicas: 3,
      available: 3,
      plannedAgain: false,
    });
    assert.deepEqual([carts.replicas, carts.annotations[STEP_ANNOTATION], kubernetes.effective], [3, "c1.0", 1]);
    assert.equal(worker.plans.length, 1);
    const { before, after, uid, resourceVersion, via } = worker.plans[0] ?? {};
    assert.deepEqual(
      { before, after, uid, resourceVersion, via },
      { before: 2, after: 3, ...planned, via: "replicas" },
    );
    assert.equal(JSON.stringify(worker.plans[0]), JSON.stringify(JSON.parse(JSON.stringify(worker.plans[0]))));
  });

  describe("that is taken up again when the problem is gone meanwhile", () => {
    it("changes nothing, when the first write had not taken effect", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.faults = ["crash before"];
      await assert.rejects(run(worker));
      worker.gone = "the problem was resolved meanwhile";
      const outcome = await run(worker);
      assert.deepEqual([outcome.status, carts.replicas, kubernetes.effective], ["aborted", 2, 0]);
      assert.match(outcome.message, /resolved meanwhile; nothing was changed/);
    });

    it("sees the write through that has taken effect", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.faults = ["crash after"];
      await assert.rejects(run(worker));
      worker.gone = "the problem was resolved meanwhile";
      const outcome = await run(worker);
      assert.deepEqual(
        [outcome.status, outcome.result, carts.replicas, kubernetes.effective],
        ["succeeded", "pass", 3, 1],
      );
    });
  });

  describe("that goes wrong on the way still takes effect once", () => {
    const faults: WriteFault[] = [
      "crash before",
      "crash after",
      "reply lost",
      "request lost",
      "arrives late",
      "stale",
      "busy",
      "error page",
    ];
    for (const fault of faults) {
      it(`the write: ${fault}`, async () => {
        const { kubernetes, worker, carts } = cluster();
        kubernetes.faults = [fault];
        const outcome = await runUntilDone(worker);
        assert.deepEqual([outcome.result, carts.replicas, kubernetes.effective], ["pass", 3, 1]);
        assert.equal(worker.plans.length, 1, "nothing had to be planned again");
      });
    }

    it("any three of these in a row, on a workload and on an autoscaler", async () => {
      for (const first of faults)
        for (const second of faults)
          for (const third of faults)
            for (const owned of [false, true]) {
              const { kubernetes, worker, carts } = cluster();
              if (owned) kubernetes.addAutoscaler();
              kubernetes.faults = [first, second, third];
              const outcome = await runUntilDone(worker);
              const where = `${first}, ${second}, ${third}${owned ? ", with an autoscaler" : ""}`;
              assert.deepEqual([outcome.result, carts.replicas, kubernetes.effective], ["pass", 3, 1], where);
            }
    });

    it("a crash before the plan is committed", async () => {
      const { kubernetes, worker, carts } = cluster();
      worker.beforeStarted = () => {
        worker.beforeStarted = () => undefined;
        throw new Crash();
      };
      await assert.rejects(run(worker), Crash);
      assert.equal(kubernetes.effective, 0);
      assert.equal((await run(worker)).result, "pass");
      assert.deepEqual([carts.replicas, kubernetes.effective], [3, 1]);
    });

    it("a crash between the committed plan and the write", async () => {
      const { kubernetes, worker, carts } = cluster();
      worker.afterStarted = () => {
        worker.afterStarted = () => undefined;
        throw new Crash();
      };
      await assert.rejects(run(worker), Crash);
      assert.deepEqual([carts.replicas, worker.plans.length], [2, 1]);
      assert.equal((await run(worker)).result, "pass");
      assert.deepEqual([carts.replicas, kubernetes.effective, worker.plans.length], [3, 1, 1]);
    });

    it("a crash while waiting for the pods: the second run only waits", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.faults = ["crash after"];
      await assert.rejects(run(worker), Crash);
      const outcome = await run(worker);
      assert.match(outcome.message, /2 → 3; the change was already in place; 3 of 3 available/);
      assert.deepEqual([carts.replicas, kubernetes.effective], [3, 1]);
    });

    it("two engines run the same step at the same moment", async () => {
      const { kubernetes, worker, carts } = cluster();
      const outcomes = await Promise.all([run(worker), run(worker), run(worker)]);
      assert.deepEqual(
        outcomes.map(({ result }) => result),
        ["pass", "pass", "pass"],
      );
      assert.deepEqual([carts.replicas, kubernetes.effective, worker.plans.length], [3, 1, 1]);
    });
  });

  describe("when somebody else changes the target in between", () => {
    it("plans once more from what is there now, records that, and says so", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.beforeWrite = () => {
        kubernetes.beforeWrite = () => undefined;
        kubernetes.change(carts, { replicas: 5 });
      };
      const outcome = await run(worker);
      assert.deepEqual([outcome.result, carts.replicas, kubernetes.effective], ["pass", 6, 1]);
      assert.match(
        outcome.message,
        /5 → 6 \(planned again: the first plan was 2 → 3, and somebody else changed it since\)/,
      );
      assert.deepEqual(
        worker.plans.map(({ revision, after }) => [revision, after]),
        [
          [0, 3],
          [1, 6],
        ],
      );
      assert.equal(outcome.details.plannedAgain, true);
    });

    it("gives up with a reason when it happens a second time", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.beforeWrite = () => kubernetes.change(carts, { replicas: carts.replicas + 2 });
      const outcome = await run(worker);
      assert.deepEqual([outcome.result, kubernetes.effective], ["fail", 0]);
      assert.match(outcome.message, /changed again while it was to be scaled/);
    });

    it("does not count a change of something else than the replicas", async () => {
      const { kubernetes, worker, carts } = cluster();
      let changes = 3;
      kubernetes.beforeWrite = () => {
        if (changes-- > 0) kubernetes.change(carts, { annotations: { note: String(changes) } });
      };
      assert.equal((await run(worker)).result, "pass");
      assert.deepEqual([carts.replicas, kubernetes.effective, worker.plans.length], [3, 1, 1]);
    });

    it("leaves a conflict that never ends to the worker", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.beforeWrite = () => kubernetes.change(carts, {});
      await assert.rejects(run(worker), { reason: "conflict" });
      assert.equal(kubernetes.effective, 0);
    });

    it("plans again for a workload that was deleted and recreated", async () => {
      const { kubernetes, worker } = cluster();
      kubernetes.faults = ["crash before"];
      await assert.rejects(run(worker), Crash);
      kubernetes.workloads = [];
      const recreated = kubernetes.add({ replicas: 2 });
      const outcome = await run(worker);
      assert.deepEqual([outcome.result, recreated.replicas, kubernetes.effective], ["pass", 3, 1]);
      assert.match(outcome.message, /planned again: it was recreated/);
    });

    it("fails, naming what was looked for, when it was deleted", async () => {
      const { kubernetes, worker } = cluster();
      kubernetes.faults = ["crash before"];
      await assert.rejects(run(worker), Crash);
      kubernetes.workloads = [];
      const outcome = await run(worker);
      assert.equal(outcome.result, "fail");
      assert.match(
        outcome.message,
        /found none of Deployment sockshop-production\/carts-primary, Deployment sockshop-production\/carts/,
      );
    });

    it("fails when it is scaled to zero meanwhile", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.faults = ["crash before"];
      await assert.rejects(run(worker), Crash);
      kubernetes.change(carts, { replicas: 0 });
      const outcome = await run(worker);
      assert.deepEqual([outcome.result, carts.replicas], ["fail", 0]);
      assert.match(outcome.message, /scaled to zero.*planned again/);
    });
  });

  it("touches nothing when the lease is lost", async () => {
    const { kubernetes, worker } = cluster();
    const lost = new Error("lease lost");
    worker.beforeStarted = () => {
      throw lost;
    };
    await assert.rejects(run(worker), lost);
    assert.equal(kubernetes.effective, 0);
  });

  it("hands a 429 to the worker with the server's Retry-After, and a missing right at once", async () => {
    const { kubernetes, worker } = cluster();
    kubernetes.faults = ["busy", "forbidden"];
    await assert.rejects(run(worker), { reason: "rate-limited", retryAfterMs: 7_000 });
    await assert.rejects(run(worker), { reason: "auth" });
    assert.equal(kubernetes.effective, 0);
  });

  it("looks once after a write of unknown outcome, and leaves the next try to the worker", async () => {
    const { kubernetes, worker } = cluster();
    kubernetes.faults = ["request lost"];
    let writes = 0;
    kubernetes.beforeWrite = () => void writes++;
    await assert.rejects(run(worker), { reason: "timeout" });
    assert.equal(writes, 1);
  });

  describe("that would change nothing fails with the reason", () => {
    const cases: [value: unknown, replicas: number, bounds: ActionContext["bounds"], message: RegExp][] = [
      ["+0", 2, {}, /\+0 of 2 replicas is no change/],
      ["=2", 2, {}, /=2 of 2 replicas is no change/],
      ["+1", 10, {}, /stays at 10: 11 is past the maximum of 10/],
      ["+1", 3, { max: 3 }, /maximum of 3/],
      ["-1", 1, {}, /minimum of 1/],
      ["+1", 0, {}, /scaled to zero/],
      ["two", 2, {}, /the value cannot be used: found "two": expected/],
      [undefined, 2, {}, /no value found/],
    ];
    for (const [value, replicas, bounds, message] of cases) {
      it(`${JSON.stringify(value)} of ${replicas}, bounds ${JSON.stringify(bounds)}`, async () => {
        const { kubernetes, worker } = cluster(replicas);
        const outcome = await run(worker, testContext({ value }, { bounds }));
        assert.deepEqual([outcome.status, outcome.result, kubernetes.effective], ["succeeded", "fail", 0]);
        assert.match(outcome.message, message);
        assert.equal(worker.plans.length, 0);
      });
    }
  });

  it("goes as far as the bounds allow, and says so", async () => {
    const { worker, carts } = cluster(8);
    const outcome = await run(worker, testContext({ value: "x2" }));
    assert.deepEqual([outcome.result, carts.replicas], ["pass", 10]);
    assert.match(outcome.message, /8 → 10 instead of 16, for the maximum of 10/);
  });

  describe("finds its target", () => {
    const target = (target: ActionContext["action"]["target"]) => testContext({ target });

    it("as the primary before the plain name", async () => {
      const { kubernetes, worker, carts } = cluster();
      const primary = kubernetes.add({ name: "carts-primary", replicas: 1 });
      await run(worker);
      assert.deepEqual([primary.replicas, carts.replicas], [2, 2]);
    });

    it("as the action names it, of either kind and in another namespace", async () => {
      const { kubernetes, worker, carts } = cluster();
      const store = kubernetes.add({ kind: "StatefulSet", name: "carts-db", namespace: "stores", replicas: 1 });
      const outcome = await run(worker, target({ name: "carts-db", namespace: "stores" }));
      assert.deepEqual([outcome.result, store.replicas, carts.replicas], ["pass", 2, 2]);
      assert.match(outcome.message, /^StatefulSet stores\/carts-db: 1 → 2/);
    });

    it("never guesses between two", async () => {
      const { kubernetes, worker } = cluster();
      kubernetes.add({ kind: "StatefulSet" });
      const outcome = await run(worker, target({ name: "carts" }));
      assert.deepEqual([outcome.result, kubernetes.effective], ["fail", 0]);
      assert.match(outcome.message, /both exist: give the action's target a kind/);
    });

    const missing: [string, ActionContext, RegExp][] = [
      ["that exists nowhere", target({ name: "absent" }), /found none of Deployment .*absent, StatefulSet .*absent/],
      ["without a name", target({ name: "" }), /no workload is known for carts/],
      ["without any candidate", testContext({}, { defaultTargets: [] }), /no workload is known for carts/],
      ["without a namespace", testContext({}, { namespace: "" }), /the target is empty/],
      [
        "without a service",
        testContext({}, { target: { project: "p", stage: "s", service: "" } }),
        /the target is empty/,
      ],
    ];
    for (const [what, context, message] of missing) {
      it(`and does nothing for one ${what}`, async () => {
        const { kubernetes, worker } = cluster();
        const outcome = await run(worker, context);
        assert.deepEqual([outcome.result, kubernetes.effective], ["fail", 0]);
        assert.match(outcome.message, message);
      });
    }
  });

  describe("waits for its effect", () => {
    it("until all new replicas are available", async () => {
      const { worker, kubernetes } = cluster(1);
      const outcome = await run(worker, testContext({ value: "=6" }));
      assert.match(outcome.message, /1 → 6; 6 of 6 available/);
      assert.ok(worker.slept > 0 && kubernetes.effective === 1);
    });

    it("until the pods are gone after scaling down", async () => {
      const { worker, carts } = cluster(4);
      const outcome = await run(worker, testContext({ value: "-2" }));
      assert.deepEqual([outcome.result, carts.replicas, carts.current], ["pass", 2, 2]);
    });

    it("by a status that already speaks of the new size", async () => {
      const { worker, carts } = cluster();
      carts.available = 3; // one more than wanted, as in the middle of a roll-out
      assert.equal((await run(worker)).result, "pass");
      assert.ok(worker.slept > 0);
    });

    it("at most to the deadline: a warning with the count and the pods that hang", async () => {
      const { worker, kubernetes } = cluster();
      kubernetes.startsPerTick = 0;
      const outcome = await run(worker, testContext({}, { deadlineMs: 60_000 }));
      assert.deepEqual([outcome.status, outcome.result], ["succeeded", "warning"]);
      assert.match(outcome.message, /2 → 3; only 2 of 3 became available within 60 s/);
      assert.deepEqual(outcome.details.pods, [{ name: "carts-2", ready: false, phase: "Pending" }]);
      assert.ok(worker.slept >= 60_000 && worker.slept < 66_000, `slept ${worker.slept} ms`);
    });

    it("with one deadline for all runs of the step", async () => {
      const { worker, kubernetes } = cluster();
      kubernetes.startsPerTick = 0;
      kubernetes.faults = ["crash after"];
      await assert.rejects(run(worker, testContext({}, { deadlineMs: 60_000 })), Crash);
      worker.slept += 50_000;
      assert.equal((await run(worker, testContext({}, { deadlineMs: 60_000 }))).result, "warning");
      assert.ok(worker.slept < 66_000, `slept ${worker.slept} ms`);
    });

    it("through an outage of the server", async () => {
      const { worker, kubernetes } = cluster();
      const away = new ProviderError("unreachable", "connection refused");
      kubernetes.readFaults = [undefined, undefined, away, away, away];
      assert.equal((await run(worker)).result, "pass");
    });

    it("and says when the outage lasts to the deadline", async () => {
      const { worker, kubernetes } = cluster();
      const away = new ProviderError("unreachable", "connection refused");
      kubernetes.readFaults = [undefined, undefined, ...Array.from({ length: 99 }, () => away)];
      const outcome = await run(worker, testContext({}, { deadlineMs: 20_000 }));
      assert.equal(outcome.result, "warning");
      assert.match(outcome.message, /could not be read within 20 s: connection refused/);
    });

    it("and warns at once when something else takes it back", async () => {
      const { worker, kubernetes, carts } = cluster();
      kubernetes.startsPerTick = 0;
      const deps = worker.deps();
      const sleep: typeof deps.sleep = async (ms, signal) => {
        await deps.sleep(ms, signal);
        kubernetes.change(carts, { replicas: 2 });
      };
      const outcome = await scaling.run(testContext(), { ...deps, sleep }, undefined);
      assert.equal(outcome.result, "warning");
      assert.match(outcome.message, /something else has set it to 2 since/);
    });

    it("and fails when the workload is deleted", async () => {
      const { worker, kubernetes } = cluster();
      const deps = worker.deps();
      const sleep: typeof deps.sleep = async () => void (kubernetes.workloads = []);
      const outcome = await scaling.run(testContext(), { ...deps, sleep }, undefined);
      assert.equal(outcome.result, "fail");
      assert.match(outcome.message, /deleted or recreated/);
    });

    it("and ends with the worker's signal", async () => {
      const { worker, kubernetes } = cluster();
      kubernetes.startsPerTick = 0;
      const controller = new AbortController();
      const gone = new Error("shutting down");
      const deps = worker.deps();
      const sleep: typeof deps.sleep = async (_, signal) => {
        controller.abort(gone);
        signal.throwIfAborted();
      };
      await assert.rejects(scaling.run(testContext(), { ...deps, sleep, signal: controller.signal }, undefined), gone);
    });
  });

  describe("of a workload that an autoscaler owns", () => {
    it("raises the autoscaler's minimum instead, and says so", async () => {
      const { kubernetes, worker, carts } = cluster();
      const hpa = kubernetes.addAutoscaler();
      const outcome = await run(worker);
      assert.equal(outcome.result, "pass");
      assert.match(
        outcome.message,
        /2 → 3, by raising the minimum of HorizontalPodAutoscaler sockshop-production\/carts-hpa from 1 to 3; 3 of 3/,
      );
      assert.deepEqual([hpa.minReplicas, hpa.annotations[STEP_ANNOTATION], carts.replicas], [3, "c1.0", 3]);
      assert.deepEqual(
        [kubernetes.effective, outcome.details.via, outcome.details.autoscaler],
        [1, "hpa", "carts-hpa"],
      );
    });

    it("does so for KEDA's ScaledObject too", async () => {
      const { kubernetes, worker } = cluster();
      kubernetes.addAutoscaler({ kind: "ScaledObject", managedBy: "KEDA", name: "carts-so", minReplicas: 0 });
      assert.match((await run(worker)).message, /minimum of ScaledObject sockshop-production\/carts-so from 0 to 3/);
    });

    it("counts from its minimum where the workload is still on its way there", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.addAutoscaler({ minReplicas: 4 });
      assert.equal((await run(worker)).result, "pass");
      assert.equal(carts.replicas, 5);
    });

    const refusals: [string, string, number, { minReplicas?: number; maxReplicas?: number }, RegExp][] = [
      ["+1 at its maximum", "+1", 6, {}, /stays at 6: 7 is past the maximum of 6 \(owned by HorizontalPodAutoscaler/],
      ["-1", "-1", 3, {}, /decides when to scale it down; its minimum is not lowered/],
      ["=2 of 4", "=2", 4, { minReplicas: 3 }, /its minimum is not lowered/],
      ["+1 of none", "+1", 0, {}, /scaled to zero/],
    ];
    for (const [what, value, replicas, bounds, message] of refusals) {
      it(`does nothing on ${what}, with the reason`, async () => {
        const { kubernetes, worker } = cluster(replicas);
        kubernetes.addAutoscaler(bounds);
        const outcome = await run(worker, testContext({ value }));
        assert.deepEqual([outcome.result, kubernetes.effective], ["fail", 0]);
        assert.match(outcome.message, message);
      });
    }

    it("stays within the smaller of its maximum and ours", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.addAutoscaler();
      await run(worker, testContext({ value: "x4" }, { bounds: { max: 5 } }));
      assert.equal(carts.replicas, 5);
    });

    it("plans again when the autoscaler appears between plan and write", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.faults = ["crash before"];
      await assert.rejects(run(worker), Crash);
      const hpa = kubernetes.addAutoscaler();
      const outcome = await run(worker);
      assert.deepEqual([outcome.result, hpa.minReplicas, carts.replicas, kubernetes.effective], ["pass", 3, 3, 1]);
      assert.match(outcome.message, /planned again/);
    });

    it("warns at the deadline when it does not follow", async () => {
      const { kubernetes, worker, carts } = cluster();
      kubernetes.addAutoscaler();
      const deps = worker.deps();
      const sleep: typeof deps.sleep = async (ms) => void (worker.slept += ms);
      const outcome = await scaling.run(testContext({}, { deadlineMs: 30_000 }), { ...deps, sleep }, undefined);
      assert.deepEqual([outcome.result, carts.replicas], ["warning", 2]);
      assert.match(outcome.message, /only 2 of 3 became available within 30 s/);
    });
  });

  it("refuses a bad value when the remediation is planned", () => {
    assert.equal(scaling.value.safeParse("+1").success, true);
    assert.equal(scaling.value.safeParse(1).success, true);
    const bad = scaling.value.safeParse("many");
    assert.match(bad.error?.issues[0]?.message ?? "", /found "many": expected "\+1"/);
  });
});
