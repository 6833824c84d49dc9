import assert from "node:assert/strict";
import fc from "fast-check";
import type { Previous } from "./compare.ts";
import { evaluate } from "./score.ts";
import type { Evaluation, SliValue } from "./score.ts";
import type { Comparison, CriteriaSet, Objective, Slo } from "./slo.ts";

const single: Comparison = {
  compareWith: "single_result",
  numberOfResults: 1,
  includeResultWithScore: "all",
  aggregateFunction: "avg",
};

function objective(sli: string, given: Partial<Objective> = {}): Objective {
  return { sli, displayName: "", keySli: false, weight: 1, pass: [], warning: [], ...given };
}

function slo(objectives: Objective[], given: Partial<Slo> = {}): Slo {
  return { filter: {}, comparison: single, objectives, totalScore: { pass: 90, warning: 75 }, ...given };
}

/** `undefined` leaves the value out, as a provider that did not answer for it does. */
function values(given: Record<string, number | undefined>): SliValue[] {
  return Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([metric, value]) => ({ metric, value: value ?? null, success: true, message: "" }));
}

function past(id: string, given: Record<string, number>, success = true): Previous {
  const indicatorResults = Object.entries(given).map(([metric, value]) => ({ metric, value, success }));
  return { id, result: "pass", indicatorResults };
}

function statuses(evaluation: Evaluation): string {
  return evaluation.indicatorResults.map(({ status }) => status).join(" ");
}

function targets(evaluation: Evaluation, sli: string): number[] {
  const result = evaluation.indicatorResults.find(({ value }) => value.metric === sli);
  assert.ok(result);
  return result.passTargets.map(({ targetValue }) => targetValue);
}

const p95 = objective("response_time_p95", {
  displayName: "Response time P95",
  pass: [["<=+10%", "<600"]],
  warning: [["<=800"]],
});
const errorRate = objective("error_rate", {
  weight: 2,
  keySli: true,
  pass: [["<=+5%", "<0.5"]],
  warning: [["<5"]],
});
const throughput = objective("throughput", { pass: [["<=+20%", ">=-20%"]] });
const cpu = objective("cpu");
const s1 = slo([p95, errorRate, throughput, cpu]);
const h = past("h", { response_time_p95: 500, error_rate: 0.1, throughput: 100 });

function s1Values(rt?: number, err?: number, thr?: number, load?: number): SliValue[] {
  return values({ response_time_p95: rt, error_rate: err, throughput: thr, cpu: load });
}

describe("evaluate: the four-objective SLO", () => {
  type Row = [number: number, given: SliValue[], previous: Previous[], statuses: string, score: number, result: string];
  const table: Row[] = [
    [1, s1Values(500, 0.1, 100, 55), [], "pass pass pass info", 100, "pass"],
    [2, s1Values(540, 0.1, 100, 55), [h], "pass pass pass info", 100, "pass"],
    [3, s1Values(560, 0.1, 100, 55), [h], "warning pass pass info", 87.5, "warning"],
    [4, s1Values(900, 0.3, 100, 55), [h], "fail warning pass info", 50, "fail"],
    [5, s1Values(500, 6, 100, 55), [h], "pass fail pass info", 50, "fail"],
    [6, s1Values(500, 0.1, undefined, 55), [h], "pass pass fail info", 75, "warning"],
    [7, s1Values(500, undefined, 100), [h], "pass fail pass info", 50, "fail"],
  ];
  for (const [number, given, previous, expected, score, result] of table) {
    it(`vector ${number}: ${expected}, score ${score}, ${result}`, () => {
      const evaluation = evaluate(s1, given, { previous });
      assert.equal(statuses(evaluation), expected);
      assert.equal(evaluation.score, score);
      assert.equal(evaluation.result, result);
      assert.deepEqual(
        evaluation.comparedEvents,
        previous.map(({ id }) => id),
      );
    });
  }

  it("vector 1: relative targets are 0 without a baseline, and there is no compared value", () => {
    const evaluation = evaluate(s1, s1Values(500, 0.1, 100, 55), { previous: [] });
    assert.deepEqual(targets(evaluation, "response_time_p95"), [0, 600]);
    assert.deepEqual(targets(evaluation, "error_rate"), [0, 0.5]);
    assert.deepEqual(targets(evaluation, "throughput"), [0, 0]);
    assert.equal("comparedValue" in (evaluation.indicatorResults[0]?.value ?? {}), false);
  });

  it("vector 2: targets come from the baseline", () => {
    const evaluation = evaluate(s1, s1Values(540, 0.1, 100, 55), { previous: [h] });
    assert.deepEqual(targets(evaluation, "response_time_p95"), [550, 600]);
    assert.deepEqual(targets(evaluation, "error_rate"), [0.105, 0.5]);
    assert.deepEqual(targets(evaluation, "throughput"), [120, 80]);
    assert.equal(evaluation.indicatorResults[0]?.value.comparedValue, 500);
  });

  it("vector 4: a warning of a key SLI does not fail by key", () => {
    const evaluation = evaluate(s1, s1Values(900, 0.3, 100, 55), { previous: [h] });
    assert.equal(
      evaluation.message,
      "Evaluation failed since the calculated score of 50 is below the warning value of 75",
    );
  });

  it("vector 5: names the key SLI by its sli name when it has no display name", () => {
    const { message } = evaluate(s1, s1Values(500, 6, 100, 55), { previous: [h] });
    assert.match(
      message,
      /^Evaluation failed due to key_sli objective 'error_rate': failed evaluation with score 0\.000000/,
    );
    assert.match(message, /value 6 violates <=\+5%, <0\.5/);
  });

  for (const [value, told] of [
    [1868.4209724888206, "1868.42"],
    [0.5, "0.5"],
    [0.5000000001, "0.5000000001"],
    [12_345_678, "12345700"],
  ] as const) {
    it(`tells the value ${value} of a violated key SLI as ${told}`, () => {
      const one = slo([objective("error_rate", { keySli: true, pass: [["<0.5"]] })]);
      const { message } = evaluate(one, values({ error_rate: value }), { previous: [] });
      assert.ok(message.includes(`(value ${told} violates <0.5)`), message);
    });
  }

  it("vector 6: a missing value violates its targets and says why", () => {
    const evaluation = evaluate(s1, s1Values(500, 0.1, undefined, 55), { previous: [h] });
    assert.deepEqual(evaluation.indicatorResults[2], {
      displayName: "",
      keySli: false,
      score: 0,
      status: "fail",
      value: {
        metric: "throughput",
        value: null,
        success: false,
        message: "no value received from SLI provider",
        comparedValue: 100,
      },
      passTargets: [
        { criteria: "<=+20%", targetValue: 120, violated: true },
        { criteria: ">=-20%", targetValue: 80, violated: true },
      ],
      warningTargets: [],
    });
    assert.equal(
      evaluation.message,
      "Evaluation returned a warning: the calculated score of 75 is close to the warning target value of 75",
    );
  });

  it("vector 7: a missing key value fails by key, an informational one stays informational", () => {
    const evaluation = evaluate(s1, s1Values(500, undefined, 100), { previous: [h] });
    assert.equal(evaluation.indicatorResults[3]?.value.value, null);
    assert.equal(
      evaluation.message,
      "Evaluation failed due to key_sli objective 'error_rate': no value received from SLI provider",
    );
  });

  it("vector 8: an SLO of informational objectives only passes with 100", () => {
    const evaluation = evaluate(slo([cpu]), values({ cpu: 55 }), { previous: [] });
    assert.equal(statuses(evaluation), "info");
    assert.equal(evaluation.score, 100);
    assert.equal(evaluation.result, "pass");
  });
});

describe("evaluate: several results", () => {
  const history = [
    past("c", { response_time_p95: 600, error_rate: 0.3, throughput: 120 }),
    past("b", { response_time_p95: 500, error_rate: 0.2, throughput: 100 }),
    past("a", { response_time_p95: 400, error_rate: 0.1, throughput: 80 }),
  ];
  const failedHistory = history.map((entry) => ({
    ...entry,
    indicatorResults: entry.indicatorResults.map((result) => ({ ...result, success: false })),
  }));
  const given = s1Values(560, 0.2, 118, 55);

  type Row = [
    number: string,
    aggregate: Comparison["aggregateFunction"],
    previous: Previous[],
    p95: number,
    throughput: number[],
    statuses: string,
    score: number,
    result: string,
  ];
  const table: Row[] = [
    ["9", "avg", history, 550, [120, 80], "warning pass pass info", 87.5, "warning"],
    ["10", "p50", history, 550, [120, 80], "warning pass pass info", 87.5, "warning"],
    ["11 (p90)", "p90", history, 660, [144, 96], "pass pass pass info", 100, "pass"],
    ["11 (p95)", "p95", history, 660, [144, 96], "pass pass pass info", 100, "pass"],
    ["12", "avg", failedHistory, 0, [0, 0], "pass pass pass info", 100, "pass"],
  ];
  for (const [number, aggregateFunction, previous, p95Target, throughputTargets, expected, score, result] of table) {
    it(`vector ${number}: ${aggregateFunction}, targets ${p95Target} and ${throughputTargets.join(" / ")}, ${result}`, () => {
      const comparison: Comparison = {
        ...single,
        compareWith: "several_results",
        numberOfResults: 3,
        aggregateFunction,
      };
      const evaluation = evaluate({ ...s1, comparison }, given, { previous });
      assert.equal(targets(evaluation, "response_time_p95")[0], p95Target);
      assert.deepEqual(targets(evaluation, "throughput"), throughputTargets);
      assert.equal(statuses(evaluation), expected);
      assert.equal(evaluation.score, score);
      assert.equal(evaluation.result, result);
      assert.deepEqual(evaluation.comparedEvents, ["c", "b", "a"]);
    });
  }

  it("EV5: names only the evaluations it was given to compare with, as an invalidated one is not", () => {
    const first = past("first", { response_time_p95: 500 });
    const evaluation = evaluate(s1, given, { previous: [first] });
    assert.deepEqual(evaluation.comparedEvents, ["first"]);
  });
});

describe("evaluate: single objectives", () => {
  type Row = [number: string, pass: CriteriaSet[], value: number, baseline: number, target: number, result: string];
  const table: Row[] = [
    ["13", [["<=10%"]], 110, 100, 110, "pass"],
    ["14", [["<=10%"]], 110.0001, 100, 110, "fail"],
    ["15", [["<=+50"]], 150, 100, 150, "pass"],
    ["16", [["<-5"]], -7, 100, 95, "pass"],
    ["18", [["<=+10%"]], 0.01, 0, 0, "fail"],
  ];
  for (const [number, pass, value, baseline, expected, result] of table) {
    it(`vector ${number}: ${value} against ${pass.join()} with baseline ${baseline}: ${result}`, () => {
      const previous = [past("p", { x: baseline })];
      const evaluation = evaluate(slo([objective("x", { pass })]), values({ x: value }), { previous });
      assert.deepEqual(targets(evaluation, "x"), [expected]);
      assert.equal(evaluation.result, result);
    });
  }

  const orOfAnds = objective("x", { weight: 3, pass: [["<100", ">50"], ["=0"]], warning: [["<200"]] });
  const orTable: [value: number, status: string, score: number, result: string][] = [
    [75, "pass", 100, "pass"],
    [0, "pass", 100, "pass"],
    [150, "warning", 50, "fail"],
    [300, "fail", 0, "fail"],
    [25, "warning", 50, "fail"],
  ];
  for (const [value, status, score, result] of orTable) {
    it(`vector 17: sets are OR-ed, criteria AND-ed: ${value} is ${status}, total ${score}, ${result}`, () => {
      const evaluation = evaluate(slo([orOfAnds]), values({ x: value }), { previous: [] });
      assert.equal(statuses(evaluation), status);
      assert.equal(evaluation.score, score);
      assert.equal(evaluation.result, result);
      assert.equal(evaluation.indicatorResults[0]?.passTargets.length, 3);
    });
  }

  it("vector 19: a key SLI with a warning fails by its score, not by key", () => {
    const only = objective("x", { keySli: true, pass: [["<600"]], warning: [["<800"]] });
    const evaluation = evaluate(slo([only]), values({ x: 700 }), { previous: [] });
    assert.equal(statuses(evaluation), "warning");
    assert.equal(evaluation.score, 50);
    assert.equal(evaluation.result, "fail");
    assert.doesNotMatch(evaluation.message, /key_sli/);
  });

  const four = ["a", "b", "c", "d"].map((sli) => objective(sli, { pass: [["<1"]], warning: [["<2"]] }));

  it("vector 20: one of four fails: 75, warning, as the limits are inclusive", () => {
    const evaluation = evaluate(slo(four), values({ a: 0, b: 0, c: 0, d: 9 }), { previous: [] });
    assert.equal(evaluation.score, 75);
    assert.equal(evaluation.result, "warning");
  });

  it("vector 21: of four one warns and one fails: 62.5, fail", () => {
    const evaluation = evaluate(slo(four), values({ a: 0, b: 0, c: 1, d: 9 }), { previous: [] });
    assert.equal(evaluation.score, 62.5);
    assert.equal(evaluation.result, "fail");
  });
});

describe("evaluate: score checks and Keptn's own quality gate", () => {
  it("1 and 0 (key) of 2: 50, fail by key", () => {
    const key = objective("b", { keySli: true, pass: [["<1"]] });
    const given = values({ a: 0, b: 9 });
    const evaluation = evaluate(slo([objective("a", { pass: [["<1"]] }), key]), given, { previous: [] });
    assert.equal(evaluation.score, 50);
    assert.match(evaluation.message, /key_sli objective 'b'/);
  });

  for (const [achieved, score, result] of [
    [1.506, 75.3, "warning"],
    [1.48, 74, "fail"],
  ] as const) {
    it(`${achieved} of 2: ${score}, ${result}`, () => {
      const good = objective("a", { weight: achieved, pass: [["<1"]] });
      const bad = objective("b", { weight: 2 - achieved, pass: [["<1"]] });
      const evaluation = evaluate(slo([good, bad]), values({ a: 0, b: 9 }), { previous: [] });
      assert.ok(Math.abs(evaluation.score - score) < 1e-9);
      assert.equal(evaluation.result, result);
    });
  }

  const gate = slo([
    objective("p95", { pass: [["<=+75%", "<800"]], warning: [["<=1000", "<=+100%"]] }),
    objective("throughput", { pass: [["<=+100%", ">=-80%"]] }),
    objective("error_rate"),
  ]);
  const given = values({ p95: 200, throughput: 200, error_rate: 0 });

  it("EV4: quality gate without history: relative targets 0, score 100", () => {
    const evaluation = evaluate(gate, given, { previous: [] });
    assert.equal(evaluation.score, 100);
    assert.deepEqual(targets(evaluation, "p95"), [0, 800]);
    assert.deepEqual(
      evaluation.indicatorResults[0]?.warningTargets.map(({ targetValue }) => targetValue),
      [1000, 0],
    );
    assert.deepEqual(targets(evaluation, "throughput"), [0, 0]);
  });

  it("EV4: quality gate with history 200 / 200: targets 350, 800, 1000, 400 and 400, 40, score 100", () => {
    const evaluation = evaluate(gate, given, { previous: [past("h", { p95: 200, throughput: 200 })] });
    assert.equal(evaluation.score, 100);
    assert.equal(evaluation.result, "pass");
    assert.deepEqual(targets(evaluation, "p95"), [350, 800]);
    assert.deepEqual(
      evaluation.indicatorResults[0]?.warningTargets.map(({ targetValue }) => targetValue),
      [1000, 400],
    );
    assert.deepEqual(targets(evaluation, "throughput"), [400, 40]);
  });
});

describe("evaluate: the self-healing SLO", () => {
  const p90 = objective("response_time_p90", { pass: [["<=+10%", "<1000"]], warning: [["<=1200"]] });
  const problemOpen = objective("problem_open", { displayName: "Problem open", keySli: true, pass: [["=0"]] });
  const both = slo([p90, problemOpen], { totalScore: { pass: 90, warning: 40 } });
  const only = slo([p90], { totalScore: { pass: 90, warning: 40 } });

  const table: [number: number, slo: Slo, given: SliValue[], score: number, result: string][] = [
    [22, both, values({ response_time_p90: 700, problem_open: 0 }), 100, "pass"],
    [23, both, values({ response_time_p90: 1100, problem_open: 0 }), 75, "warning"],
    [24, both, values({ response_time_p90: 700, problem_open: 1 }), 50, "fail"],
    [25, only, values({ response_time_p90: 1100 }), 50, "warning"],
    [26, only, values({ response_time_p90: 1300 }), 0, "fail"],
  ];
  for (const [number, file, given, score, result] of table) {
    it(`vector ${number}: score ${score}, ${result}`, () => {
      const evaluation = evaluate(file, given, { previous: [] });
      assert.equal(evaluation.score, score);
      assert.equal(evaluation.result, result);
    });
  }

  it("vector 24: says that the key SLI failed, though the score is above the warning value", () => {
    const { message } = evaluate(both, values({ response_time_p90: 700, problem_open: 1 }), { previous: [] });
    assert.match(message, /key_sli objective 'Problem open': failed evaluation with score 0\.000000/);
    assert.doesNotMatch(message, /below/);
  });
});

describe("evaluate: no data is not health", () => {
  const missing: SliValue[] = ["response_time_p95", "error_rate", "throughput"].map((metric) => ({
    metric,
    value: null,
    success: false,
    message: "query did not return any values",
  }));

  it("is inconclusive when no judged objective has a value, also with a key SLI and an informational value", () => {
    const evaluation = evaluate(s1, [...missing, ...values({ cpu: 55 })], { previous: [h] });
    assert.equal(evaluation.result, "inconclusive");
    assert.equal(evaluation.score, 0);
    assert.equal(statuses(evaluation), "fail fail fail info");
    assert.match(evaluation.message, /'Response time P95': query did not return any values/);
    assert.match(evaluation.message, /'error_rate'/);
  });

  it("is inconclusive when the provider sent nothing at all", () => {
    assert.equal(evaluate(s1, [], { previous: [] }).result, "inconclusive");
    assert.equal(evaluate(slo([cpu]), [], { previous: [] }).result, "inconclusive");
  });

  it("is inconclusive when the only value is not a number or was marked unsuccessful", () => {
    const only = slo([objective("x", { pass: [["<1"]] })]);
    const nan: SliValue = { metric: "x", value: NaN, success: true, message: "" };
    const unsuccessful: SliValue = { metric: "x", value: 0, success: false, message: "too old" };
    assert.equal(evaluate(only, [nan], { previous: [] }).result, "inconclusive");
    assert.equal(evaluate(only, [unsuccessful], { previous: [] }).result, "inconclusive");
  });

  it("is judged as soon as one judged objective has a value", () => {
    const evaluation = evaluate(s1, values({ throughput: 100 }), { previous: [] });
    assert.equal(evaluation.result, "fail");
    assert.match(evaluation.message, /key_sli objective 'error_rate'/);
  });
});

describe("evaluate: faults in the SLO and leftovers", () => {
  it("fails without objectives", () => {
    const evaluation = evaluate(slo([]), values({ x: 1 }), { previous: [] });
    assert.equal(evaluation.result, "fail");
    assert.equal(evaluation.score, 0);
    assert.equal(evaluation.message, "lighthouse failed because no SLO objective was provided");
  });

  it("fails on an invalid pass criterion and names objective and text", () => {
    const evaluation = evaluate(slo([objective("x", { pass: [["600"]] })]), values({ x: 1 }), { previous: [] });
    assert.equal(evaluation.result, "fail");
    assert.equal(evaluation.message, 'error with x: invalid criteria string ("600")');
  });

  it("does not swallow an invalid warning criterion", () => {
    const broken = objective("x", { displayName: "X time", pass: [["<600"]], warning: [["<800ms"]] });
    const evaluation = evaluate(slo([broken]), values({ x: 1 }), { previous: [] });
    assert.equal(evaluation.result, "fail");
    assert.equal(evaluation.message, 'error with X time: could not parse criteria target value ("<800ms")');
  });

  it("names the pass target when there is no warning band", () => {
    const file = slo([objective("x", { pass: [["<1"]], warning: [["<5"]] })], { totalScore: { pass: 90 } });
    const { result, message } = evaluate(file, values({ x: 2 }), { previous: [] });
    assert.equal(result, "fail");
    assert.equal(message, "Evaluation failed since the calculated score of 50 is below the target value of 90");
  });

  it("lists SLIs that no objective asks for", () => {
    const file = slo([objective("x", { pass: [["<1"]] })]);
    const { result, message } = evaluate(file, values({ x: 0, a: 1, b: 2 }), { previous: [] });
    assert.equal(result, "pass");
    assert.equal(message, "Lighthouse received additional SLIs, which are not specified as SLO: a, b .");
  });

  it("keeps an objective with warning criteria but no pass criteria informational", () => {
    const noted = objective("y", { keySli: true, warning: [["<1"]] });
    const evaluation = evaluate(slo([objective("x", { pass: [["<1"]] }), noted]), values({ x: 0, y: 9 }), {
      previous: [],
    });
    assert.equal(statuses(evaluation), "pass info");
    assert.equal(evaluation.score, 100);
    assert.deepEqual(evaluation.indicatorResults[1]?.warningTargets, [
      { criteria: "<1", targetValue: 1, violated: true },
    ]);
  });

  it("gives two objectives on one SLI the same value", () => {
    const file = slo([objective("x", { pass: [["<1"]] }), objective("x", { pass: [["<2"]] })]);
    assert.equal(statuses(evaluate(file, values({ x: 0 }), { previous: [] })), "pass pass");
  });

  it("names every failed key SLI", () => {
    const keys = ["a", "b"].map((sli) => objective(sli, { keySli: true, pass: [["<1"]] }));
    const { message } = evaluate(slo(keys), values({ a: 5, b: 6 }), { previous: [] });
    assert.match(message, /'a': .*; key_sli objective 'b': /);
  });
});

describe("evaluate: what always holds", () => {
  const criterion = fc
    .tuple(
      fc.constantFrom("<", "<=", ">", ">=", "="),
      fc.constantFrom("", "+", "-"),
      fc.nat(1000),
      fc.constantFrom("", "%"),
    )
    .map((parts) => parts.join(""));
  const sets = fc.array(fc.array(criterion, { minLength: 1, maxLength: 3 }), { maxLength: 3 });
  const objectives = fc
    .array(fc.record({ keySli: fc.boolean(), weight: fc.integer({ min: 1, max: 9 }), pass: sets, warning: sets }), {
      minLength: 1,
      maxLength: 5,
    })
    .map((list) => list.map((given, at) => objective(`sli${at}`, given)));
  const measured = fc.option(fc.double({ min: -2000, max: 2000, noNaN: true }), { nil: null });
  const sliValues = fc
    .array(measured, { maxLength: 5 })
    .map((list) => list.map((value, at) => ({ metric: `sli${at}`, value, success: value !== null, message: "" })));
  const previous = fc
    .array(fc.tuple(fc.constantFrom("pass", "warning", "fail", "inconclusive"), sliValues), { maxLength: 4 })
    .map((list): Previous[] =>
      list.map(([result, indicatorResults], at) => ({ id: `e${at}`, result, indicatorResults })),
    );
  const rank = { fail: 0, warning: 1, pass: 2 } as const;

  function ranked(result: Evaluation["result"]): number {
    assert.ok(result !== "inconclusive");
    return rank[result];
  }

  it("the score is between 0 and 100, and only evaluations with a value pass or warn", () => {
    fc.assert(
      fc.property(objectives, sliValues, previous, (list, given, earlier) => {
        const evaluation = evaluate(slo(list), given, { previous: earlier });
        assert.ok(evaluation.score >= 0 && evaluation.score <= 100);
        assert.equal(evaluation.indicatorResults.length, list.length);
        if (!evaluation.indicatorResults.some(({ value }) => value.success))
          assert.equal(evaluation.result, "inconclusive");
      }),
    );
  });

  it("the score is at most 100 with fractional weights", () => {
    const weights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(weights, (list) => {
        const all = list.map((weight) => objective("x", { weight, pass: [["<1"]] }));
        const evaluation = evaluate(slo(all), values({ x: 0 }), { previous: [] });
        assert.ok(evaluation.score <= 100 && evaluation.score > 99.999);
      }),
    );
  });

  it("a higher pass mark never makes the result better", () => {
    fc.assert(
      fc.property(objectives, sliValues, fc.nat(100), fc.nat(100), (list, given, a, b) => {
        const at = (pass: number) => evaluate(slo(list, { totalScore: { pass } }), given, { previous: [] });
        const lenient = at(Math.min(a, b));
        if (lenient.result === "inconclusive") return;
        assert.ok(ranked(at(Math.max(a, b)).result) <= ranked(lenient.result));
      }),
    );
  });

  it("making an objective key never makes the result better, nor changes the score", () => {
    fc.assert(
      fc.property(objectives, sliValues, (list, given) => {
        const plain = evaluate(slo(list.map((one) => ({ ...one, keySli: false }))), given, { previous: [] });
        const keyed = evaluate(slo(list), given, { previous: [] });
        assert.equal(keyed.score, plain.score);
        if (plain.result === "inconclusive") return;
        assert.ok(ranked(keyed.result) <= ranked(plain.result));
      }),
    );
  });

  it("a lower value never scores worse where all criteria are upper limits", () => {
    const upper = fc.tuple(fc.constantFrom("<", "<="), fc.nat(1000)).map((parts) => parts.join(""));
    const upperSets = fc.array(fc.array(upper, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });
    const value = fc.double({ min: -10, max: 1010, noNaN: true });
    fc.assert(
      fc.property(upperSets, upperSets, value, value, (pass, warning, a, b) => {
        const score = (x: number) =>
          evaluate(slo([objective("x", { pass, warning })]), values({ x }), { previous: [] }).score;
        assert.ok(score(Math.min(a, b)) >= score(Math.max(a, b)));
      }),
    );
  });

  it("the order of objectives changes neither score nor result", () => {
    fc.assert(
      fc.property(objectives, sliValues, previous, (list, given, earlier) => {
        const there = evaluate(slo(list), given, { previous: earlier });
        const back = evaluate(slo([...list].reverse()), given, { previous: earlier });
        assert.equal(back.score, there.score);
        assert.equal(back.result, there.result);
      }),
    );
  });
});
