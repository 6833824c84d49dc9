import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import type { NewEvent, Problem, StoredEvent, Target } from "@evenkeel/events";
import { createJournal, type Journal, type TakenTask } from "@evenkeel/journal";
import { ProviderError, silentLog, Unavailable } from "@evenkeel/runtime";
import pg from "pg";
import { createTaskQueue } from "./create.ts";
import type { TaskQueue } from "./queue.ts";
import { LeaseLost, type TaskHandler, type TaskRun } from "./handler.ts";
import { startRunner, type Runner, type RunnerOptions } from "./runner.ts";

/** A queue that wakes nobody. */
const NOBODY: TaskQueue = {
  add: async () => undefined,
  work: async () => ({ close: async () => undefined }),
  close: async () => undefined,
};
const PROBLEM: Problem = { id: "p", source: "alertmanager", title: "slow", severity: "error", labels: {} };

describe("the runner", function () {
  this.timeout(30_000);
  let database: TestDatabase;
  let sql: pg.Pool;
  let opened: { close(): Promise<void> }[];

  before(async () => {
    database = await testDatabase();
    sql = new pg.Pool({ connectionString: database.url, max: 2 });
    sql.on("error", () => undefined);
  });
  after(async () => {
    await sql?.end();
    await database?.drop();
  });
  beforeEach(() => (opened = []));
  afterEach(async () => {
    for (const one of opened.reverse()) await one.close();
    await sql.query("truncate tasks, events, remediations");
  });

  async function journalHere(): Promise<Journal> {
    const journal = await createJournal({ url: database.url, log: silentLog });
    opened.push(journal);
    return journal;
  }

  async function start(
    handler: Partial<TaskHandler> & Pick<TaskHandler, "run">,
    options: Partial<RunnerOptions> = {},
  ): Promise<{ journal: Journal; runner: Runner; queue: TaskQueue }> {
    const journal = options.journal ?? (await journalHere());
    const queue = options.queue ?? (await createTaskQueue({ databaseUrl: database.url }));
    if (!options.queue) opened.push(queue);
    const runner = await startRunner({
      ...{ name: `runner-${randomUUID().slice(0, 8)}`, concurrency: 4, log: silentLog, jitter: () => 0 },
      ...{
        leaseMs: 10_000,
        sweepMs: 50,
        abandonMs: 30,
        handlers: { plan: { giveUp: (_, why) => [planned(why)], ...handler } },
      },
      ...options,
      journal,
      queue,
    });
    const once = { closed: undefined as Promise<void> | undefined };
    const close = (graceMs?: number) => (once.closed ??= runner.close(graceMs));
    opened.push({ close: () => close(1_000) });
    return { journal, queue, runner: { close } };
  }

  const targets = new Map<string, Target>();
  function targetOf(context: string): Target {
    const known = targets.get(context) ?? { project: "sockshop", stage: "production", service: `s-${context}` };
    targets.set(context, known);
    return known;
  }

  let current = "";
  /** Ends the run in `planning`: the plan's answer, with this message. */
  function planned(message: string, context = current): NewEvent {
    const data = { ...targetOf(context), status: "succeeded", result: "fail", reason: "no-match", message } as const;
    return { kind: "get-action.finished", data };
  }

  async function open(journal: Journal): Promise<string> {
    const context = randomUUID();
    current = context;
    const data = { ...targetOf(context), problem: PROBLEM };
    await journal.append(context, [{ kind: "remediation.triggered", data }]);
    return context;
  }

  async function until<T>(what: string, ask: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
    for (let tries = 0; tries < 1_000; tries++) {
      const answer = await ask();
      if (answer) return answer;
      await delay(10);
    }
    throw new Error(`never happened: ${what}`);
  }

  const finished = (journal: Journal, context: string) =>
    until("the run ends", async () => {
      const state = await journal.state(context);
      return state?.phase === "finished" && state;
    });

  const row = async (journal: Journal, context: string) =>
    (await journal.tasks(1000)).find((task) => task.context === context);

  const kinds = (events: readonly StoredEvent[]) => events.map(({ kind }) => kind);

  /** Lets a delayed retry come at once. */
  const hurry = () => sql.query("update tasks set due_at = clock_timestamp() where leased_until is null");

  it("runs a task as soon as its own process has opened it", async () => {
    const { journal } = await start(
      { run: async (run) => run.complete([planned("done", run.task.context)]) },
      { sweepMs: 1e9 },
    );
    const context = await open(journal);
    const state = await finished(journal, context);
    assert.equal(state.message, "done");
    assert.deepEqual(await journal.tasks(10), []);
  });

  describe("outside trouble", () => {
    for (const [what, error, waitMs] of [
      ["unreachable: half a second at first", new ProviderError("unreachable", "no route"), 500],
      [
        "rate-limited: as long as the other side asks",
        new ProviderError("rate-limited", "slow down", { retryAfterMs: 30_000 }),
        30_000,
      ],
    ] as const) {
      it(`is tried again later, ${what}; the try is not counted as a crash`, async () => {
        let runs = 0;
        let thrownAt = 0;
        const handler: Pick<TaskHandler, "run"> = {
          async run(run) {
            if (++runs === 1) {
              thrownAt = (await journal.now()).getTime();
              throw error;
            }
            await run.complete([planned(`done at try ${runs}`, run.task.context)]);
          },
        };
        // Nothing wakes it again: however slow this machine is, it is still put off when it is looked at.
        const { journal } = await start(handler, { sweepMs: 1e9, queue: NOBODY });
        const context = await open(journal);
        const put = await until("it is put off", async () => {
          const task = await row(journal, context);
          return task?.failures === 1 && !task.leasedBy && task;
        });
        assert.equal(put.attempts, 0);
        assert.equal(put.error, error.message);
        const [due, seenAt] = [Date.parse(put.dueAt), (await journal.now()).getTime()];
        assert.ok(due >= thrownAt + waitMs, `due ${due - thrownAt} ms after the error`);
        assert.ok(due <= seenAt + waitMs, `due in ${due - seenAt} ms`);
        await hurry();
        await start(handler);
        assert.equal((await finished(journal, context)).message, "done at try 2");
      });
    }

    it("that no retry can mend is given up at once, with its own words", async () => {
      let runs = 0;
      const { journal } = await start({
        run() {
          runs++;
          return Promise.reject(new ProviderError("auth", "401 from the cluster"));
        },
      });
      const context = await open(journal);
      assert.equal((await finished(journal, context)).message, "401 from the cluster");
      assert.equal(runs, 1);
      assert.deepEqual(await journal.tasks(10), []);
    });

    it("is given up when the next try would come past the deadline, with the number of tries", async () => {
      const { journal } = await start({
        run: () => Promise.reject(new ProviderError("unreachable", "no route", { retryAfterMs: 600_000 })),
      });
      const context = await open(journal);
      assert.equal((await finished(journal, context)).message, "gave up after 1 try: no route");
    });

    it("a handler that hangs is stopped at its deadline and the step is given up", async () => {
      const sleeper = await journalHere();
      const context = await open(sleeper);
      await sql.query("update tasks set deadline_at = clock_timestamp()");
      const { journal } = await start(
        { run: (run) => delay(600_000, undefined, { signal: run.signal }) },
        { lastChanceMs: 30 },
      );
      assert.equal((await finished(journal, context)).message, "gave up after 1 try: not done within its deadline");
    });

    it("a handler that heeds nothing loses its task at the deadline", async () => {
      const sleeper = await journalHere();
      const context = await open(sleeper);
      await sql.query("update tasks set deadline_at = clock_timestamp()");
      const { journal } = await start({ run: () => new Promise(() => undefined) }, { lastChanceMs: 30 });
      assert.equal((await finished(journal, context)).message, "gave up after 1 try: not done within its deadline");
    });

    it("a deadline of forty days does not go off at once", async () => {
      const sleeper = await journalHere();
      const context = await open(sleeper);
      await sql.query("update tasks set deadline_at = clock_timestamp() + interval '40 days'");
      let aborted: boolean | undefined;
      const { journal } = await start({
        async run(run) {
          await until("timers of a millisecond have gone off", () => delay(20, true));
          aborted = run.signal.aborted;
          await run.complete([planned("done", run.task.context)]);
        },
      });
      await finished(journal, context);
      assert.equal(aborted, false);
    });
  });

  describe("a fault of ours", () => {
    it("is tried five times, then the task is set aside with its error, and the run moves on", async () => {
      let runs = 0;
      const { journal } = await start({
        run() {
          runs++;
          return Promise.reject(new TypeError("x is not a function"));
        },
      });
      const context = await open(journal);
      const state = await until("the run ends", async () => {
        await hurry();
        const now = await journal.state(context);
        return now?.phase === "finished" && now;
      });
      assert.equal(runs, 5);
      assert.equal(state.message, "x is not a function");
      const parked = await row(journal, context);
      assert.ok(parked?.parkedAt);
      assert.equal(parked.error, "x is not a function");
      const told = (await journal.read(context)).find((event) => event.kind === "task.parked");
      assert.ok(told?.kind === "task.parked");
      assert.deepEqual(
        [told.data.taskKind, told.data.error, told.data.service],
        ["plan", "x is not a function", targetOf(context).service],
      );
    });

    it("between two tries others are served", async () => {
      const { journal } = await start(
        {
          async run(run) {
            if (run.task.context === poison) throw new TypeError("poison");
            await run.complete([planned("served", run.task.context)]);
          },
        },
        { concurrency: 1 },
      );
      const poison = await open(journal);
      await until("it has failed, and its next try is far away", async () => {
        const { rowCount } = await sql.query(
          "update tasks set due_at = clock_timestamp() + interval '1 hour' where context = $1 and error = 'poison' and leased_until is null",
          [poison],
        );
        return rowCount === 1;
      });
      for (let n = 0; n < 5; n++) {
        const context = await open(journal);
        assert.equal((await finished(journal, context)).message, "served");
      }
      assert.equal((await journal.state(poison))?.phase, "planning");
    });

    it("a bug that shows past the deadline is called by its own name", async () => {
      const sleeper = await journalHere();
      const context = await open(sleeper);
      await sql.query("update tasks set deadline_at = clock_timestamp(), attempts = 4");
      const { journal } = await start(
        {
          async run(run) {
            await until("the deadline has passed", () => run.signal.aborted);
            throw new TypeError("x is not a function");
          },
        },
        { lastChanceMs: 20 },
      );
      assert.equal((await finished(journal, context)).message, "x is not a function");
    });
  });

  describe("leases", () => {
    it("a worker that has lost its lease is told to stop, and stores nothing", async () => {
      const late: { noted?: unknown; signal?: unknown } = {};
      let release!: () => void;
      const released = new Promise<void>((resolve) => (release = resolve));
      const { journal } = await start(
        {
          async run(run) {
            await sql.query(
              "update tasks set generation = generation + 1, leased_by = 'another', leased_until = clock_timestamp() + interval '1 hour'",
            );
            await until("it is told", () => run.signal.aborted);
            late.signal = run.signal.reason;
            late.noted = await run.note([started(run.task)]).catch((error: unknown) => error);
            await run.complete([planned("too late", run.task.context)]);
            release();
          },
        },
        { leaseMs: 150 },
      );
      const context = await open(journal);
      await released;
      assert.ok(late.signal instanceof LeaseLost);
      assert.ok(late.noted instanceof LeaseLost);
      assert.equal((await journal.state(context))?.phase, "planning");
      assert.ok(!kinds(await journal.read(context)).includes("get-action.started"));
      assert.equal((await row(journal, context))?.leasedBy, "another");
    });

    it("work that takes longer than a lease keeps it", async () => {
      let runs = 0;
      const { journal } = await start(
        {
          async run(run) {
            runs++;
            const first = await leasedUntil();
            await until("the lease is extended twice over", async () => (await leasedUntil()) > first + 400);
            await run.complete([planned("done", run.task.context)]);
          },
        },
        { leaseMs: 200 },
      );
      const context = await open(journal);
      assert.equal((await finished(journal, context)).message, "done");
      assert.equal(runs, 1);
    });

    it("a task whose worker died five times is set aside, and the run moves on", async () => {
      const sleeper = await journalHere();
      const context = await open(sleeper);
      const id = (await row(sleeper, context))!.id;
      for (let death = 0; death < 5; death++) assert.ok(await sleeper.take(id, "dying", 0));
      let runs = 0;
      const { journal } = await start({
        async run() {
          runs++;
        },
      });
      assert.equal((await finished(journal, context)).message, "its worker died 5 times");
      assert.equal(runs, 0);
      assert.ok(kinds(await journal.read(context)).includes("task.parked"));
    });

    it("a task whose worker died is taken up by another when the lease has run out", async () => {
      const sleeper = await journalHere();
      const context = await open(sleeper);
      assert.ok(await sleeper.take((await row(sleeper, context))!.id, "dying", 300));
      let seen: TakenTask | undefined;
      const { journal } = await start({
        async run(run) {
          seen = run.task;
          await run.complete([planned("done", run.task.context)]);
        },
      });
      await finished(journal, context);
      assert.deepEqual([seen?.attempts, seen?.generation], [2, 2]);
    });

    it("when the database is away in the middle of the work, the task is taken up again", async () => {
      let runs = 0;
      const { journal } = await start(
        {
          async run(run) {
            if (++runs === 1) throw new Unavailable("the database is away");
            await run.complete([planned("done", run.task.context)]);
          },
        },
        { leaseMs: 200 },
      );
      const context = await open(journal);
      assert.equal((await finished(journal, context)).message, "done");
      assert.equal(runs, 2);
    });

    it("seven outages of the database during one task are not counted as crashes, and none waits for the lease", async () => {
      const attempts: number[] = [];
      const { journal } = await start({
        async run(run) {
          attempts.push(run.task.attempts);
          if (attempts.length <= 7) throw new Unavailable("the database is away");
          await run.complete([planned("done", run.task.context)]);
        },
      });
      const context = await open(journal);
      assert.equal((await finished(journal, context)).message, "done");
      assert.deepEqual(attempts, Array(8).fill(1));
    });
  });

  describe("shutdown", () => {
    it("gives the task back at once and uncounted, and another process finishes it", async () => {
      let running!: () => void;
      const runs = new Promise<void>((resolve) => (running = resolve));
      const first = await start({
        async run(run) {
          running();
          await delay(600_000, undefined, { signal: run.signal });
        },
      });
      const context = await open(first.journal);
      await runs;
      await first.runner.close();
      const back = await row(first.journal, context);
      assert.deepEqual([back?.attempts, back?.leasedBy], [0, undefined]);
      const second = await start({ run: async (run) => run.complete([planned("by the second", run.task.context)]) });
      assert.equal((await finished(second.journal, context)).message, "by the second");
    });

    it("lets work that is nearly done come to its end", async () => {
      let finish!: () => void;
      const go = new Promise<void>((resolve) => (finish = resolve));
      let running!: () => void;
      const runs = new Promise<void>((resolve) => (running = resolve));
      const { journal, runner } = await start({
        async run(run) {
          running();
          await go;
          await run.complete([planned("done", run.task.context)]);
        },
      });
      const context = await open(journal);
      await runs;
      const closed = runner.close();
      finish();
      await closed;
      assert.equal((await journal.state(context))?.phase, "finished");
    });

    it("does not wait for ever for work that does not stop", async () => {
      let running!: () => void;
      const runs = new Promise<void>((resolve) => (running = resolve));
      const { journal, runner } = await start({
        run() {
          running();
          return new Promise(() => undefined);
        },
      });
      const context = await open(journal);
      await runs;
      await runner.close();
      const back = await row(journal, context);
      assert.deepEqual([back?.attempts, back?.leasedBy], [0, undefined]);
    });

    it("takes up nothing new", async () => {
      let runs = 0;
      const { journal, runner } = await start({
        async run() {
          runs++;
        },
      });
      await runner.close();
      const context = await open(journal);
      assert.equal(runs, 0);
      assert.equal((await row(journal, context))?.attempts, 0);
    });
  });

  describe("waking", () => {
    it("the sweep finds what nobody was woken for", async () => {
      const stranger = await journalHere();
      const context = await open(stranger);
      const { journal } = await start({ run: async (run) => run.complete([planned("found", run.task.context)]) });
      assert.equal((await finished(journal, context)).message, "found");
    });

    it("with the queue away everything is still done", async () => {
      const away: TaskQueue = {
        add: () => Promise.reject(new ProviderError("unreachable", "no queue")),
        work: async () => ({ close: async () => undefined }),
        close: async () => undefined,
      };
      let runs = 0;
      const { journal } = await start(
        {
          async run(run) {
            if (++runs === 1) throw new ProviderError("unreachable", "no route");
            await run.complete([planned("done", run.task.context)]);
          },
        },
        { queue: away, concurrency: 1 },
      );
      const contexts = await Promise.all(Array.from({ length: 10 }, () => open(journal)));
      await Promise.all(contexts.map((context) => finished(journal, context)));
    });

    it("more tasks than there is room for are all done, through the queue", async () => {
      const { journal } = await start(
        { run: async (run) => run.complete([planned("done", run.task.context)]) },
        { concurrency: 2, sweepMs: 1e9 },
      );
      const contexts = await Promise.all(Array.from({ length: 20 }, () => open(journal)));
      await Promise.all(contexts.map((context) => finished(journal, context)));
    });

    it("of two processes on one database each task is run by one", async () => {
      const runs = new Map<string, number>();
      const name = `runner-${randomUUID().slice(0, 8)}`;
      const run = async ({ task, complete }: TaskRun) => {
        runs.set(task.id, (runs.get(task.id) ?? 0) + 1);
        await complete([planned("done", task.context)]);
      };
      const one = await start({ run }, { name, sweepMs: 20 });
      const two = await start({ run }, { name, sweepMs: 20 });
      const contexts = await Promise.all(Array.from({ length: 40 }, (_, n) => open((n % 2 === 0 ? one : two).journal)));
      await Promise.all(contexts.map((context) => finished(one.journal, context)));
      assert.equal(runs.size, 40);
      assert.deepEqual([...new Set(runs.values())], [1]);
    });
  });

  function started(task: TakenTask): NewEvent {
    return { kind: "get-action.started", data: targetOf(task.context) };
  }

  async function leasedUntil(): Promise<number> {
    const { rows } = await sql.query<{ until: Date }>("select leased_until as until from tasks");
    return rows[0]?.until.getTime() ?? 0;
  }
});
