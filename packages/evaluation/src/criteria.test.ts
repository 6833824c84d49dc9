import assert from "node:assert/strict";
import fc from "fast-check";
import { holds, parseCriterion, target } from "./criteria.ts";
import type { Criterion } from "./criteria.ts";

function parsed(text: string): Criterion {
  const result = parseCriterion(text);
  assert.ok(result.ok, `${text} should parse`);
  return result.criterion;
}

describe("parseCriterion", () => {
  const readings: [text: string, reading: Criterion][] = [
    ["<600", { operator: "<", value: 600, comparison: "fixed", direction: "increase" }],
    ["=0", { operator: "=", value: 0, comparison: "fixed", direction: "increase" }],
    [">=0.5", { operator: ">=", value: 0.5, comparison: "fixed", direction: "increase" }],
    ["<.5", { operator: "<", value: 0.5, comparison: "fixed", direction: "increase" }],
    ["<1e3", { operator: "<", value: 1000, comparison: "fixed", direction: "increase" }],
    ["<=+10%", { operator: "<=", value: 10, comparison: "percentage", direction: "increase" }],
    ["<=10%", { operator: "<=", value: 10, comparison: "percentage", direction: "increase" }],
    [">=-20%", { operator: ">=", value: 20, comparison: "percentage", direction: "decrease" }],
    ["<=+50", { operator: "<=", value: 50, comparison: "absolute", direction: "increase" }],
    ["<=-50", { operator: "<=", value: 50, comparison: "absolute", direction: "decrease" }],
    [">-10%", { operator: ">", value: 10, comparison: "percentage", direction: "decrease" }],
    ["<=+10.5%", { operator: "<=", value: 10.5, comparison: "percentage", direction: "increase" }],
    [" <=+10 %", { operator: "<=", value: 10, comparison: "percentage", direction: "increase" }],
    [" <=10%", { operator: "<=", value: 10, comparison: "percentage", direction: "increase" }],
    ["< = 5", { operator: "<=", value: 5, comparison: "fixed", direction: "increase" }],
  ];
  for (const [text, reading] of readings) {
    it(`reads "${text}"`, () => assert.deepEqual(parseCriterion(text), { ok: true, criterion: reading }));
  }

  for (const text of ["", "600", "+10%", "!5", "|5", "abc", "≤5"]) {
    it(`refuses "${text}": no operator`, () => {
      assert.deepEqual(parseCriterion(text), { ok: false, message: "invalid criteria string" });
    });
  }
  for (const text of [
    "==5",
    "=<5",
    "<600ms",
    "<",
    "<%",
    "<+",
    "<--5",
    "<5%%",
    "<Infinity",
    "<NaN",
    "<0x10",
    "<1e999",
  ]) {
    it(`refuses "${text}": no number`, () => {
      assert.deepEqual(parseCriterion(text), { ok: false, message: "could not parse criteria target value" });
    });
  }

  it("never throws and never yields a number that is not finite, whatever the text", () => {
    const nearMiss = fc.string({ unit: fc.constantFrom(..."<>=+-%. 0123456789eExms_") });
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearMiss), (text) => {
        const result = parseCriterion(text);
        if (result.ok) assert.ok(Number.isFinite(result.criterion.value) && result.criterion.value >= 0);
        else assert.match(result.message, /^(invalid criteria string|could not parse criteria target value)$/);
      }),
    );
  });
});

describe("target", () => {
  const targets: [text: string, baseline: number | undefined, expected: number][] = [
    ["<600", 500, 600],
    ["<=+10%", 500, 550],
    ["<=10%", 100, 110],
    [">=-20%", 100, 80],
    ["<=+50", 100, 150],
    ["<=-50", 100, 50],
    ["<-5", 100, 95],
    ["<=+10%", 0, 0],
    ["<=+5%", 0.1, 0.105],
    ["<=+10%", undefined, 0],
    ["<600", undefined, 600],
  ];
  for (const [text, baseline, expected] of targets) {
    it(`of ${text} with baseline ${baseline ?? "none"} is ${expected}`, () => {
      assert.equal(target(parsed(text), baseline), expected);
    });
  }
});

describe("holds", () => {
  // The unit checks of Keptn's lighthouse-service; its history is 10 and 10, so the baseline is 10.
  const checks: [text: string, value: number, baseline: number | undefined, expected: boolean][] = [
    ["<=+10%", 10.0, 10, true],
    ["<=+10%", 11.01, 10, false],
    ["<+0%", 10.0, 10, false],
    [">+0%", 10.0, 10, false],
    ["=+1", 11.0, 10, true],
    ["=-1", 9.0, 10, true],
    ["<=10", 10.0, 10, true],
    ["=0", -0, 10, true],
    ["=0.3", 0.1 + 0.2, 10, false],
    ["<=+10%", 1e9, undefined, true],
    ["<600", 1e9, undefined, false],
  ];
  for (const [text, value, baseline, expected] of checks) {
    it(`${value} ${text} with baseline ${baseline ?? "none"}: ${expected}`, () => {
      assert.equal(holds(parsed(text), value, baseline), expected);
    });
  }

  it("is the opposite for < and >=, and for > and <=, on any fixed threshold", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 1e9 }), (value, threshold) => {
        assert.notEqual(
          holds(parsed(`<${threshold}`), value, undefined),
          holds(parsed(`>=${threshold}`), value, undefined),
        );
        assert.notEqual(
          holds(parsed(`>${threshold}`), value, undefined),
          holds(parsed(`<=${threshold}`), value, undefined),
        );
      }),
    );
  });
});
