import assert from "node:assert/strict";
import { summaryOf } from "./summary.ts";

const ACTION = { wait: 1, timeout: 1, then: "evaluate" } as const;
const PLAN = {
  actions: [
    { ...ACTION, name: "One more replica", action: "scaling", value: "+1" },
    { ...ACTION, name: "Tell the team", action: "escalate" },
  ],
};
const ACTED = { kind: "action", state: "done", tone: "good", text: "carts 1 → 2" } as const;
const FAILED = { kind: "evaluation", state: "done", tone: "bad", text: "fail: 1,200 ms, target <1000" } as const;
const PASSED = { kind: "evaluation", state: "done", tone: "good", text: "pass: 390 ms, target <1000" } as const;
const run = (more: object) => ({ phase: "waiting", problemState: "open", plan: PLAN, attempt: 1, ...more }) as never;

describe("summaryOf", () => {
  it("says that it is handled, what was done and what comes next", () => {
    const { title, text } = summaryOf(run({}), [ACTED]);
    assert.equal(title, "Evenkeel is on it, nobody is needed");
    assert.equal(text, "Done: carts 1 → 2. It waits for the effect; if that does not help: Tell the team (escalate).");
  });

  it("says that it helped, by the latest evaluation", () => {
    const healed = run({ phase: "finished", result: "pass", reason: "healed", message: "evaluation pass" });
    const { tone, title, text } = summaryOf(healed, [ACTED, FAILED, ACTED, PASSED]);
    assert.deepEqual([tone, title], ["good", "Healed, nobody is needed"]);
    const said = "Done: carts 1 → 2, then carts 1 → 2. Evaluation pass: 390 ms, target <1000.";
    assert.equal(text, `${said} The problem itself was not reported as over yet.`);
    const over = run({ phase: "finished", result: "pass", reason: "healed", problemState: "resolved" });
    assert.equal(summaryOf(over, [ACTED, FAILED, ACTED, PASSED]).text, said);
  });

  it("does not call done what did not work", () => {
    const refused = { ...ACTED, tone: "bad", text: "found none of Deployment shop/carts" } as const;
    const exhausted = run({ phase: "finished", result: "fail", reason: "exhausted", message: "no action is left" });
    assert.equal(summaryOf(exhausted, [refused]).text, "Did not work: found none of Deployment shop/carts.");
    const mixed = summaryOf(exhausted, [refused, ACTED, FAILED]).text;
    assert.match(mixed, /^Done: carts 1 → 2\. Did not work: found none of Deployment shop\/carts\. Evaluation fail/);
  });

  for (const [name, more, tone, title] of [
    ["escalated", { result: "fail", reason: "escalated" }, "bad", /^A person is needed/],
    ["aborted", { result: "inconclusive", reason: "aborted" }, "bad", /^A person is needed/],
    ["gone before", { reason: "resolved-before-action", problemState: "resolved" }, "quiet", /nobody is needed$/],
    ["improved", { result: "warning", reason: "improved" }, "warn", /^Better, but/],
  ] as const) {
    it(`says whether somebody is needed when it has ended: ${name}`, () => {
      const summary = summaryOf(run({ phase: "finished", message: "why", ...more }), []);
      assert.equal(summary.tone, tone);
      assert.match(summary.title, title);
      assert.equal(summary.text, "Ended: why.");
    });
  }

  it("says that a paused run waits for a person", () => {
    const { title, text } = summaryOf(run({ paused: { by: "ann", reason: "maintenance" } }), [ACTED]);
    assert.match(title, /until a person resumes it/);
    assert.equal(text, "Done: carts 1 → 2. Paused by ann: maintenance.");
  });
});
