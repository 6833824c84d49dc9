import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ProviderError } from "@evenkeel/runtime";
import type { QueueLog, TaskQueue, Wakeup } from "./queue.ts";

/** One store that a queue runs on, and what can be done to it. */
export interface StoreUnderTest {
  open(options?: { log?: QueueLog }): Promise<TaskQueue>;
  /** Starts a process that works the queue and hangs in its first handler; `taken` resolves to what it was woken for. */
  openHangingProcess(queue: string): { taken: Promise<Wakeup>; kill(): Promise<void> };
  /** What may happen to the store, each with the words for it. Resolves when the store can be used again. */
  accidents: Readonly<Record<string, () => Promise<void>>>;
  /** Takes the store away until `back` is called. */
  takeAway(): Promise<{ back(): Promise<void> }>;
}

/** What every store has to do. `prepare` gives a store that nobody else uses. */
export function describeTaskQueue(title: string, prepare: () => Promise<StoreUnderTest & { drop(): Promise<void> }>) {
  describe(title, function () {
    this.timeout(60_000);
    let store: Awaited<ReturnType<typeof prepare>>;
    let queue: TaskQueue;
    const opened: TaskQueue[] = [];
    let queues = 0;
    let name: string;
    const open = async (options?: { log?: QueueLog }) => {
      const one = await store.open(options);
      opened.push(one);
      return one;
    };

    before(async () => {
      store = await prepare();
    });
    beforeEach(async () => {
      name = `plans-${++queues}`;
      queue = await open();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()));
    });
    after(async () => {
      await store?.drop();
    });

    it("delivers a wake-up to a worker that waits", async () => {
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      await queue.add(name, { task: "a", generation: 0 });
      assert.deepEqual(await got.next(), { task: "a", generation: 0 });
    });

    it("delivers what was added before anybody worked, also by another process's queue", async () => {
      await Promise.all(["a", "b"].map((task) => queue.add(name, { task, generation: 1 })));
      const got = inbox();
      const other = await open();
      await other.work(name, got.handler, { concurrency: 1 });
      assert.deepEqual([(await got.next()).task, (await got.next()).task], ["a", "b"]);
    });

    it("keeps queues apart", async () => {
      const [mine, theirs] = [inbox(), inbox()];
      await queue.work(name, mine.handler, { concurrency: 1 });
      await queue.work(`${name}-other`, theirs.handler, { concurrency: 1 });
      await queue.add(`${name}-other`, { task: "theirs", generation: 0 });
      await queue.add(name, { task: "mine", generation: 0 });
      assert.equal((await theirs.next()).task, "theirs");
      assert.equal((await mine.next()).task, "mine");
    });

    it("delivers a delayed wake-up not before it is due, and keeps nothing waiting for it", async () => {
      const got = inbox();
      const arrived = new Map<string, number>();
      const handler = (wakeup: Wakeup) => {
        arrived.set(wakeup.task, performance.now());
        return got.handler(wakeup);
      };
      await queue.work(name, handler, { concurrency: 1 });
      const added = performance.now();
      const delays = { late: 600_000, soon: 300, now: 0 };
      await Promise.all(Object.entries(delays).map(([task, delay]) => queue.add(name, { task, generation: 0 }, delay)));
      assert.deepEqual([await got.next(), await got.next()].map(taskOf).sort(), ["now", "soon"]);
      // The store's clock counts whole milliseconds.
      assert.ok(arrived.get("soon")! - added >= delays.soon - 2, `after ${arrived.get("soon")! - added} ms`);
    });

    it("delivers once what was added twice while it waited", async () => {
      const twice = { task: "a", generation: 3 };
      await queue.add(name, twice);
      await queue.add(name, twice);
      await Promise.all([queue.add(name, twice), queue.add(name, twice)]);
      await queue.add(name, { task: "last", generation: 0 });
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      assert.deepEqual([await got.next(), await got.next()].map(taskOf), ["a", "last"]);
    });

    it("delivers each of a great many that are added at once, and tells each adder", async () => {
      const tasks = Array.from({ length: 1_200 }, (_, index) => `t${index}`);
      await Promise.all(tasks.map((task) => queue.add(name, { task, generation: 0 })));
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 50 });
      const seen = new Set<string>();
      for (const _ of tasks) seen.add(taskOf(await got.next()));
      assert.equal(seen.size, tasks.length);
    });

    it("delivers again what is added again after it was handled", async () => {
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      for (let round = 0; round < 3; round++) {
        await queue.add(name, { task: "a", generation: 0 });
        assert.equal((await got.next()).task, "a");
        // the end of a handler is on record when the next one has run
        await queue.add(name, { task: `between-${round}`, generation: 0 });
        await got.next();
      }
    });

    it("goes on after a handler that fails, and does not repeat it by itself", async () => {
      const got = inbox();
      const logged: unknown[] = [];
      const log = {
        info: () => undefined,
        warn: () => undefined,
        error: (fields: unknown) => void logged.push(fields),
      };
      const logging = await open({ log });
      await logging.work(
        name,
        async (wakeup) => {
          await got.handler(wakeup);
          if (wakeup.task === "bad") throw new Error("broken on purpose");
        },
        { concurrency: 1 },
      );
      await queue.add(name, { task: "bad", generation: 0 });
      await queue.add(name, { task: "good", generation: 0 }, 300);
      assert.deepEqual([await got.next(), await got.next()].map(taskOf), ["bad", "good"]);
      assert.match(JSON.stringify(logged), /"task":"bad"/);

      await queue.add(name, { task: "bad", generation: 1 });
      assert.deepEqual(await got.next(), { task: "bad", generation: 1 });
    });

    it("runs as many handlers at once as allowed, no more", async () => {
      let running = 0;
      let most = 0;
      const got = inbox();
      const gate = deferred();
      await queue.work(
        name,
        async (wakeup) => {
          most = Math.max(most, ++running);
          await got.handler(wakeup);
          await gate.promise;
          running--;
        },
        { concurrency: 3 },
      );
      await Promise.all(Array.from({ length: 7 }, (_, index) => queue.add(name, { task: `t${index}`, generation: 0 })));
      for (let taken = 0; taken < 3; taken++) await got.next();
      gate.resolve();
      for (let taken = 3; taken < 7; taken++) await got.next();
      assert.equal(most, 3);
    });

    it("waits for running handlers when a worker is closed, and takes no more", async () => {
      const gate = deferred();
      const got = inbox();
      let ended = false;
      const working = await queue.work(
        name,
        async (wakeup) => {
          await got.handler(wakeup);
          await gate.promise;
          ended = true;
        },
        { concurrency: 1 },
      );
      await queue.add(name, { task: "a", generation: 0 });
      await got.next();
      const closing = working.close();
      await queue.add(name, { task: "b", generation: 0 });
      gate.resolve();
      await closing;
      assert.equal(ended, true);
      await (await open()).work(name, got.handler, { concurrency: 1 });
      assert.equal((await got.next()).task, "b");
    });

    it("stops waiting for a handler that hangs when the grace is over", async () => {
      const gate = deferred();
      const got = inbox();
      const working = await queue.work(name, (wakeup) => got.handler(wakeup).then(() => gate.promise), {
        concurrency: 1,
      });
      await queue.add(name, { task: "a", generation: 0 });
      await got.next();
      await working.close(100);
      gate.resolve();
    });

    it("leaves no timer behind when it has stopped waiting", async () => {
      const timers = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
      await sleep(1); // the test's own deadline is set by now
      const before = timers();
      const gate = deferred();
      const got = inbox();
      const working = await queue.work(name, (wakeup) => got.handler(wakeup).then(() => gate.promise), {
        concurrency: 1,
      });
      await queue.add(name, { task: "a", generation: 0 });
      await got.next();
      await working.close(100);
      // The handler still hangs. Connections that are idle may take their time.
      const end = performance.now() + 20_000;
      while (timers() > before && performance.now() < end) await sleep(100);
      const left = timers();
      gate.resolve();
      assert.ok(left <= before, `${left} timers, ${before} before`);
    });

    it("gives the next generation to another worker when one was killed", async () => {
      const killed = store.openHangingProcess(name);
      await queue.add(name, { task: "a", generation: 0 });
      assert.deepEqual(await killed.taken, { task: "a", generation: 0 });
      await killed.kill();
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      await queue.add(name, { task: "a", generation: 1 });
      assert.deepEqual(await got.next(), { task: "a", generation: 1 });
    });

    it("refuses ids that a store would misread", async () => {
      await assert.rejects(queue.add(name, { task: "a:b", generation: 0 }), /has a colon/);
      await assert.rejects(queue.add(name, { task: "", generation: 0 }), /is empty/);
      await assert.rejects(queue.add(name, { task: "a", generation: 0.5 }), /not a whole number/);
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      await queue.add(name, { task: "12", generation: 3 });
      assert.deepEqual(await got.next(), { task: "12", generation: 3 });
    });

    it("refuses an add while the store is away, and works again when it is back", async () => {
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      await queue.add(name, { task: "before", generation: 0 });
      assert.equal((await got.next()).task, "before");
      const { back } = await store.takeAway();
      await assert.rejects(
        queue.add(name, { task: "during", generation: 0 }),
        (error) => error instanceof ProviderError && error.retryable,
      );
      await back();
      await addUntilTaken(queue, name, "after", got);
    });

    it("can be closed while the store is away", async () => {
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      await queue.add(name, { task: "before", generation: 0 });
      await got.next();
      const { back } = await store.takeAway();
      await queue.close();
      await assert.rejects(queue.add(name, { task: "closed", generation: 0 }), /is closed/);
      await back();
    });

    it("works on after each accident", async () => {
      const got = inbox();
      await queue.work(name, got.handler, { concurrency: 1 });
      for (const [accident, happen] of Object.entries(store.accidents)) {
        await happen();
        await addUntilTaken(queue, name, `after ${accident}`, got);
      }
    });
  });
}

/** Adds as the sweeper does: the next generation again and again until somebody takes it. */
async function addUntilTaken(queue: TaskQueue, name: string, task: string, got: Inbox): Promise<void> {
  for (let generation = 0; !got.all.includes(task); generation++) {
    await queue.add(name, { task, generation }).catch((error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
    });
    await sleep(50);
  }
}

interface Inbox {
  handler(wakeup: Wakeup): Promise<void>;
  /** The oldest wake-up not asked for yet; waits for one. One asks at a time. */
  next(): Promise<Wakeup>;
  /** the tasks of everything that ever arrived */
  all: readonly string[];
}

function inbox(): Inbox {
  const arrived: Wakeup[] = [];
  const all: string[] = [];
  let wake = () => undefined as void;
  return {
    all,
    async handler(wakeup) {
      arrived.push(wakeup);
      all.push(wakeup.task);
      wake();
    },
    async next() {
      for (;;) {
        const first = arrived.shift();
        if (first) return first;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = () => done()));
  return { promise, resolve };
}

function taskOf({ task }: Wakeup): string {
  return task;
}
