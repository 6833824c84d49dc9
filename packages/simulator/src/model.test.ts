import assert from "node:assert/strict";
import { loadLevels, type LoadLevel } from "./load.ts";
import { defaultQueue, startModel, stepModel, type Fault, type ModelState, type Sample } from "./model.ts";

type Run = { replicas: number; load: LoadLevel; seconds: number; fault?: Fault; from?: ModelState };

function run({ replicas, load, seconds, fault, from }: Run): { state: ModelState; sample: Sample } {
  let state = from ?? startModel(defaultQueue, 0);
  const end = state.at + seconds * 1000;
  for (;;) {
    const step = stepModel(defaultQueue, state, { now: state.at + 250, replicas, load: loadLevels[load], fault });
    if (step.state.at >= end) return step;
    state = step.state;
  }
}

const p90 = (args: Run) => run(args).sample.response_time_p90;

function within(value: number, [least, most]: readonly [number, number]): void {
  assert.ok(value >= least && value <= most, `${value} is not between ${least} and ${most}`);
}

describe("service model", () => {
  // After 20 s, from an empty service. The goal of the demo is 1000 ms.
  const table: [LoadLevel, number, readonly [number, number]][] = [
    ["idle", 1, [300, 500]],
    ["calm", 1, [300, 500]],
    ["calm", 2, [300, 500]],
    ["raised", 1, [1500, 3000]],
    ["raised", 2, [300, 600]],
    ["raised", 3, [300, 500]],
    ["surge", 1, [3000, 6000]],
    ["surge", 2, [1050, 1600]],
    ["surge", 3, [300, 600]],
    ["surge", 4, [300, 500]],
  ];
  for (const [load, replicas, bounds] of table) {
    it(`${load} load on ${replicas} replica(s): p90 between ${bounds.join(" and ")} ms`, () => {
      const { sample } = run({ replicas, load, seconds: 20 });
      within(sample.response_time_p90, bounds);
      assert.ok(sample.response_time_p50 < sample.response_time_p90);
      assert.ok(sample.response_time_p90 < sample.response_time_p95);
    });
  }

  it("builds up an overload within seconds, not at once", () => {
    within(p90({ replicas: 1, load: "raised", seconds: 0.5 }), [300, 700]);
    within(p90({ replicas: 1, load: "raised", seconds: 5 }), [1500, 2500]);
  });

  it("recovers within ten seconds of the needed replicas, not at once", () => {
    const { state } = run({ replicas: 1, load: "surge", seconds: 20 });
    within(p90({ replicas: 3, load: "surge", seconds: 1, from: state }), [1000, 3000]);
    within(p90({ replicas: 3, load: "surge", seconds: 10, from: state }), [300, 600]);
  });

  it("stays above the goal under the surge after one more replica", () => {
    const { state } = run({ replicas: 1, load: "surge", seconds: 20 });
    for (const seconds of [5, 10, 30, 60]) {
      within(p90({ replicas: 2, load: "surge", seconds, from: state }), [1050, 2500]);
    }
  });

  it("is slow with any number of replicas while a dependency is slow, and well again after it", () => {
    const fault = { latencyMs: 1500 };
    for (const replicas of [1, 2, 5, 10]) within(p90({ replicas, load: "calm", seconds: 20, fault }), [1800, 2000]);
    const { state } = run({ replicas: 2, load: "calm", seconds: 5, fault });
    within(p90({ replicas: 2, load: "calm", seconds: 1, from: state }), [300, 500]);
  });

  it("counts failed answers of a dependency as errors", () => {
    const { sample } = run({ replicas: 2, load: "calm", seconds: 5, fault: { errorShare: 0.25 } });
    within(sample.error_rate, [0.249, 0.252]);
    within(sample.throughput, [7.4, 7.6]);
  });

  it("turns requests away under overload, and none to speak of when calm", () => {
    within(run({ replicas: 1, load: "surge", seconds: 20 }).sample.error_rate, [0.3, 0.7]);
    within(run({ replicas: 1, load: "calm", seconds: 20 }).sample.error_rate, [0, 0.01]);
  });

  it("has no response time without replicas, and answers nothing", () => {
    const { sample } = run({ replicas: 0, load: "calm", seconds: 5 });
    assert.ok(Number.isNaN(sample.response_time_p90));
    assert.equal(sample.throughput, 0);
    assert.equal(sample.error_rate, 1);
    assert.equal(sample.utilisation, 1);
  });

  it("gives the same numbers for the same story", () => {
    const story: Run = { replicas: 2, load: "surge", seconds: 7 };
    assert.deepEqual(run(story), run(story));
  });

  it("does not make up for a night in which the machine slept", () => {
    const state = startModel(defaultQueue, 0);
    const { sample } = stepModel(defaultQueue, state, { now: 8 * 3_600_000, replicas: 1, load: 10 });
    within(sample.succeeded + sample.failed, [590, 600]);
    assert.equal(sample.at, 8 * 3_600_000);
  });
});
