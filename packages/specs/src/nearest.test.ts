import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

describe("the nearest known key", () => {
  const known = ["action", "name", "value", "wait", "evaluate", "key_sli", "remediations"];
  const cases: [string, string | undefined][] = [
    ["actoin", "action"],
    ["Action", "action"],
    ["nmae", "name"],
    ["keySli", "key_sli"],
    ["remediation", "remediations"],
    ["waitt", "wait"],
    ["colour", undefined],
    ["x", undefined],
    ["", undefined],
    ["a".repeat(5000), undefined],
  ];
  for (const [word, expected] of cases) {
    it(`of ${JSON.stringify(word.slice(0, 20))} is ${expected ?? "none"}`, () => {
      assert.equal(nearest(word, known), expected);
    });
  }
});
