import assert from "node:assert/strict";
import type { Reason, Result, Status } from "@evenkeel/events";
import {
  action,
  actionFinished,
  actionStarted,
  command,
  evaluated,
  opened,
  plan,
  planRead,
  problem,
  SETTLE,
  WAIT,
  waitFinished,
} from "./events-for-test.ts";
import { memoryJournal } from "./journal-for-test.ts";
import { attempt, runAt, runIn, startAction, type Reached, type Run } from "./run-for-test.ts";

const ends = (run: Run, status: Status, result: Result, reason: Reason, message: RegExp) => {
  const end = run.end();
  assert.deepEqual([end.status, end.result, end.reason], [status, result, reason]);
  assert.match(end.message, message);
  assert.equal(run.state.phase, "finished");
};

describe("a remediation, step by step", () => {
  it("a problem starts a run that plans", () => {
    const run = runAt("planning");
    assert.equal(run.task(), "plan");
    assert.deepEqual(
      run.journal.log.map((event) => event.kind),
      ["problem", "remediation.triggered", "remediation.started", "get-action.triggered"],
    );
  });

  it("the plan's first action is triggered", () => {
    const run = runAt("planning");
    assert.deepEqual(
      run.work((id) => planRead(id, plan([action("first")]))),
      ["action.triggered"],
    );
    assert.equal(run.task(), "act.0");
  });

  for (const reason of ["not-automated", "no-match", "no-remediation-file", "invalid-file"] as const) {
    it(`a plan that ends with ${reason} finishes the run with that reason`, () => {
      const run = runAt("planning");
      run.work((id) => planRead(id, undefined, reason));
      ends(run, "succeeded", "fail", reason, new RegExp(`because of ${reason}`));
    });
  }

  it("a matched entry without actions finishes the run, visibly", () => {
    const run = runAt("planning");
    assert.deepEqual(
      run.work((id) => planRead(id, plan([]))),
      ["remediation.finished"],
    );
  });

  it("an action that passed is followed by its wait", () => {
    const run = runAt("acting, started");
    assert.deepEqual(
      run.work((id, index) => actionFinished(id, index)),
      ["wait.triggered"],
    );
    assert.equal(run.state.phase, "waiting");
    if (run.state.phase !== "waiting") return;
    assert.equal(Date.parse(run.state.due) - Date.parse(run.state.actedAt), WAIT);
    assert.equal(run.task(), "wait.0.0");
  });

  it("an action past its deadline (warning) is waited for and evaluated too", () => {
    const run = runAt("acting, started");
    assert.deepEqual(
      run.work((id, index) => actionFinished(id, index, "warning")),
      ["wait.triggered"],
    );
  });

  for (const [result, status] of [
    ["fail", "succeeded"],
    ["fail", "errored"],
    ["inconclusive", "unknown"],
  ] as const) {
    it(`an action that ends ${status}/${result} is followed by the next one at once, without wait and evaluation`, () => {
      const run = runAt("acting, started");
      assert.deepEqual(
        run.work((id, index) => actionFinished(id, index, result, status)),
        ["action.triggered"],
      );
      assert.equal(run.task(), "act.1");
    });
  }

  it("the end of the wait triggers an evaluation of the time since the action, less the settle time", () => {
    const run = runAt("waiting");
    assert.deepEqual(run.work(waitFinished), ["evaluation.triggered"]);
    assert.equal(run.state.phase, "evaluating");
    if (run.state.phase !== "evaluating") return;
    const { window, actedAt } = run.state;
    assert.equal(Date.parse(window.start) - Date.parse(actedAt), SETTLE);
    assert.equal(Date.parse(window.end) - Date.parse(actedAt), WAIT);
  });

  it("of a short wait at most half is left out of the evaluation", () => {
    const run = runAt("waiting");
    run.journal.pass(30_000);
    run.post(command("wait.skipped"));
    assert.ok(run.state.phase === "evaluating");
    assert.equal(Date.parse(run.state.window.end) - Date.parse(run.state.window.start), 15_000);
  });

  for (const [result, reason] of [
    ["pass", "healed"],
    ["warning", "improved"],
  ] as const) {
    it(`evaluation ${result} finishes the run: ${reason}`, () => {
      const run = runAt("evaluating");
      run.work((id) => evaluated(id, result));
      ends(run, "succeeded", result, reason, new RegExp(`evaluation ${result} .*after first`));
      assert.equal(run.task(), undefined);
    });
  }

  it("evaluation fail is followed by the next action", () => {
    const run = runAt("evaluating");
    assert.deepEqual(
      run.work((id) => evaluated(id, "fail")),
      ["action.triggered"],
    );
    assert.equal(run.task(), "act.1");
  });

  it("when no action is left the run fails and names what was tried, in order", () => {
    const run = runAt("acting, not started", [action("scale"), action("restart"), action("flush")]);
    attempt(run, "fail");
    startAction(run);
    run.work((id, index) => actionFinished(id, index, "fail"));
    attempt(run, "fail");
    ends(run, "succeeded", "fail", "exhausted", /scale \(evaluation fail\), restart \(fail: no quota\), flush \(eval/);
    const { state } = run;
    assert.ok(state.phase === "finished");
    assert.deepEqual(
      state.steps.map(({ name }) => name),
      ["scale", "restart", "flush"],
    );
  });

  it("an inconclusive evaluation is repeated up to 3 times, one wait apart, and then ends unknown without acting", () => {
    const run = runAt("evaluating");
    for (const retry of [1, 2, 3]) {
      const seen = run.journal.now();
      assert.deepEqual(
        run.work((id) => evaluated(id, "inconclusive")),
        ["wait.triggered"],
      );
      assert.ok(run.state.phase === "waiting");
      assert.equal(Date.parse(run.state.due) - seen, WAIT);
      assert.equal(run.task(), `wait.0.${retry}`);
      run.work(waitFinished);
      assert.equal(run.task(), `evaluate.0.${retry}`);
    }
    assert.deepEqual(
      run.work((id) => evaluated(id, "inconclusive")),
      ["remediation.finished"],
    );
    ends(run, "unknown", "inconclusive", "inconclusive", /no verdict after 4 evaluations \(no values\)/);
    assert.equal(run.triggered("action.triggered").length, 1);
  });

  it("a repeated evaluation that has values counts, over the whole time since the action", () => {
    const run = runAt("evaluating");
    run.work((id) => evaluated(id, "inconclusive"));
    run.work(waitFinished);
    assert.ok(run.state.phase === "evaluating");
    assert.equal(Date.parse(run.state.window.end) - Date.parse(run.state.actedAt), 2 * WAIT);
    run.work((id) => evaluated(id, "pass"));
    ends(run, "succeeded", "pass", "healed", /first/);
  });

  it("an evaluation that cannot be made ends the run as inconclusive, never as healed", () => {
    const run = runAt("evaluating");
    run.work((id) => evaluated(id, "fail", "errored"));
    ends(run, "errored", "inconclusive", "inconclusive", /^/);
  });

  it("an action marked evaluate: false is followed by the next at once", () => {
    const run = runAt("acting, started", [action("ticket", "next"), action("scale")]);
    assert.deepEqual(
      run.work((id, index) => actionFinished(id, index)),
      ["action.triggered"],
    );
  });

  it("when the last action is marked evaluate: false nobody knows, and the end says so", () => {
    const run = runAt("acting, started", [action("ticket", "next")]);
    run.work((id, index) => actionFinished(id, index));
    ends(run, "unknown", "inconclusive", "unverified", /evaluate: false.*ticket \(done\)/);
  });

  it("escalate ends the run and opens the task of telling people, until they are told", () => {
    const run = runAt("acting, started", [action("tell", "finish"), action("never")]);
    run.work((id, index) => actionFinished(id, index));
    ends(run, "succeeded", "fail", "escalated", /tell \(done\)/);
    assert.equal(run.task(), "notify");
    run.work(() => ({
      kind: "escalation.sent",
      data: { ...run.state.target, message: "help", to: "https://ops.example" },
    }));
    assert.equal(run.task(), undefined);
  });

  it("an escalation that fails itself goes on to the next action", () => {
    const run = runAt("acting, started", [action("tell", "finish"), action("scale")]);
    assert.deepEqual(
      run.work((id, index) => actionFinished(id, index, "fail", "errored")),
      ["action.triggered"],
    );
  });
});

describe("a problem that is resolved", () => {
  for (const state of ["resolved", "merged"] as const) {
    for (const reached of ["queued", "planning", "acting, not started"] satisfies Reached[]) {
      it(`${state} while ${reached}: nothing is done`, () => {
        const run = runAt(reached);
        assert.deepEqual(run.post(problem(state)).slice(0, 1), ["remediation.finished"]);
        ends(run, "succeeded", "pass", "resolved-before-action", new RegExp(`problem was ${state}.*nothing was done`));
        assert.equal(run.task(), undefined);
        assert.equal(run.triggered("action.started").length, 0);
      });
    }
  }

  it("merged, and no data: the run ends at once, since nobody will report the problem's end", () => {
    const run = runAt("waiting");
    run.post(problem("merged"));
    run.work((id) => evaluated(id, "inconclusive"));
    ends(run, "unknown", "inconclusive", "inconclusive", /no verdict after 1 evaluation/);
  });

  it("while an action runs: it completes, waits only the settle time, and no further one follows", () => {
    const run = runAt("acting, started");
    assert.deepEqual(run.post(problem("resolved")), []);
    assert.equal(run.task(), "act.0");
    run.work((id, index) => actionFinished(id, index));
    assert.ok(run.state.phase === "waiting");
    assert.equal(Date.parse(run.state.due) - Date.parse(run.state.actedAt), SETTLE);
    run.work(waitFinished);
    run.work((id) => evaluated(id, "fail"));
    ends(run, "succeeded", "warning", "resolved", /resolved, but the evaluation did not confirm it/);
    assert.equal(run.triggered("action.triggered").length, 1);
  });

  it("while an action runs that then fails: no further one", () => {
    const run = runAt("acting, started");
    run.post(problem("resolved"));
    run.work((id, index) => actionFinished(id, index, "fail"));
    ends(run, "succeeded", "warning", "resolved", /first \(fail: no quota\)/);
  });

  it("before the second action has begun: it is not begun", () => {
    const run = runAt("evaluating");
    run.work((id) => evaluated(id, "fail"));
    assert.equal(run.task(), "act.1");
    run.post(problem("resolved"));
    ends(run, "succeeded", "warning", "resolved", /first \(evaluation fail\)/);
  });

  it("while waiting: the wait ends and the evaluation comes at once", () => {
    const run = runAt("waiting");
    run.journal.pass(5_000);
    assert.deepEqual(run.post(problem("resolved")), ["wait.finished", "evaluation.triggered"]);
    assert.equal(run.task(), "evaluate.0.0");
    run.work((id) => evaluated(id, "pass"));
    ends(run, "succeeded", "pass", "healed", /first/);
  });

  it("while waiting, and the SLO is missed nevertheless: warning, no further action", () => {
    const run = runAt("waiting");
    run.post(problem("resolved"));
    run.work((id) => evaluated(id, "fail"));
    ends(run, "succeeded", "warning", "resolved", /not confirm/);
  });

  it("while evaluating: the verdict decides, and a fail triggers nothing more", () => {
    const run = runAt("evaluating");
    assert.deepEqual(run.post(problem("resolved")), []);
    run.work((id) => evaluated(id, "fail"));
    ends(run, "succeeded", "warning", "resolved", /not confirm/);
  });

  it("and is reported open again in the same episode stays resolved: no action follows", () => {
    const run = runAt("evaluating");
    run.post(problem("resolved"));
    run.post(problem("open"));
    run.work((id) => evaluated(id, "fail"));
    ends(run, "succeeded", "warning", "resolved", /./);
  });

  it("a notification for information changes nothing", () => {
    const run = runAt("waiting");
    assert.deepEqual(run.post(problem("info")), []);
    assert.equal(run.state.phase, "waiting");
  });
});

const REACHED = ["queued", "planning", "acting, not started", "acting, started", "waiting", "evaluating"] as const;

describe("an abort", () => {
  for (const reached of REACHED) {
    if (reached === "acting, started") continue;
    it(`while ${reached}: the run ends at once, no task is left`, () => {
      const run = runAt(reached);
      run.post(command("remediation.aborted"));
      ends(run, "aborted", "inconclusive", "aborted", /^aborted by ann$/);
      assert.equal(run.task(), undefined);
    });
  }

  it("while an action runs: the run ends with the action, and nothing follows", () => {
    const run = runAt("acting, started");
    assert.deepEqual(run.post(command("remediation.aborted")), []);
    assert.equal(run.task(), "act.0");
    assert.deepEqual(
      run.work((id, index) => actionFinished(id, index)),
      ["remediation.finished"],
    );
    ends(run, "aborted", "inconclusive", "aborted", /^aborted by ann$/);
  });

  it("of a paused run ends it too (EN9)", () => {
    for (const reached of REACHED) {
      const run = runAt(reached);
      run.post(command("remediation.paused"));
      run.post(command("remediation.aborted"));
      if (reached === "acting, started") run.work((id, index) => actionFinished(id, index));
      assert.equal(run.end().reason, "aborted", reached);
    }
  });

  it("lets the next run in line begin (EN9)", () => {
    const run = runAt("queued");
    run.journal.append("other", [command("remediation.aborted")]);
    assert.equal(run.state.phase, "planning");
    assert.equal(run.task(), "plan");
  });
});

describe("a pause", () => {
  it("while an action runs: its end is recorded, nothing follows until it is resumed (EN7)", () => {
    const run = runAt("acting, started");
    run.post(command("remediation.paused"));
    assert.equal(run.task(), "act.0");
    run.work((id, index) => actionFinished(id, index));
    assert.equal(run.state.phase, "waiting");
    assert.equal(run.task(), undefined);
    run.post(command("remediation.resumed"));
    assert.equal(run.task(), "wait.0.0");
  });

  for (const [reached, still, next] of [
    ["planning", "plan", "act.0"],
    ["waiting", "wait.0.0", "evaluate.0.0"],
    ["evaluating", "evaluate.0.0", "act.1"],
  ] as const) {
    it(`while ${reached}: the present step may end, the next waits for the resume`, () => {
      const run = runAt(reached);
      run.post(command("remediation.paused"));
      assert.equal(run.task(), still);
      run.work((id, index) =>
        reached === "planning"
          ? planRead(id, plan([action("first")]))
          : reached === "waiting"
            ? waitFinished(id, index)
            : evaluated(id, "fail"),
      );
      assert.equal(run.task(), undefined);
      run.post(command("remediation.resumed"));
      assert.equal(run.task(), next);
    });
  }

  it("before an action has begun: it does not begin", () => {
    const run = runAt("acting, not started");
    run.post(command("remediation.paused"));
    assert.equal(run.task(), undefined);
    assert.ok(run.state.phase === "acting");
    run.post(actionStarted(run.state.triggeredid, 0));
    assert.ok(run.state.phase === "acting" && !run.state.started, "an action began while paused");
    run.post(command("remediation.resumed"));
    assert.equal(run.task(), "act.0");
  });

  it("of a queued run: it is passed over, and takes its turn when it is resumed", () => {
    const run = runAt("queued");
    run.post(command("remediation.paused"));
    run.journal.append("other", [problem("resolved")]);
    assert.equal(run.state.phase, "queued");
    run.post(command("remediation.resumed"));
    assert.equal(run.state.phase, "planning");
  });

  it("stops that run only (EN8)", () => {
    const journal = memoryJournal();
    const elsewhere = { project: "sockshop", stage: "production", service: "orders" };
    const [first, second] = ["a", "b"].map((context) => runIn(journal, context));
    journal.append("a", opened("a"));
    journal.append(
      "b",
      opened("b").map((event) => ({ ...event, data: { ...(event.data as object), ...elsewhere } }) as typeof event),
    );
    first!.post(command("remediation.paused"));
    second!.work((id) => planRead(id, plan([action("first")])));
    assert.equal(second!.task(), "act.0");
  });

  it("a problem resolved meanwhile ends the wait, and the evaluation comes with the resume", () => {
    const run = runAt("waiting");
    run.post(command("remediation.paused"));
    run.post(problem("resolved"));
    assert.equal(run.state.phase, "evaluating");
    assert.equal(run.task(), undefined);
    run.post(command("remediation.resumed"));
    assert.equal(run.task(), "evaluate.0.0");
  });

  it("twice keeps who paused first; a resume of a running run changes nothing", () => {
    const run = runAt("waiting");
    run.post(command("remediation.resumed", "bob"));
    run.post(command("remediation.paused", "ann"));
    run.post(command("remediation.paused", "bob"));
    assert.equal(run.state.paused?.by, "ann");
    assert.equal(run.task(), "wait.0.0");
  });
});

describe("skipping the wait", () => {
  it("evaluates now", () => {
    const run = runAt("waiting");
    assert.deepEqual(run.post(command("wait.skipped")), ["wait.finished", "evaluation.triggered"]);
    const [ended] = run.triggered("wait.finished");
    assert.ok(ended?.kind === "wait.finished");
    assert.equal(ended.data.endedBy, "operator");
    assert.match(ended.data.message, /skipped by ann/);
  });

  for (const reached of REACHED) {
    if (reached === "waiting") continue;
    it(`does nothing while ${reached}`, () => assert.deepEqual(runAt(reached).post(command("wait.skipped")), []));
  }
});

describe("several problems of one service", () => {
  it("wait in line and run one after the other, in the order in which they came (EN4, EN5)", () => {
    const journal = memoryJournal();
    const contexts = Array.from({ length: 10 }, (_, n) => `c${n}`);
    for (const context of contexts) journal.append(context, opened(context));
    for (const context of contexts) {
      const run = runIn(journal, context);
      assert.equal(journal.tasks().length, 1, "exactly one task is open at a time");
      run.work((id) => planRead(id, plan([action("scale")])));
      attempt(run, "pass");
      assert.equal(run.end().reason, "healed");
    }
    assert.equal(journal.tasks().length, 0);
  });
});

describe("events that mean nothing", () => {
  it("a repeat of the notification changes nothing in any phase", () => {
    for (const reached of REACHED) {
      const run = runAt(reached);
      const before = structuredClone(run.state);
      assert.deepEqual(run.post(...opened("repeat")), [], reached);
      assert.deepEqual(run.state, before, reached);
    }
  });

  for (const [what, forged] of [
    ["a plan", planRead("forged", plan([action("evil")]))],
    ["an action's start", actionStarted("forged", 0)],
    ["an action's end", actionFinished("forged", 0)],
    ["the wait's end", waitFinished("forged", 0)],
    ["a verdict", evaluated("forged", "pass")],
  ] as const) {
    it(`${what} that answers something else is ignored in every phase`, () => {
      for (const reached of REACHED) {
        const run = runAt(reached);
        const before = structuredClone(run.state);
        assert.deepEqual(run.post(forged), [], reached);
        assert.deepEqual(run.state, before, reached);
      }
    });
  }

  it("the order to begin a step while another is under way is ignored in every phase", () => {
    const source = runAt("evaluating");
    source.work((id) => evaluated(id, "fail"));
    attempt(source, "pass");
    const orders = source.journal.log.filter(({ kind }) => /^(action|wait|evaluation)\.triggered$/.test(kind));
    assert.equal(orders.length, 6);
    for (const reached of REACHED) {
      for (const { kind, data } of orders) {
        const run = runAt(reached);
        const before = structuredClone(run.state);
        run.post({ kind, data } as Parameters<Run["post"]>[0]);
        assert.deepEqual(run.state, before, `${kind} while ${reached}`);
      }
    }
  });

  it("a finished run stays as it ended, whatever comes", () => {
    const run = runAt("evaluating");
    run.work((id) => evaluated(id, "pass"));
    const before = structuredClone(run.state);
    const late = [
      problem("open"),
      command("remediation.aborted"),
      command("remediation.paused"),
      command("wait.skipped"),
      evaluated("e1", "fail"),
      actionFinished("e1", 0),
    ];
    for (const event of late) assert.deepEqual(run.post(event), []);
    assert.deepEqual(run.state, before);
  });

  it("a finished run learns that its problem is gone, and ends no other way for it", () => {
    const run = runAt("evaluating");
    run.work((id) => evaluated(id, "fail"));
    run.post(command("remediation.aborted"));
    const before = structuredClone(run.state);
    assert.equal(before?.phase, "finished");
    assert.deepEqual(run.post(problem("resolved")), []);
    assert.deepEqual(run.state, { ...before, problemState: "resolved" });
    assert.deepEqual(run.post(problem("open")), []);
    assert.deepEqual(run.state, { ...before, problemState: "resolved" });
  });

  it("events before any problem make no run", () => {
    const journal = memoryJournal();
    for (const event of [problem("resolved"), command("remediation.aborted"), evaluated(undefined, "pass")]) {
      journal.append("gate", [event]);
    }
    assert.equal(journal.states.size, 0);
  });
});
