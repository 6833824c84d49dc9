import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { NewEvent, StoredEvent, Target } from "@evenkeel/events";
import type { Finished } from "@evenkeel/remediation";
import { opened, PROBLEM, resolved, TARGET } from "./fixtures.ts";
import type { Journal } from "./index.ts";

/** What a person may ask of a run that is over, and of a task that was set aside. */
export function afterwardsContract(given: () => Journal): void {
  const target = () => ({ ...TARGET, service: `carts-${randomUUID().slice(0, 8)}` });
  const kinds = (events: readonly StoredEvent[]) => events.map((event) => event.kind);
  const ann = { by: "ann", reason: "the quota was raised" };

  /** A run whose task of planning failed too often: it is over, and its problem is open. */
  async function parked(on: Target, events: NewEvent[] = opened(on)): Promise<{ context: string; task: string }> {
    const journal = given();
    const context = randomUUID();
    await journal.append(context, events);
    const task = await parkTask(context, [
      {
        kind: "get-action.finished",
        data: { ...on, status: "errored", result: "fail", reason: "errored", message: "a bug" },
      },
    ]);
    return { context, task };
  }

  async function parkTask(context: string, ending: NewEvent[]): Promise<string> {
    const journal = given();
    const row = (await journal.tasks(5000)).find((task) => task.context === context && !task.parkedAt)!;
    const taken = (await journal.take(row.id, "test", 10_000))!;
    const lease = { task: taken.id, generation: taken.generation };
    await journal.append(context, ending, { completes: lease, park: "a bug" });
    return row.id;
  }

  const tasksOf = async (context: string) =>
    (await given().tasks(5000))
      .filter((task) => task.context === context)
      .map(({ id, kind, parkedAt }) => ({ id, kind, parked: parkedAt !== undefined }));

  async function run(context: string): Promise<string> {
    const outcome = await given().rerun(context, ann);
    assert.equal(outcome.outcome, "appended", JSON.stringify(outcome));
    return outcome.outcome === "appended" ? outcome.context : "";
  }

  describe("what is left open", () => {
    const left = async ({ service }: Target, unsolved = true) =>
      (await given().remediations({ service, unsolved, limit: 10 })).map(({ state }) => state.context);
    /** The same problem once more, or another one. */
    const again = (on: Target, title = PROBLEM.title): NewEvent[] =>
      opened(on).map(
        (event) =>
          ({ ...event, data: { ...(event.data as object), problem: { ...PROBLEM, id: "again", title } } }) as NewEvent,
      );

    it("is a run that is over without success while its problem is open", async () => {
      const on = target();
      const { context } = await parked(on);
      assert.deepEqual(await left(on), [context]);
      assert.equal((await given().remediationCounts({ service: on.service, unsolved: true })).total, 1);
      assert.deepEqual(await left(on, false), []);
      await given().append(context, [resolved(on)]);
      assert.deepEqual([await left(on), await left(on, false)], [[], [context]]);
    });

    it("is nothing that goes on, and not what is run again", async () => {
      const on = target();
      await given().append(randomUUID(), opened(on));
      assert.deepEqual(await left(on), []);
      const repeated = target();
      const { context } = await parked(repeated);
      await run(context);
      assert.deepEqual(await left(repeated), []);
    });

    it("is not hidden by another problem of the service, whatever becomes of that", async () => {
      const on = target();
      const { context: first } = await parked(on);
      const { context: second } = await parked(on, again(on, "Disk full"));
      assert.deepEqual(await left(on), [second, first]);
      await given().append(second, [resolved(on)]);
      assert.deepEqual(await left(on), [first]);
      const { context: third } = await parked(on, again(on, "Disk full"));
      await given().append(randomUUID(), again(on, "Disk full"));
      assert.deepEqual(await left(on), [first], `${third} goes on in the run after it`);
    });

    it("is the latest for the same problem, but for one that was over before anything began", async () => {
      const on = target();
      const { context: first } = await parked(on);
      const before = randomUUID();
      await given().append(before, again(on));
      await given().append(before, [resolved(on)]);
      assert.equal(((await given().state(before)) as Finished).reason, "resolved-before-action");
      assert.deepEqual(await left(on), [first]);
      const { context: latest } = await parked(on, again(on));
      assert.deepEqual(await left(on), [latest]);
    });
  });

  describe("running again", () => {
    it("begins one run for the same problem, linked both ways, and clears what was set aside", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const outcome = await journal.rerun(context, ann);
      assert.equal(outcome.outcome, "appended");
      if (outcome.outcome !== "appended") return;
      assert.deepEqual(kinds(outcome.appended.events as StoredEvent[]), [
        "remediation.repeated",
        "remediation.triggered",
        "remediation.started",
        "get-action.triggered",
      ]);
      const [first, second] = [await journal.state(context), await journal.state(outcome.context)];
      assert.deepEqual((first as Finished).repeated, { run: outcome.context, ...ann });
      assert.deepEqual(second!.repeats, { context, ...ann });
      assert.deepEqual([second!.phase, second!.target, second!.problem], ["planning", on, PROBLEM]);
      assert.deepEqual(await tasksOf(context), []);
      assert.deepEqual(
        (await tasksOf(outcome.context)).map(({ kind }) => kind),
        ["plan"],
      );
    });

    it("wakes a worker, as every append does", async () => {
      const journal = given();
      const { context } = await parked(target());
      const woken: string[] = [];
      journal.onTasks((tasks) => woken.push(...tasks.map((task) => task.context)));
      const again = await run(context);
      assert.ok(woken.includes(again));
    });

    it("asked ten times at once, and once more later, by one person: one run", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => journal.rerun(context, ann)));
      outcomes.push(await journal.rerun(context, ann));
      assert.equal(outcomes.filter(({ outcome }) => outcome === "appended").length, 1);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "known").length, 10);
      assert.equal(new Set(outcomes.map((outcome) => "context" in outcome && outcome.context)).size, 1);
      assert.equal((await journal.remediations({ ...on, limit: 50 })).length, 2);
    });

    it("is refused to a second person, who is told of the first and of the run", async () => {
      const journal = given();
      const { context } = await parked(target());
      const again = await run(context);
      const outcome = await journal.rerun(context, { by: "bob" });
      assert.deepEqual(outcome, { outcome: "refused", why: `ann has it run again already: see run ${again}` });
    });

    it("is refused while the run goes on, and for a context without a run", async () => {
      const journal = given();
      const context = randomUUID();
      await journal.append(context, opened(target()));
      const before = (await journal.read(context)).length;
      const outcome = await journal.rerun(context, ann);
      assert.deepEqual(outcome, {
        outcome: "refused",
        why: "rerun is possible while finished; this run is planning",
      });
      assert.equal((await journal.read(context)).length, before);
      assert.equal((await journal.rerun(randomUUID(), ann)).outcome, "refused");
    });

    it("is refused when the problem has ended, even though that was reported after the end of the run", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      await journal.append(context, [resolved(on)]);
      assert.equal((await journal.state(context))!.problemState, "resolved");
      const outcome = await journal.rerun(context, ann);
      assert.deepEqual(outcome, {
        outcome: "refused",
        why: "the problem was resolved: there is nothing to act on",
      });
      assert.ok(!kinds(await journal.read(context)).includes("remediation.repeated"));
    });

    it("is refused when the same problem has begun again since", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const { context: later } = await parked(on);
      const outcome = await journal.rerun(context, ann);
      assert.deepEqual(outcome, { outcome: "refused", why: `the problem has begun again since: see run ${later}` });
      assert.equal((await journal.rerun(later, ann)).outcome, "appended");
    });

    it("waits in line when another problem's run holds the service", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const other = randomUUID();
      const problem = { ...PROBLEM, id: "another" };
      await journal.append(other, [{ kind: "remediation.triggered", data: { ...on, problem } }]);
      const state = await journal.state(await run(context));
      assert.deepEqual([state?.phase, state?.phase === "queued" && state.behind], ["queued", other]);
    });
  });

  describe("the end of a problem whose run was run again", () => {
    it("is reported to its first run, and reaches the one that repeats it", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const again = await run(context);
      const end = resolved(on);
      const appended = await journal.append(context, [end]);
      const [first, second] = [await journal.state(context), await journal.state(again)];
      assert.deepEqual([first!.problemState, second!.problemState], ["resolved", "resolved"]);
      assert.equal((second as Finished).reason, "resolved-before-action");
      const told = (await journal.read(again)).find((event) => event.kind === "problem")!;
      assert.deepEqual([told.source, told.triggeredid], ["evenkeel", end.id]);
      assert.ok(appended.events.some((event: StoredEvent) => event.id === told.id));
      const open = await tasksOf(again);
      assert.deepEqual(open, []);
    });

    it("reaches every run of a chain; the same report again changes nothing", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const second = await run(context);
      await parkTask(second, [
        {
          kind: "get-action.finished",
          data: { ...on, status: "errored", result: "fail", reason: "errored", message: "a bug" },
        },
      ]);
      const third = await run(second);
      const end = resolved(on);
      await journal.append(context, [end]);
      for (const one of [context, second, third]) assert.equal((await journal.state(one))!.problemState, "resolved");
      assert.equal((await journal.state(third))!.phase, "finished");
      const before = (await journal.read(third)).length;
      assert.equal((await journal.append(context, [end])).outcome, "duplicate");
      assert.equal((await journal.read(third)).length, before);
    });

    it("frees the service for whoever waits in line", async () => {
      const journal = given();
      const on = target();
      const { context } = await parked(on);
      const again = await run(context);
      const other = randomUUID();
      await journal.append(
        other,
        opened(on).map((event) => ({
          ...event,
          data: { ...(event.data as object), problem: { ...PROBLEM, id: "another" } },
        })) as NewEvent[],
      );
      assert.equal((await journal.state(other))!.phase, "queued");
      await journal.append(context, [resolved(on)]);
      assert.deepEqual(
        [(await journal.state(again))!.phase, (await journal.state(other))!.phase],
        ["finished", "planning"],
      );
    });

    it("whichever comes first, the end or the wish to run again: nothing is left to act on a problem that is gone", async () => {
      const journal = given();
      for (let n = 0; n < 15; n++) {
        const on = target();
        const { context } = await parked(on);
        const [outcome] = await Promise.all([journal.rerun(context, ann), journal.append(context, [resolved(on)])]);
        if (outcome.outcome !== "appended") continue;
        const again = await journal.state(outcome.context);
        assert.deepEqual([again?.phase, again?.problemState], ["finished", "resolved"]);
      }
    });

    it("a repeat of the first report, that it is open, begins nothing", async () => {
      const journal = given();
      const on = target();
      const events = opened(on);
      const { context } = await parked(on, events);
      const again = await run(context);
      assert.equal((await journal.append(context, events)).outcome, "duplicate");
      assert.equal((await journal.state(again))!.phase, "planning");
      assert.equal((await journal.remediations({ ...on, limit: 10 })).length, 2);
    });
  });

  describe("retrying what was set aside", () => {
    const window = { start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T00:10:00.000Z" };

    /** A quality gate that could not be evaluated. */
    async function parkedGate(on: Target): Promise<{ context: string; task: string }> {
      const context = randomUUID();
      await given().append(context, [
        { kind: "evaluation.triggered", data: { ...on, labels: { build: "42" }, evaluation: window } },
      ]);
      return { context, task: await parkTask(context, []) };
    }

    it("a quality gate is evaluated once more, over the same window", async () => {
      const journal = given();
      const on = target();
      const { context, task } = await parkedGate(on);
      const outcome = await journal.retry(task, ann);
      assert.equal(outcome.outcome, "appended");
      const events = await journal.read(context);
      assert.deepEqual(kinds(events), ["evaluation.triggered", "task.retried", "evaluation.triggered"]);
      assert.deepEqual(events[1]!.data, { ...on, task, taskKind: "evaluate", ...ann });
      assert.deepEqual(events[2]!.data, events[0]!.data);
      const open = await tasksOf(context);
      assert.deepEqual(
        open.map(({ kind, parked: aside }) => [kind, aside]),
        [["evaluate", false]],
      );
      assert.notEqual(open[0]!.id, task);
      assert.ok(await journal.take(open[0]!.id, "worker", 1000));
      assert.equal(await journal.contextOfTask(task), context);
    });

    it("asked ten times at once, and once more later: one new task", async () => {
      const journal = given();
      const { context, task } = await parkedGate(target());
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => journal.retry(task, ann)));
      outcomes.push(await journal.retry(task, { by: "bob" }));
      assert.equal(outcomes.filter(({ outcome }) => outcome === "appended").length, 1);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "known").length, 10);
      assert.equal((await tasksOf(context)).length, 1);
    });

    it("what fails too often again can be retried again", async () => {
      const journal = given();
      const { context, task } = await parkedGate(target());
      await journal.retry(task, ann);
      const second = await parkTask(context, []);
      assert.equal((await journal.retry(second, ann)).outcome, "appended");
      assert.equal((await journal.retry(task, ann)).outcome, "known");
      assert.equal((await tasksOf(context)).length, 1);
    });

    it("is refused for what the run has gone on without; nothing changes", async () => {
      const journal = given();
      const { context, task } = await parked(target());
      const before = (await journal.read(context)).length;
      assert.deepEqual(await journal.retry(task, ann), { outcome: "refused", why: "the run has ended without a plan" });
      assert.equal((await journal.read(context)).length, before);
      assert.equal((await tasksOf(context)).length, 1);
    });

    it("is refused for a task that is still to be done, and unknown for one that never was", async () => {
      const journal = given();
      const context = randomUUID();
      await journal.append(context, opened(target()));
      const [task] = await tasksOf(context);
      assert.equal((await journal.retry(task!.id, ann)).outcome, "refused");
      assert.deepEqual(await journal.retry(randomUUID(), ann), { outcome: "unknown" });
      assert.equal(await journal.contextOfTask(randomUUID()), undefined);
    });
  });

  describe("curves", () => {
    const saved = (settled: boolean, points = 3) => ({
      settled,
      curve: { points: Array.from({ length: points }, (_, n) => [n, n]) },
    });

    it("are read as they were saved; a settled one stays", async () => {
      const journal = given();
      const context = randomUUID();
      assert.equal(await journal.curve(context, "p90"), undefined);
      assert.equal(await journal.saveCurve(context, "p90", saved(false)), true);
      assert.equal(await journal.saveCurve(context, "p90", saved(true, 5)), true);
      assert.equal(await journal.saveCurve(context, "p90", saved(true, 1)), false);
      assert.equal(await journal.saveCurve(context, "p90", saved(false, 1)), false);
      assert.deepEqual(await journal.curve(context, "p90"), saved(true, 5));
      assert.equal(await journal.curve(context, "error_rate"), undefined);
    });

    it("are bounded in size and in number, the oldest give way", async () => {
      const journal = given();
      const contexts = Array.from({ length: 6 }, () => randomUUID());
      assert.equal(await journal.saveCurve(contexts[0]!, "p90", saved(true, 20_000)), false);
      for (const context of contexts) await journal.saveCurve(context, "p90", saved(true), 4);
      const found = await Promise.all(contexts.map((context) => journal.curve(context, "p90")));
      assert.deepEqual(
        found.map((one) => one !== undefined),
        [false, false, true, true, true, true],
      );
    });
  });
}
