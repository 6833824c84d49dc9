import assert from "node:assert/strict";
import { parseScaling, planReplicas, type ReplicaBounds, type ScalingChange } from "./replicas.ts";

describe("a scaling value", () => {
  const readable: [unknown, ScalingChange][] = [
    ["+1", { kind: "by", amount: 1 }],
    ["1", { kind: "by", amount: 1 }],
    [1, { kind: "by", amount: 1 }],
    [-2, { kind: "by", amount: -2 }],
    ["-1", { kind: "by", amount: -1 }],
    [" +3 ", { kind: "by", amount: 3 }],
    ["+0", { kind: "by", amount: 0 }],
    ["-0", { kind: "by", amount: 0 }],
    ["=3", { kind: "to", replicas: 3 }],
    ["= 3", { kind: "to", replicas: 3 }],
    ["=0", { kind: "to", replicas: 0 }],
    ["x2", { kind: "times", factor: 2 }],
    ["x1.5", { kind: "times", factor: 1.5 }],
    ["+50%", { kind: "percent", percent: 50 }],
    ["-50%", { kind: "percent", percent: -50 }],
    ["+12.5%", { kind: "percent", percent: 12.5 }],
  ];
  for (const [value, change] of readable) {
    it(`${JSON.stringify(value)} is read as ${JSON.stringify(change)}`, () => {
      assert.deepEqual(parseScaling(value), { ok: true, change });
    });
  }

  const unreadable: [unknown, RegExp][] = [
    [undefined, /^no value found: expected "\+1"/],
    [null, /^no value found/],
    ["", /^found an empty text/],
    ["two", /^found "two": expected "\+1" or "-1"/],
    ["50%", /^found "50%"/],
    ["x0", /^found "x0"/],
    ["x-2", /^found "x-2"/],
    ["=-1", /^found "=-1"/],
    ["++1", /^found "\+\+1"/],
    ["+1.5", /^found "\+1.5"/],
    [1.5, /^found 1.5/],
    [Number.NaN, /^found NaN/],
    ["1e3", /^found "1e3"/],
    ["+12345678", /^found/],
    [true, /^found true/],
    [{ replicas: 3 }, /^found a map/],
    [["+1"], /^found a list/],
  ];
  for (const [value, message] of unreadable) {
    it(`${JSON.stringify(value) ?? "no value"} is refused with what was found and what is allowed`, () => {
      const parsed = parseScaling(value);
      assert.equal(parsed.ok, false);
      assert.match(parsed.ok ? "" : parsed.message, message);
      assert.match(parsed.ok ? "" : parsed.message, /"=3" \(set\)/);
    });
  }
});

describe("the planned replicas", () => {
  const cases: [
    value: string,
    before: number,
    bounds: ReplicaBounds,
    after: number,
    limited: "min" | "max" | undefined,
  ][] = [
    ["+1", 1, {}, 2, undefined],
    ["+1", 2, {}, 3, undefined],
    ["-1", 3, {}, 2, undefined],
    ["+0", 3, {}, 3, undefined],
    ["=3", 1, {}, 3, undefined],
    ["=3", 3, {}, 3, undefined],
    ["=2", 5, {}, 2, undefined],
    ["x2", 3, {}, 6, undefined],
    ["x1", 3, {}, 3, undefined],
    ["x1.5", 1, {}, 2, undefined],
    ["x1.1", 10, { max: 20 }, 11, undefined],
    ["x0.5", 3, {}, 1, undefined],
    ["+50%", 1, {}, 2, undefined],
    ["+50%", 4, {}, 6, undefined],
    ["+1%", 4, {}, 5, undefined],
    ["-50%", 4, {}, 2, undefined],
    ["-50%", 3, {}, 1, undefined],
    ["-100%", 3, {}, 1, "min"],
    ["+1", 10, {}, 10, "max"],
    ["+5", 8, {}, 10, "max"],
    ["x2", 8, {}, 10, "max"],
    ["=20", 2, { max: 5 }, 5, "max"],
    ["-1", 1, {}, 1, "min"],
    ["-5", 3, { min: 2 }, 2, "min"],
    ["=0", 3, {}, 1, "min"],
    ["=0", 3, { min: 0 }, 0, undefined],
    ["-5", 3, { min: 0 }, 0, undefined],
    ["+1", 12, { max: 10 }, 12, "max"],
    ["=11", 12, { max: 10 }, 10, "max"],
    ["-1", 12, { max: 10 }, 10, "max"],
    ["-3", 12, { max: 10 }, 9, undefined],
    ["=15", 12, { max: 10 }, 12, "max"],
    ["-1", 2, { min: 3 }, 2, "min"],
    ["+1", 1, { min: 3 }, 3, "min"],
    ["+3", 1, { min: 3 }, 4, undefined],
    ["=2", 1, { min: 3 }, 3, "min"],
    ["+1", 20, { min: 20 }, 20, "max"],
    ["+1", 1, { max: 1 }, 1, "max"],
    ["-1", 1, { max: 0 }, 0, undefined],
    ["+1", 3, { min: 5, max: 2 }, 3, undefined],
    ["+1", 0, {}, 0, undefined],
    ["=3", 0, {}, 0, undefined],
    ["x2", 0, {}, 0, undefined],
  ];
  for (const [value, before, bounds, after, limited] of cases) {
    it(`${value} of ${before}, bounds ${JSON.stringify(bounds)}, is ${after}${limited ? ` (limited: ${limited})` : ""}`, () => {
      const planned = planReplicas(change(value), before, bounds);
      assert.deepEqual([planned.after, planned.limited], [after, limited]);
      assert.notEqual(planned.message, "");
    });
  }

  it("never moves against the asked direction and never leaves a moved size outside the bounds", () => {
    const values = ["+1", "-1", "+7", "-7", "=0", "=4", "=30", "x2", "x0.3", "+33%", "-66%"];
    for (const value of values)
      for (let before = 1; before <= 15; before++)
        for (const [min, max] of [
          [0, 3],
          [1, 10],
          [4, 4],
          [5, 12],
        ] as const) {
          const free = planReplicas(change(value), before, { min: 0, max: 1_000_000 }).after;
          const { after } = planReplicas(change(value), before, { min, max });
          const where = `${value} of ${before} within ${min}..${max} gave ${after}`;
          assert.ok(after === before || (after >= min && after <= max), where);
          assert.ok(Math.sign(after - before) === 0 || Math.sign(after - before) === Math.sign(free - before), where);
        }
  });

  it("says why nothing is done", () => {
    assert.match(planReplicas(change("+1"), 0).message, /scaled to zero/);
    assert.match(planReplicas(change("+1"), 10).message, /stays at 10: 11 is past the maximum of 10/);
    assert.match(planReplicas(change("+0"), 3).message, /\+0 of 3 replicas is no change/);
    assert.match(planReplicas(change("+1"), 3, { min: 5, max: 2 }).message, /minimum of 5 is above its maximum of 2/);
  });
});

function change(value: string): ScalingChange {
  const parsed = parseScaling(value);
  assert.ok(parsed.ok);
  return parsed.change;
}
