import assert from "node:assert/strict";
import { changeLoad, rateAt, requestsPerSecond, type Load } from "./load.ts";

describe("load", () => {
  it("is constant before the first point and after the last, and straight between", () => {
    const profile = [
      { at: 1000, rps: 10 },
      { at: 3000, rps: 30 },
    ];
    assert.deepEqual(
      [0, 1000, 2000, 3000, 9000].map((at) => rateAt(profile, at)),
      [10, 10, 20, 30, 30],
    );
    assert.equal(rateAt([], 5), 0);
  });

  it("changes at once, or in a ramp from where it is now", () => {
    const calm = [{ at: 0, rps: 10 }];
    assert.equal(rateAt(changeLoad(calm, "surge", 500), 500), 58);
    const ramp = changeLoad(calm, 30, 1000, 2000);
    assert.equal(rateAt(ramp, 2000), 20);
    // A second change in the middle of the first goes on from the middle.
    assert.equal(rateAt(changeLoad(ramp, 0, 2000, 1000), 2500), 10);
  });

  it("refuses what is neither a level nor a rate", () => {
    assert.throws(() => requestsPerSecond("huge" as Load), /load huge/);
    assert.throws(() => requestsPerSecond(-1), /load -1/);
    assert.throws(() => requestsPerSecond(NaN), /load NaN/);
  });
});
