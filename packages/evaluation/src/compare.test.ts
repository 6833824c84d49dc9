import assert from "node:assert/strict";
import fc from "fast-check";
import { aggregate, baselines } from "./compare.ts";
import type { Previous } from "./compare.ts";
import type { Comparison } from "./slo.ts";

const single: Comparison = {
  compareWith: "single_result",
  numberOfResults: 1,
  includeResultWithScore: "all",
  aggregateFunction: "avg",
};
const several: Comparison = { ...single, compareWith: "several_results", numberOfResults: 3 };

function previous(id: string, result: Previous["result"], value: number | null, success = value !== null): Previous {
  return { id, result, indicatorResults: [{ metric: "rt", value, success }] };
}

describe("aggregate", () => {
  const table: [values: number[], avg: number, p50: number, p90: number, p95: number][] = [
    [[10, 5], 7.5, 7.5, 10, 10],
    [[1, 2, 3, 4, 5], 3, 3, 5, 5],
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5, 5, 9.8, 10],
    [[7], 7, 7, 7, 7],
    [[100, 200, 300, 400], 250, 250, 400, 400],
    [[400, 100, 300, 200], 250, 250, 400, 400],
  ];
  for (const [values, avg, p50, p90, p95] of table) {
    it(`of ${values.join(", ")} is avg ${avg}, p50 ${p50}, p90 ${p90}, p95 ${p95}`, () => {
      assert.equal(aggregate("avg", values), avg);
      assert.equal(aggregate("p50", values), p50);
      assert.ok(Math.abs(aggregate("p90", values) - p90) < 1e-9);
      assert.equal(aggregate("p95", values), p95);
    });
  }

  const samples = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 30 });

  it("stays between the smallest and the largest value", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom("avg", "p50", "p90", "p95"), (values, by) => {
        const result = aggregate(by, values);
        const slack = 1e-5;
        assert.ok(result >= Math.min(...values) - slack && result <= Math.max(...values) + slack);
      }),
    );
  });

  it("does not depend on the order of the values, nor change them", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom("p50", "p90", "p95"), (values, by) => {
        const before = [...values];
        assert.equal(aggregate(by, values), aggregate(by, [...values].reverse()));
        assert.deepEqual(values, before);
      }),
    );
  });

  it("orders the percentiles", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const slack = 1e-5;
        assert.ok(aggregate("p50", values) <= aggregate("p90", values) + slack);
        assert.ok(aggregate("p90", values) <= aggregate("p95", values) + slack);
      }),
    );
  });
});

describe("baselines", () => {
  const history = [
    previous("e5", "fail", 900),
    previous("e4", "warning", 700),
    previous("e3", "pass", 500),
    previous("e2", "pass", 400),
    previous("e1", "pass", 300),
  ];

  const choices: [title: string, comparison: Comparison, events: string[], value: number][] = [
    ["the newest of all", single, ["e5"], 900],
    ["the newest that passed", { ...single, includeResultWithScore: "pass" }, ["e3"], 500],
    ["the newest that passed or warned", { ...single, includeResultWithScore: "pass_or_warn" }, ["e4"], 700],
    ["three of all", several, ["e5", "e4", "e3"], 700],
    ["three that passed", { ...several, includeResultWithScore: "pass" }, ["e3", "e2", "e1"], 400],
    ["one for single_result, whatever number is written", { ...single, numberOfResults: 5 }, ["e5"], 900],
    [
      "all there are, when fewer than asked for",
      { ...several, numberOfResults: 50 },
      ["e5", "e4", "e3", "e2", "e1"],
      560,
    ],
  ];
  for (const [title, comparison, events, value] of choices) {
    it(`compares with ${title}`, () => {
      const found = baselines(comparison, history);
      assert.deepEqual(found.comparedEvents, events);
      assert.equal(found.values.get("rt"), value);
    });
  }

  it("has no baseline without history", () => {
    const found = baselines(several, []);
    assert.deepEqual(found.comparedEvents, []);
    assert.equal(found.values.size, 0);
  });

  it("drops values that are missing, unsuccessful or not finite, and keeps the rest", () => {
    const found = baselines({ ...several, numberOfResults: 5 }, [
      previous("e5", "pass", null),
      previous("e4", "pass", 1, false),
      previous("e3", "pass", NaN),
      previous("e2", "pass", 10),
      previous("e1", "pass", 20),
    ]);
    assert.equal(found.values.get("rt"), 15);
    assert.equal(found.comparedEvents.length, 5);
  });

  it("never compares with an inconclusive evaluation, and does not let it use up a place", () => {
    const found = baselines(single, [previous("e2", "inconclusive", 1), previous("e1", "fail", 10)]);
    assert.deepEqual(found.comparedEvents, ["e1"]);
    assert.equal(found.values.get("rt"), 10);
  });

  it("keeps metrics apart, also ones named like object members", () => {
    const results = ["__proto__", "constructor", "rt"].map((metric, at) => ({ metric, value: at, success: true }));
    const found = baselines(single, [{ id: "e1", result: "pass", indicatorResults: results }]);
    assert.equal(found.values.get("__proto__"), 0);
    assert.equal(found.values.get("constructor"), 1);
    assert.equal(found.values.get("toString"), undefined);
  });
});
