import assert from "node:assert/strict";
import type { LogEvent } from "../types.ts";
import { markersOf } from "./facts.ts";
import { changeText, queryIn, stepsOf } from "./steps.ts";

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

  const TARGET = { project: "shop", stage: "prod", service: "carts" };

  it("does not call told what only the log has, or what could not be delivered", () => {
    const nowhere = "the event log only: no escalation.webhook.url is set";
    const sent = (to: string) => event("escalation.sent", { ...TARGET, message: "help", to });
    const failed = event("escalation.failed", { message: "help", to: "https://ops.example", error: "it answered 404" });
    assert.deepEqual(told(sent(nowhere), failed, sent("https://ops.example")), [
      ["Nobody was told", "done", "bad", "no escalation.webhook.url is set: only the log has it"],
      ["Nobody was told", "done", "bad", "it answered 404 (https://ops.example)"],
      ["Told people", "done", "warn", "help (to https://ops.example)"],
    ]);
  });

  it("holds what a pause holds: waits and what had not begun, not what was running", () => {
    const scaling = { name: "scaling", action: "scaling" };
    const pause = event("remediation.paused", { by: "ann" }, { time: "2026-01-01T00:01:00.000Z" });
    const triggered = event("action.triggered", { attempt: 0, attempts: 1, action: scaling });
    const started = event("action.started", { plan: {}, message: "1 → 2" }, { triggeredid: triggered.id });
    const wait = event("wait.triggered", { attempt: 0, retry: 0, durationMs: 600_000 });
    const over = event("wait.finished", { endedBy: "due", message: "" }, { triggeredid: wait.id });
    const evaluation = event("evaluation.triggered", {});
    const states = (phase: string, ...events: LogEvent[]) =>
      stepsOf(events, { phase, paused: { by: "ann" }, plan: { actions: [] } } as never)
        .filter(({ kind, state }) => kind !== "operator" && state !== "planned")
        .map(({ state, held }) => [state, held === undefined ? "goes on" : new Date(held).toISOString().slice(14, 19)]);
    assert.deepEqual(states("planning", PROBLEM, PLANNED, pause).at(-1), ["running", "goes on"]);
    assert.deepEqual(states("acting", triggered, pause), [["waiting", "01:00"]]);
    assert.deepEqual(states("acting", triggered, started, pause), [["running", "goes on"]]);
    assert.deepEqual(states("waiting", wait, pause), [["waiting", "01:00"]]);
    assert.deepEqual(states("evaluating", evaluation, pause), [["running", "goes on"]]);
    assert.deepEqual(states("evaluating", wait, pause, over, evaluation).at(-1), ["waiting", "01:00"]);
  });

  it("draws no arrow where nothing was changed", () => {
    const details = { name: "carts", before: 5, after: 5 };
    assert.equal(changeText({ ...details, limited: "max" }), "carts refused at 5");
    assert.equal(changeText(details), "carts unchanged at 5");
    const finished = (more: object) => event("action.finished", { attempt: 0, result: "fail", details: more });
    assert.deepEqual(markersOf([finished({ ...details, limited: "max" })]), []);
    const [scaled, called] = markersOf([finished({ ...details, after: 6 }), finished({})]);
    assert.deepEqual([scaled?.text, called?.text], ["5\u00a0→\u00a06", "action 1"]);
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
