import assert from "node:assert/strict";
import type { LogEvent } from "../types.ts";
import { queryIn, stepsOf } from "./steps.ts";

const TIME = "2026-01-01T00:00:00.000Z";
let seq = 0;
const event = (kind: string, data: object, more: object = {}) =>
  ({ seq: String(++seq), id: `e${seq}`, kind, time: TIME, data, ...more }) as unknown as LogEvent;

const PROBLEM = event("problem", { state: "open", problem: { title: "slow", source: "am", severity: "critical" } });
const PLANNED = event("get-action.triggered", {});
const told = (...events: LogEvent[]) =>
  stepsOf(events, undefined).map(({ title, state, tone, text }) => [title, state, tone, text]);

describe("stepsOf", () => {
  it("leaves nothing under way when the run has ended", () => {
    const merged = event("problem", { state: "merged", problem: { source: "am" } });
    const ended = event("remediation.finished", { reason: "resolved-before-action", message: "merged" });
    assert.deepEqual(told(PROBLEM, PLANNED)[1], ["Decision", "running", "run", "reading remediation.yaml"]);
    assert.deepEqual(told(PROBLEM, PLANNED, merged, ended)[1], [
      "Decision",
      "done",
      "quiet",
      "reading remediation.yaml: dropped",
    ]);
  });

  it("names of an evaluation what was missed, with the target that it missed", () => {
    const result = (metric: string, status: string, value: number, passTargets: object[], keySli = false) => ({
      ...{ status, keySli, passTargets },
      value: { metric, value },
    });
    const relative = { criteria: "<=+10%", violated: false };
    const triggered = event("evaluation.triggered", {});
    const finished = (verdict: string, ...indicatorResults: object[]) =>
      event(
        "evaluation.finished",
        { result: verdict, message: "", evaluation: { indicatorResults } },
        { triggeredid: triggered.id },
      );
    const good = result("p90_ms", "pass", 300, [relative], true);
    const bad = result("errors_percent", "fail", 7, [relative, { criteria: "<5", violated: true }]);
    assert.equal(told(triggered, finished("fail", good, bad))[0]?.[3], "fail: 7%, target <5, and 1 more SLI");
    assert.equal(told(triggered, finished("pass", bad, good))[0]?.[3], "pass: 300 ms, target <=+10%, and 1 more SLI");
  });
});

describe("queryIn", () => {
  it("looks past tries of which the source gave no value", () => {
    const got = (...indicatorValues: object[]) => event("get-sli.finished", { "get-sli": { indicatorValues } });
    assert.equal(queryIn([got(), got({ metric: "p90", query: "p90_ms" })], "p90"), "p90_ms");
    assert.equal(queryIn([PROBLEM, got()], "p90"), undefined);
  });
});
