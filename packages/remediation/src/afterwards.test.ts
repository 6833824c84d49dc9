import assert from "node:assert/strict";
import type { NewEvent } from "@evenkeel/events";
import { refusal } from "./allowed.ts";
import { action, actionFinished, opened, PROBLEM, problem, TARGET } from "./events-for-test.ts";
import { memoryJournal } from "./journal-for-test.ts";
import { retryRefusal } from "./retry.ts";
import { runAt, runIn, startAction, type Run } from "./run-for-test.ts";
import type { Finished } from "./state.ts";
import type { TaskKind } from "./tasks.ts";

const repeated: NewEvent = {
  kind: "remediation.repeated",
  data: { ...TARGET, run: "again", by: "ann", reason: "once more" },
};
const sent: NewEvent = { kind: "escalation.sent", data: { ...TARGET, message: "help", to: "https://ops.example" } };
const failed: NewEvent = {
  kind: "escalation.failed",
  data: { ...TARGET, message: "help", to: "x", error: "no answer" },
};
const retried: NewEvent = { kind: "task.retried", data: { ...TARGET, task: "t1", taskKind: "notify", by: "ann" } };

/** All actions failed. */
function exhausted(): Run {
  const run = runAt("acting, not started", [action("only")]);
  startAction(run);
  run.work((id, attempt) => actionFinished(id, attempt, "fail"));
  return run;
}

function escalated(): Run {
  const run = runAt("acting, not started", [action("tell", "finish")]);
  run.work((id, attempt) => actionFinished(id, attempt));
  return run;
}

const finished = (run: Run) => run.state as Finished;

describe("a run that is over", () => {
  for (const state of ["resolved", "merged"] as const) {
    it(`is told that its problem was ${state}, and then cannot be run again`, () => {
      const run = exhausted();
      assert.equal(refusal("rerun", run.state), undefined);
      assert.deepEqual(run.post(problem(state)), []);
      assert.equal(run.state.problemState, state);
      run.post(problem("open"), repeated);
      assert.equal(run.state.problemState, state);
      assert.equal(finished(run).repeated, undefined);
    });
  }

  it("knows by whom and as which run it is run again; the first word counts", () => {
    const run = exhausted();
    assert.deepEqual(run.post(repeated), []);
    const by = { run: "again", by: "ann", reason: "once more" };
    assert.deepEqual(finished(run).repeated, by);
    run.post({ kind: "remediation.repeated", data: { ...TARGET, run: "other", by: "bob" } });
    assert.deepEqual(finished(run).repeated, by);
  });

  it("a run that is not over is not run again", () => {
    const run = runAt("waiting");
    run.post(repeated);
    assert.ok(!("repeated" in run.state));
  });

  it("the run that repeats it knows which, in every phase", () => {
    const journal = memoryJournal();
    const repeats = { context: "first", by: "ann" };
    const [, triggered] = opened("again");
    journal.append("again", [{ ...triggered!, data: { ...TARGET, problem: PROBLEM, repeats } } as NewEvent]);
    const run = runIn(journal, "again");
    assert.equal(run.state.phase, "planning");
    assert.deepEqual(run.state.repeats, repeats);
    run.post(problem("resolved"));
    assert.equal(finished(run).reason, "resolved-before-action");
    assert.deepEqual(run.state.repeats, repeats);
  });
});

describe("a task that was set aside", () => {
  it("telling people is tried anew when someone asks, until they are told", () => {
    const run = escalated();
    assert.equal(retryRefusal("notify", run.state), "people are being told already");
    run.post(failed);
    assert.equal(run.task(), undefined);
    assert.equal(retryRefusal("notify", run.state), undefined);
    run.post(retried);
    assert.equal(run.task(), "notify");
    assert.equal(retryRefusal("notify", run.state), "people are being told already");
    run.work(() => sent);
    assert.equal(run.task(), undefined);
  });

  it("a retry of anything else opens nothing", () => {
    for (const taskKind of ["plan", "act", "wait", "evaluate"] as const) {
      const run = escalated();
      run.post(failed, { ...retried, data: { ...TARGET, task: "t1", taskKind, by: "ann" } } as NewEvent);
      assert.equal(run.task(), undefined, taskKind);
    }
    const run = exhausted();
    run.post(retried);
    assert.equal(run.task(), undefined);
  });

  const KINDS: readonly TaskKind[] = ["plan", "act", "wait", "evaluate", "notify"];
  for (const [name, run] of [
    ["running", () => runAt("waiting")],
    ["over", exhausted],
  ] as const) {
    for (const kind of KINDS) {
      it(`${kind} of a run that is ${name} cannot be retried, and it is said why`, () =>
        assert.match(retryRefusal(kind, run().state)!, /the run has|nobody waits/));
    }
  }

  it("without a run only an evaluation can be retried: it is a quality gate", () => {
    for (const kind of KINDS)
      assert.equal(retryRefusal(kind, undefined), kind === "evaluate" ? undefined : "it belongs to no run");
  });
});
