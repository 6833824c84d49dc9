import assert from "node:assert/strict";
import type { Evaluation } from "../types.ts";
import { rowsOf } from "./heatmap-rows.ts";

const sli = (metric: string, value: number | null, status: "pass" | "fail" = "pass") => ({
  ...{ displayName: `${metric} name`, score: status === "pass" ? 1 : 0, status, keySli: false },
  ...{ value: { metric, value, success: value !== null, message: "" }, passTargets: [], warningTargets: [] },
});

const evaluation = (over: Partial<Evaluation>): Evaluation => ({
  ...{
    id: "1",
    seq: "1",
    time: "2026-01-01T00:00:00Z",
    context: "c",
    status: "succeeded",
    result: "pass",
    message: "",
  },
  ...{ target: { project: "p", stage: "s", service: "v" }, window: { start: "", end: "" }, score: 100 },
  ...{ indicatorResults: [], comparedEvents: [], allowedCommands: [] },
  ...over,
});

describe("the rows of the heatmap", () => {
  it("are the total score and every SLI that any evaluation had", () => {
    const rows = rowsOf([
      evaluation({ indicatorResults: [sli("p90", 400)] }),
      evaluation({ result: "fail", score: 33.4, indicatorResults: [sli("p90", 1200, "fail"), sli("errors", 0)] }),
    ]);
    assert.deepEqual(
      rows.map(({ name, cells }) => [name, ...cells.map((cell) => cell && `${cell.tone} ${cell.text}`)]),
      [
        ["Total score", "good 100", "bad 33"],
        ["p90 name", "good 1", "bad 0"],
        ["errors name", undefined, "good 1"],
      ],
    );
  });

  it("never show missing data as healthy", () => {
    const [score, p90] = rowsOf([
      evaluation({ result: "inconclusive", score: 0, indicatorResults: [sli("p90", null)] }),
    ]);
    assert.deepEqual([score?.cells[0]?.tone, score?.cells[0]?.text], ["unknown", "–"]);
    assert.deepEqual([p90?.cells[0]?.tone, p90?.cells[0]?.says], ["unknown", "no data, score 1, no value"]);
  });
});
