import assert from "node:assert/strict";
import { scenarios } from "../scenarios/index.ts";
import { plan } from "./plan.ts";
import { totals, withTotals } from "./report.ts";
import { parseResult, type Result } from "./results.ts";

const result: Result = {
  ...{ test: "fence", queue: "redis", seed: 7, lanes: 6, rounds: 200, good: 199, acknowledged: 1_400, events: 9_000 },
  ...{ lost: 1, doubled: 2, violations: { I1: 1, I3: 2 }, failures: 0, broken: [] },
  recoveryMs: { count: 300, p50: 3_500, p99: 4_600, max: 4_900 },
  measured: { readyAgainAfterMs: { p50: 10, p99: 20, max: 30 } },
  answers: { "202": 1_400 },
  load: { busy: 0.754, cpuSeconds: 300, average: 3, cores: 2 },
  ...{ runnerRssMb: 200, seconds: 1_200, commit: "abc", at: "2026-01-02T00:00:00.000Z", node: "v20.20.2" },
};

describe("the matrix of chaos runs", () => {
  it("has every test but the one that wants an earlier version, most rounds first", () => {
    assert.deepEqual(
      [...new Set(plan.map(({ test }) => test))].sort(),
      scenarios.map(({ name }) => name).filter((name) => name !== "upgrade"),
    );
    const single = plan.findIndex(({ rounds }) => rounds === 1);
    assert.ok(plan.slice(single).every(({ rounds }) => rounds === 1));
  });

  it("reads back what it has written, and refuses anything else with its place", () => {
    assert.deepEqual(parseResult(JSON.stringify(result), "file:1"), result);
    assert.throws(() => parseResult("{", "file:2"), /^Error: file:2: expected the JSON of one run$/);
    assert.throws(() => parseResult(JSON.stringify({ ...result, queue: "kafka" }), "file:3"), /^Error: file:3: /);
    assert.throws(() => parseResult(JSON.stringify({ ...result, good: undefined }), "file:4"), /^Error: file:4: /);
  });

  it("tells of every run what was lost, doubled and broken", () => {
    const text = totals([
      result,
      { ...result, test: "clock", violations: {}, recoveryMs: { count: 0, p50: 0, p99: 0, max: 0 } },
    ]);
    assert.match(
      text,
      /^398 of 400 rounds were good, 2,800 notifications were acknowledged, 2 lost, 4 doubled, in 40 /,
    );
    const rows = text.split("\n").filter((line) => line.startsWith("| `"));
    assert.deepEqual(rows, [
      "| `clock` | redis |  | 7 | 199 of 200 | 1,400 | 1 | 2 | 0 | – | 6 | 75 % | 1,200 s |",
      "| `fence` | redis |  | 7 | 199 of 200 | 1,400 | 1 | 2 | 3 | 3,500 / 4,600 / 4,900 | 6 | 75 % | 1,200 s |",
      "| `clock` | redis |  | `readyAgainAfterMs` | 10 | 20 | 30 |",
      "| `fence` | redis |  | `readyAgainAfterMs` | 10 | 20 | 30 |",
    ]);
  });

  it("writes between the page's marks and nowhere else", () => {
    const page = "before\n<!-- totals: npm run chaos -- report -->\nold\n<!-- end of totals -->\nafter\n";
    assert.equal(
      withTotals(page, "new"),
      "before\n<!-- totals: npm run chaos -- report -->\n\nnew\n\n<!-- end of totals -->\nafter\n",
    );
    assert.throws(() => withTotals("no marks", "new"), /expected <!-- totals/);
  });
});
