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
    assert.match(mixed, /^Did not work: found none of Deployment shop\/carts\. Done: carts 1 → 2\. Evaluation fail/);
  });

  it("tells what happened in its order, and what failed alike once", () => {
    const refused = { ...ACTED, tone: "bad", text: "Deployment shop/carts: stays at 5" } as const;
    const other = { ...refused, text: "the webhook answered 404" } as const;
    const escalated = { ...ACTED, text: "escalated: carts needs a person" } as const;
    const ended = run({ phase: "finished", result: "fail", reason: "escalated", message: "handed over to people" });
    assert.equal(
      summaryOf(ended, [ACTED, FAILED, refused, refused, other, escalated]).text,
      "Done: carts 1 → 2. Evaluation fail: 1,200 ms, target <1000. " +
        "Did not work: Deployment shop/carts: stays at 5; the webhook answered 404. Escalated: carts needs a person.",
    );
  });

  it("says that nobody was told, until somebody is", () => {
    const ended = run({ phase: "finished", result: "fail", reason: "escalated", message: "handed over to people" });
    const untold = { ...ACTED, kind: "escalation", tone: "bad", text: "no escalation.webhook.url is set" } as const;
    const { text, word } = summaryOf(ended, [ACTED, untold]);
    assert.match(text, /Nobody was told: no escalation\.webhook\.url is set\.$/);
    assert.deepEqual(word, { text: "Escalated, nobody told", tone: "bad" });
    const told = summaryOf(ended, [ACTED, untold, { ...untold, tone: "warn", text: "help (to https://ops.example)" }]);
    assert.doesNotMatch(told.text, /Nobody/);
    assert.equal(told.word.text, "Escalated");
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

  it("says that a paused run waits for a person, and what comes when it is resumed", () => {
    const held = { kind: "wait", state: "waiting", tone: "warn", text: "", held: 1 } as const;
    const paused = { by: "ann", reason: "maintenance" };
    const { title, text } = summaryOf(run({ paused }), [ACTED, held]);
    assert.match(title, /until a person resumes it/);
    const next = "if that does not help: Tell the team (escalate).";
    const by = "Paused by ann: maintenance.";
    assert.equal(text, `Done: carts 1 → 2. ${by} After Resume it evaluates, once the wait is over; ${next}`);
    for (const [phase, step, said] of [
      ["acting", held, `After Resume it acts: One more replica (scaling +1); ${next}`],
      ["acting", { ...held, held: undefined }, `What runs now ends by itself. After Resume it goes on; ${next}`],
      ["evaluating", held, `After Resume it evaluates; ${next}`],
      ["queued", held, "After Resume it takes its turn in line."],
    ] as const)
      assert.equal(summaryOf(run({ phase, paused }), [step as never]).text, `${by} ${said}`);
  });

  it("says that a run in line behind one that is paused needs a person, but not when it is paused itself", () => {
    const queued = run({ phase: "queued", plan: undefined, attempt: undefined });
    const free = summaryOf(queued, []);
    assert.deepEqual([free.tone, free.word.text], ["run", "In line"]);
    const { tone, title, text, word } = summaryOf(queued, [], "ann");
    assert.deepEqual([tone, word.text, title], ["warn", "Blocked", "Blocked: the run in front is paused by ann"]);
    assert.match(text, /^A person is needed/);
  });
});
