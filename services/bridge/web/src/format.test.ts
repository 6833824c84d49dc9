import assert from "node:assert/strict";
import { runWord } from "./format.ts";

describe("the word for a run that has ended", () => {
  const repeated = { context: "other", by: "ann" };
  const rows = [
    ["exhausted", "fail", "open", "bad"],
    ["exhausted", "fail", "resolved", "quiet"],
    ["no-match", "fail", "open", "bad"],
    ["no-remediation-file", "fail", "merged", "quiet"],
    ["inconclusive", "inconclusive", "open", "bad"],
    ["improved", "warning", "open", "warn"],
    ["resolved", "warning", "resolved", "quiet"],
    ["healed", "pass", "open", "good"],
    ["healed", "pass", "resolved", "good"],
    ["resolved-before-action", "pass", "resolved", "quiet"],
  ] as const;
  for (const [reason, result, problemState, tone] of rows) {
    it(`is ${tone}: ${reason}, the problem is ${problemState}`, () =>
      assert.equal(runWord({ phase: "finished", reason, result, problemState }).tone, tone));
  }

  it("is quiet when another run works on the problem again", () => {
    const word = runWord({ phase: "finished", reason: "exhausted", result: "fail", problemState: "open", repeated });
    assert.deepEqual(word, { text: "Failed: no action left", tone: "quiet" });
  });
});
