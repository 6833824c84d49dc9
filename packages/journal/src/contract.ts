import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { NewEvent, StoredEvent } from "@evenkeel/events";
import pg from "pg";
import { afterwardsContract } from "./contract-afterwards.ts";
import { countsContract } from "./contract-counts.ts";
import { createJournal, hashOf, type Journal, type Lease, type TakenTask } from "./index.ts";
import { opened, planFound, PROBLEM, resolved, TARGET } from "./fixtures.ts";

/** What every journal must do. Run it on each PostgreSQL that one may be pointed at. */
export function journalContract(open: () => Promise<{ journal: Journal; url: string }>): void {
  let journal: Journal;
  let url: string;
  before(async () => ({ journal, url } = await open()));

  const target = () => ({ ...TARGET, service: `carts-${randomUUID().slice(0, 8)}` });
  const kinds = (events: readonly StoredEvent[]) => events.map((event) => event.kind);

  async function takeOpen(context: string): Promise<TakenTask & { lease: Lease }> {
    const row = (await journal.tasks(1000)).find((task) => task.context === context && !task.parkedAt);
    assert.ok(row, "no open task");
    const taken = await journal.take(row.id, "test", 10_000);
    assert.ok(taken, `the ${row.kind} task cannot be taken`);
    return { ...taken, lease: { task: taken.id, generation: taken.generation } };
  }

  /** As `takeOpen`, when the one that holds it has died. */
  async function takeLater(context: string, dead: Lease): Promise<Awaited<ReturnType<typeof takeOpen>>> {
    await journal.extend(dead, 0);
    return takeOpen(context);
  }

  async function planned(on = target(), actions?: Parameters<typeof planFound>[1]): Promise<string> {
    const context = randomUUID();
    await journal.append(context, opened(on));
    const { lease } = await takeOpen(context);
    const triggered = (await journal.read(context)).find((e) => e.kind === "get-action.triggered")!;
    await journal.append(context, [planFound(on, actions, triggered.id)], { completes: lease });
    return context;
  }

  describe("append", () => {
    it("stores a problem, starts the remediation and opens its plan task, all at once", async () => {
      const context = randomUUID();
      const appended = await journal.append(context, opened(target()));
      assert.equal(appended.outcome, "appended");
      assert.deepEqual(kinds(appended.events), [
        "problem",
        "remediation.triggered",
        "remediation.started",
        "get-action.triggered",
      ]);
      assert.deepEqual(
        appended.tasks.map((task) => task.kind),
        ["plan"],
      );
      assert.equal((await journal.state(context))?.phase, "planning");
      assert.match(appended.events[1]!.type, /^sh\.keptn\.event\.production\.remediation\.triggered$/);
    });

    it("the same notification again changes nothing but its count", async () => {
      const on = target();
      const context = randomUUID();
      const events = opened(on);
      const notification = { id: randomUUID(), source: "alertmanager", outcome: "triggered" as const };
      await journal.append(context, events, { notification });
      const again = await journal.append(context, events, { notification });
      assert.equal(again.outcome, "duplicate");
      assert.equal((await journal.read(context)).length, 4);
      const row = (await journal.notifications({ limit: 100 })).find((n) => n.id === notification.id);
      assert.equal(row?.count, 2);
    });

    it("100 copies at once make one remediation", async () => {
      const on = target();
      const context = randomUUID();
      const events = opened(on);
      const notification = { id: randomUUID(), source: "alertmanager", outcome: "triggered" as const };
      const outcomes = await Promise.all(
        Array.from({ length: 100 }, () => journal.append(context, events, { notification })),
      );
      assert.equal(outcomes.filter((o) => o.outcome === "appended").length, 1);
      assert.equal((await journal.read(context)).length, 4);
      assert.equal((await journal.notifications({ limit: 100 })).find((n) => n.id === notification.id)?.count, 100);
    });

    it("one event id posted into two contexts at once is stored once", async () => {
      const event: NewEvent = {
        kind: "other",
        id: randomUUID(),
        source: "x",
        type: "com.example.thing",
        data: { a: 1 },
      };
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => journal.append(randomUUID(), [event])));
      assert.equal(outcomes.filter((o) => o.outcome === "appended").length, 1);
    });

    it("refuses data that breaks its schema, and stores nothing of the batch", async () => {
      const context = randomUUID();
      const bad = { kind: "remediation.aborted", data: { ...target() } } as unknown as NewEvent;
      await assert.rejects(journal.append(context, [...opened(target()), bad]), /by/);
      assert.deepEqual(await journal.read(context), []);
    });

    it("an episode that was reported resolved before it was reported open starts nothing", async () => {
      const on = target();
      const context = randomUUID();
      await journal.append(context, [resolved(on)]);
      const events = opened(on);
      const notification = { id: randomUUID(), source: "alertmanager", outcome: "triggered" as const };
      const appended = await journal.append(context, events, { notification });
      assert.deepEqual(kinds(appended.events), ["problem", "problem.ignored"]);
      assert.equal(await journal.state(context), undefined);
      assert.equal((await journal.append(context, events, { notification })).outcome, "duplicate");
      const row = (await journal.notifications({ limit: 100 })).find((n) => n.id === notification.id);
      assert.deepEqual([row?.outcome, row?.count], ["ignored", 2]);
    });

    it("is decided anew when the run has changed since it was seen", async () => {
      const on = target();
      const context = await planned(on);
      const taken = await takeOpen(context);
      await journal.append(context, [{ kind: "remediation.aborted", data: { ...on, by: "me", reason: "enough" } }]);
      const fresh = await journal.state(context);
      assert.notEqual(fresh?.phase, taken.seen?.state.phase);
      const note: NewEvent = { kind: "problem.ignored", data: { ...on, problem: PROBLEM, reason: "a note" } };
      const noted = await journal.append(context, [note], { seen: taken.seen });
      assert.equal(noted.outcome, "appended");
      assert.deepEqual(await journal.state(context), fresh);
    });

    it("what a worker has seen lets it append again and again, to the same end as with a look each time", async () => {
      const on = target();
      const context = await planned(on);
      const { lease, seen } = await takeOpen(context);
      assert.equal(seen?.state.phase, "acting");
      const triggeredid = (await actionTriggered(context)).id;
      const started: NewEvent = {
        kind: "action.started",
        triggeredid,
        data: { ...on, attempt: 0, message: "1 → 2", plan: { before: 1, after: 2 } },
      };
      const first = await journal.append(context, [started], { under: lease, seen });
      assert.equal(first.outcome, "appended");
      const done: NewEvent = {
        kind: "action.finished",
        triggeredid,
        data: { ...on, attempt: 0, status: "succeeded", result: "pass", message: "1 → 2", details: {} },
      };
      const again = first.outcome === "appended" ? first.seen : undefined;
      const second = await journal.append(context, [done], { completes: lease, seen: again });
      assert.deepEqual(kinds(second.events), ["action.finished", "wait.triggered"]);
      assert.equal((await journal.append(context, [done], { completes: lease, seen: again })).outcome, "already-done");
    });

    it("an event under a fixed id is noted once, also by a worker that does not look", async () => {
      const on = target();
      const context = randomUUID();
      await journal.append(context, opened(on));
      const { lease, seen } = await takeOpen(context);
      const started: NewEvent = { kind: "get-action.started", id: randomUUID(), triggeredid: "x", data: on };
      assert.equal((await journal.append(context, [started], { under: lease, seen })).outcome, "appended");
      const later = await takeLater(context, lease);
      const again = await journal.append(context, [started], { under: later.lease, seen: later.seen });
      assert.equal(again.outcome, "duplicate");
    });

    it("a time that is not the database's is not believed", async () => {
      const context = randomUUID();
      await journal.append(context, opened(target()));
      const { lease, seen } = await takeOpen(context);
      const hourAgo = { ...seen!, now: new Date(seen!.now.getTime() - 3_600_000) };
      const appended = await journal.append(
        context,
        [{ kind: "get-action.started", triggeredid: "x", data: seen!.state.target }],
        { under: lease, seen: hourAgo },
      );
      const [event] = appended.events;
      assert.ok(Math.abs(Date.parse(event!.time) - Date.parse(event!.receivedAt)) < 60_000);
    });

    it("what tells a time is made anew for a decision that is made anew", async () => {
      const on = target();
      const context = await planned(on);
      const { seen } = await takeOpen(context);
      await journal.append(context, [{ kind: "remediation.paused", data: { ...on, by: "me" } }]);
      const hourAgo = { ...seen!, now: new Date(seen!.now.getTime() - 3_600_000) };
      const times: number[] = [];
      const note = (now: Date): NewEvent[] => {
        times.push(now.getTime());
        return [{ kind: "problem.ignored", data: { ...on, problem: PROBLEM, reason: now.toISOString() } }];
      };
      const [event] = (await journal.append(context, note, { seen: hourAgo })).events;
      assert.equal(event?.kind === "problem.ignored" && event.data.reason, event?.time);
      assert.ok(times.at(-1)! - times[0]! > 3_500_000);
    });

    it("many at once on one run lose nothing and count up to the same fold", async () => {
      const on = target();
      const context = await planned(on);
      const commands = Array.from({ length: 30 }, (_, n): NewEvent => {
        const kind = n % 2 === 0 ? "remediation.paused" : "remediation.resumed";
        return { kind, id: randomUUID(), data: { ...on, by: `operator ${n}` } };
      });
      const outcomes = await Promise.all(commands.map((command) => journal.append(context, [command])));
      assert.ok(outcomes.every(({ outcome }) => outcome === "appended"));
      const stored = (await journal.read(context)).map(({ id }) => id);
      assert.equal(commands.filter(({ id }) => stored.includes(id!)).length, 30);
    });
  });

  describe("a refusal", () => {
    it("is asked of the state that the events would follow: of many who ask at once one is let through", async () => {
      const on = target();
      const context = await planned(on);
      const states: (boolean | undefined)[] = [];
      const pause = (n: number) =>
        journal.append(context, [{ kind: "remediation.paused", data: { ...on, by: `operator ${n}` } }], {
          refuse(state) {
            states.push(state && state.paused !== undefined);
            return state?.paused && `paused by ${state.paused.by}`;
          },
        });
      const outcomes = await Promise.all(Array.from({ length: 10 }, (_, n) => pause(n)));
      const events = (await journal.read(context)).filter((event) => event.kind === "remediation.paused");
      assert.equal(events.length, 1);
      assert.equal(outcomes.filter(({ outcome }) => outcome === "appended").length, 1);
      const by = (await journal.state(context))?.paused?.by;
      const refused = outcomes.flatMap((one) => (one.outcome === "refused" ? [one.why] : []));
      assert.deepEqual([...refused], Array<string>(9).fill(`paused by ${by}`));
      assert.ok(!states.includes(undefined), "each was asked of a state");
    });

    it("is not asked of what is in the log already", async () => {
      const on = target();
      const context = await planned(on);
      const pause: NewEvent = { kind: "remediation.paused", id: randomUUID(), data: { ...on, by: "ann" } };
      const refuse = (state: { paused?: object } | undefined) => (state?.paused ? "paused" : undefined);
      assert.equal((await journal.append(context, [pause], { refuse })).outcome, "appended");
      assert.equal((await journal.append(context, [pause], { refuse })).outcome, "duplicate");
    });
  });

  describe("the target lock", () => {
    it("a second problem of the same service waits in line and starts when the first has finished", async () => {
      const on = target();
      const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
      await journal.append(first, opened(on));
      await journal.append(second, opened(on));
      await journal.append(third, opened(on));
      assert.equal((await journal.state(second))?.phase, "queued");
      const ended = await journal.append(first, [resolved(on)]);
      assert.equal((await journal.state(first))?.phase, "finished");
      assert.equal((await journal.state(second))?.phase, "planning");
      assert.equal((await journal.state(third))?.phase, "queued");
      assert.deepEqual(
        ended.tasks.map((task) => [task.kind, task.context]),
        [["plan", second]],
      );
    });

    it("of many problems at once exactly one holds the target, and they start in order", async () => {
      const on = target();
      const contexts = Array.from({ length: 10 }, () => randomUUID());
      await Promise.all(contexts.map((context) => journal.append(context, opened(on))));
      const order: string[] = [];
      for (const _ of contexts) {
        const rows = await journal.remediations({ ...on, phases: ["planning"], limit: 20 });
        assert.equal(rows.length, 1);
        order.push(rows[0]!.state.context);
        await journal.append(rows[0]!.state.context, [resolved(on)]);
      }
      const bySeq = (await journal.remediations({ ...on, limit: 20 })).map((row) => row.state.context).reverse();
      assert.deepEqual(order, bySeq);
    });

    it("a run that comes into line while the target is given up is not forgotten", async () => {
      for (let n = 0; n < 20; n++) {
        const on = target();
        const [first, second] = [randomUUID(), randomUUID()];
        await journal.append(first, opened(on));
        await Promise.all([journal.append(first, [resolved(on)]), journal.append(second, opened(on))]);
        assert.equal((await journal.state(second))?.phase, "planning");
      }
    });

    it("a paused run in line is passed over, and takes its turn when it is resumed", async () => {
      const on = target();
      const [first, second] = [randomUUID(), randomUUID()];
      await journal.append(first, opened(on));
      await journal.append(second, opened(on));
      await journal.append(second, [{ kind: "remediation.paused", data: { ...on, by: "me" } }]);
      await journal.append(first, [resolved(on)]);
      assert.equal((await journal.state(second))?.phase, "queued");
      await journal.append(second, [{ kind: "remediation.resumed", data: { ...on, by: "me" } }]);
      assert.equal((await journal.state(second))?.phase, "planning");
    });
  });

  describe("tasks", () => {
    it("are taken by one worker only, and by the next when the lease has run out", async () => {
      const context = randomUUID();
      const { tasks } = await journal.append(context, opened(target()));
      const id = tasks[0]!.id;
      const takes = await Promise.all(Array.from({ length: 10 }, (_, n) => journal.take(id, `w${n}`, 10_000)));
      const taken = takes.filter((task) => task !== undefined);
      assert.equal(taken.length, 1);
      assert.equal(await journal.extend({ task: id, generation: taken[0]!.generation }, 0), true);
      const next = await journal.take(id, "later", 10_000);
      assert.equal(next?.generation, taken[0]!.generation + 1);
      assert.equal(next?.attempts, 2);
      assert.equal(await journal.extend({ task: id, generation: taken[0]!.generation }, 10_000), false);
    });

    it("a worker that has lost its lease stores nothing", async () => {
      const on = target();
      const context = await planned(on);
      const stale = await takeOpen(context);
      await journal.extend(stale.lease, 0);
      const fresh = await takeOpen(context);
      const started: NewEvent = {
        kind: "action.started",
        triggeredid: (await actionTriggered(context)).id,
        data: { ...on, attempt: 0, message: "1 → 2", plan: { before: 1, after: 2 } },
      };
      assert.equal((await journal.append(context, [started], { under: stale.lease })).outcome, "already-done");
      assert.equal((await journal.append(context, [started], { under: fresh.lease })).outcome, "appended");
      assert.deepEqual((await journal.state(context)) && kinds(await journal.read(context)).slice(-1), [
        "action.started",
      ]);
    });

    it("a finished task is gone: doing it twice stores once", async () => {
      const on = target();
      const context = await planned(on);
      const { lease } = await takeOpen(context);
      const done: NewEvent = {
        kind: "action.finished",
        triggeredid: (await actionTriggered(context)).id,
        data: { ...on, attempt: 0, status: "succeeded", result: "pass", message: "1 → 2", details: {} },
      };
      const first = await journal.append(context, [done], { completes: lease });
      assert.deepEqual(kinds(first.events), ["action.finished", "wait.triggered"]);
      assert.equal((await journal.append(context, [done], { completes: lease })).outcome, "already-done");
      assert.deepEqual(
        first.tasks.map((task) => [task.kind, task.dueInMs > 50_000]),
        [["wait", true]],
      );
    });

    it("a wait that is not due cannot be taken; a resolved problem ends it and opens the evaluation", async () => {
      const on = target();
      const context = await planned(on);
      await finishAction(context, on);
      const [wait] = (await journal.tasks(1000)).filter((task) => task.context === context);
      assert.equal(wait?.kind, "wait");
      assert.equal(await journal.take(wait!.id, "early", 1_000), undefined);
      const ended = await journal.append(context, [resolved(on)]);
      assert.deepEqual(kinds(ended.events), ["problem", "wait.finished", "evaluation.triggered"]);
      assert.deepEqual(
        (await journal.tasks(1000)).filter((task) => task.context === context).map((task) => task.kind),
        ["evaluate"],
      );
    });

    it("a parked task stays visible with its error and is never due again", async () => {
      const on = target();
      const context = randomUUID();
      await journal.append(context, opened(on));
      const { lease } = await takeOpen(context);
      await journal.append(
        context,
        [
          {
            kind: "get-action.finished",
            data: { ...on, status: "errored", result: "fail", message: "it crashed five times" },
          },
        ],
        { completes: lease, park: "it crashed five times" },
      );
      assert.equal((await journal.state(context))?.phase, "finished");
      const [row] = (await journal.tasks(1000)).filter((task) => task.context === context);
      assert.equal(row?.error, "it crashed five times");
      assert.ok(row?.parkedAt);
      assert.equal(await journal.take(row!.id, "w", 1_000), undefined);
    });

    it("an aborted run leaves no task behind", async () => {
      const on = target();
      const context = await planned(on);
      await journal.append(context, [{ kind: "remediation.aborted", data: { ...on, by: "me", reason: "enough" } }]);
      assert.equal((await journal.state(context))?.phase, "finished");
      assert.deepEqual(
        (await journal.tasks(1000)).filter((task) => task.context === context),
        [],
      );
    });
  });

  describe("readers", () => {
    it("never miss an event that commits late, and see all in one order", async () => {
      const start = await journal.latest();
      const slow = new pg.Client({ connectionString: url });
      await slow.connect();
      await slow.query("begin");
      const lateId = randomUUID();
      await slow.query(
        "insert into events (id, source, kind, type, time, context, data) values ($1, 'late', 'other', 'late', now(), 'late', '{}')",
        [lateId],
      );
      const context = randomUUID();
      await journal.append(context, opened(target()));
      const early = await journal.after(start, 100);
      assert.ok(!early.some((event) => event.context === context), "an event above an open append was given out");
      await slow.query("commit");
      await slow.end();
      const all = await journal.after(start, 100);
      assert.equal(all[0]?.id, lateId);
      assert.equal(all.filter((event) => event.context === context).length, 4);
    });

    it("are not held up by a stranger's open transaction in another database of the server", async () => {
      const admin = new pg.Client({ connectionString: url });
      await admin.connect();
      const name = `stranger_${randomUUID().slice(0, 8)}`;
      await admin.query(`create database ${name}`);
      const elsewhere = new URL(url);
      elsewhere.pathname = `/${name}`;
      const stranger = new pg.Client({ connectionString: elsewhere.href });
      await stranger.connect();
      await stranger.query("begin; create table t (x int)");
      const start = await journal.latest();
      const context = randomUUID();
      await journal.append(context, opened(target()));
      const seen = await journal.after(start, 100);
      await stranger.query("rollback");
      await stranger.end();
      await admin.query(`drop database ${name}`);
      await admin.end();
      assert.equal(seen.filter((event) => event.context === context).length, 4);
    });

    it("a page is bounded in bytes, either way round, and says whether there is more", async () => {
      const context = randomUUID();
      const big = "x".repeat(1000);
      const texts = [big, big, "small", big, "small"];
      const ids = texts.map((_, n) => `${context}-${n}`);
      const made = texts.map((text, n): NewEvent => ({ kind: "other", type: "a.b.c", id: ids[n]!, data: { text } }));
      await journal.append(context, made);
      const walk = async (oldestFirst: boolean, limit: number, mostBytes: number) => {
        const pages: string[][] = [];
        for (let seq: string | undefined, more = true; more;) {
          const from = oldestFirst ? { after: seq } : { before: seq };
          const page = await journal.page({ context, oldestFirst, ...from, limit, mostBytes });
          pages.push(page.events.map(({ id }) => id.slice(-1)));
          seq = page.next;
          more = seq !== undefined;
        }
        return pages.map((page) => page.join("")).join(" ");
      };
      assert.equal(await walk(true, 5, 1_000_000), "01234");
      assert.equal(await walk(true, 2, 1_000_000), "01 23 4");
      assert.equal(await walk(true, 5, 1_100), "0 12 34");
      assert.equal(await walk(false, 5, 1_100), "432 1 0");
      assert.equal(await walk(true, 5, 1), "0 1 2 3 4");
      assert.equal(await walk(false, 1, 1_000_000), "4 3 2 1 0");
      assert.deepEqual(await journal.page({ context: randomUUID(), limit: 5 }), { events: [] });
    });

    it("a text is looked for in so many events at a time, and every one that has it is found once", async () => {
      const context = randomUUID();
      const texts = ["needle", "hay", "hay", "hay", "NEEDLE", "needle", "hay", "hay", "hay", "hay"];
      await journal.append(
        context,
        texts.map((text, n): NewEvent => ({ kind: "other", type: "a.b.c", id: `${context}-${n}`, data: { text } })),
      );
      const walk = async (oldestFirst: boolean, limit: number, mostSearched: number, text = "needle") => {
        const pages: string[] = [];
        for (let seq: string | undefined, more = true; more;) {
          const from = oldestFirst ? { after: seq } : { before: seq };
          const page = await journal.page({ context, oldestFirst, ...from, limit, mostSearched, text });
          pages.push(page.events.map(({ id }) => id.slice(-1)).join("") || "-");
          seq = page.next;
          more = seq !== undefined;
        }
        return pages.join(" ");
      };
      assert.equal(await walk(false, 5, 100), "540");
      assert.equal(await walk(false, 5, 3), "- 54 - 0");
      assert.equal(await walk(true, 5, 3), "0 45 - -");
      assert.equal(await walk(false, 1, 7), "5 4 0");
      assert.equal(await walk(true, 1, 2), "0 - 4 5 - -");
      assert.equal(await walk(false, 5, 5, "straw"), "- - -");
    });

    it("a follower gets each event of the log once, in order, while many append", async () => {
      const follower = await journal.follow();
      const seen: StoredEvent[] = [];
      const contexts: string[] = Array.from({ length: 30 }, () => randomUUID());
      const complete = new Promise<void>((resolve) => {
        follower.subscribe((events) => {
          seen.push(...events.filter((event) => contexts.includes(event.context)));
          if (seen.length >= contexts.length * 4) resolve();
        });
      });
      await Promise.all(contexts.map((context) => journal.append(context, opened(target()))));
      await complete;
      await follower.close();
      assert.equal(new Set(seen.map((event) => event.id)).size, contexts.length * 4);
      const replay = (await journal.after({ txid: 0n, seq: 0n }, 100_000)).filter((e) => contexts.includes(e.context));
      assert.deepEqual(
        seen.map((event) => event.cursor),
        replay.map((event) => event.cursor),
      );
    });
  });

  describe("notifications", () => {
    it("are listed newest first, and paged without a gap, beyond ten too", async () => {
      const source = `s-${randomUUID()}`;
      for (let n = 0; n < 23; n++) await journal.note({ id: randomUUID(), source, outcome: "stored", title: `${n}` });
      const titles: (string | undefined)[] = [];
      for (let before: string | undefined; ;) {
        const page = await journal.notifications({ source, before, limit: 4 });
        if (page.length === 0) break;
        titles.push(...page.map(({ title }) => title));
        before = page.at(-1)!.seq;
      }
      assert.deepEqual(
        titles,
        Array.from({ length: 23 }, (_, n) => `${22 - n}`),
      );
    });
  });

  describe("files", () => {
    it("one revision for one content, history kept, each revision readable", async () => {
      const project = `p-${randomUUID().slice(0, 8)}`;
      const first = await journal.apply(project, new Map([["a.yaml", "1"]]), { replace: true });
      const same = await journal.apply(project, new Map([["a.yaml", "1"]]), { replace: true });
      const second = await journal.apply(project, new Map([["b.yaml", "2"]]), { replace: false, by: "me" });
      assert.equal(same.revision, first.revision);
      assert.deepEqual(same.changed, []);
      assert.deepEqual(second.changed, [{ path: "b.yaml", change: "added" }]);
      assert.deepEqual(
        [...(await journal.files(project))!.files],
        [
          ["a.yaml", "1"],
          ["b.yaml", "2"],
        ],
      );
      assert.deepEqual([...(await journal.files(project, first.revision))!.files], [["a.yaml", "1"]]);
      assert.equal((await journal.revisions(project, 10)).length, 2);
      assert.equal((await journal.list({ context: `files:${project}`, limit: 10 })).length, 2);
    });

    it("of two processes that change what they have read, exactly one does", async () => {
      const project = `p-${randomUUID().slice(0, 8)}`;
      await journal.apply(project, new Map([["a.yaml", "0"]]), { replace: true });
      const other = await createJournal({ url, log: { info: () => {}, warn: () => {} } });
      const onlyFrom = (text: string) => (hashes: ReadonlyMap<string, string>) => {
        if (hashes.get("a.yaml") !== hashOf(text)) throw new Error("changed meanwhile");
      };
      const change = (by: Journal, from: number, text: string) =>
        by.apply(project, new Map([["a.yaml", text]]), { replace: false, insist: onlyFrom(String(from)) });
      for (let turn = 0; turn < 20; turn++) {
        const both = await Promise.allSettled([journal, other].map((by) => change(by, turn, String(turn + 1))));
        const refused = both.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
        assert.deepEqual(refused, ["Error: changed meanwhile"]);
      }
      await other.close();
      assert.equal((await journal.files(project))?.files.get("a.yaml"), "20");
      assert.equal((await journal.revisions(project, 100)).length, 21);
      assert.equal((await journal.list({ context: `files:${project}`, limit: 100 })).length, 21);
    });

    it("no revision is in force whose event could not be stored", async () => {
      const project = `p-${randomUUID().slice(0, 8)}`;
      const by = 5 as unknown as string;
      await assert.rejects(journal.apply(project, new Map([["a.yaml", "1"]]), { replace: true, by }), /by/);
      assert.equal(await journal.files(project), undefined);
    });
  });

  afterwardsContract(() => journal);
  countsContract(() => journal);

  describe("the projection", () => {
    it("folding the whole log anew gives the stored states", async () => {
      const { folded, stored } = await journal.rebuild();
      assert.ok(stored.size > 20);
      assert.deepEqual(JSON.parse(JSON.stringify([...folded].sort())), JSON.parse(JSON.stringify([...stored].sort())));
    });
  });

  async function actionTriggered(context: string): Promise<StoredEvent> {
    const event = (await journal.read(context)).filter((e) => e.kind === "action.triggered").at(-1);
    assert.ok(event);
    return event;
  }

  async function finishAction(context: string, on: typeof TARGET): Promise<void> {
    const { lease } = await takeOpen(context);
    const triggeredid = (await actionTriggered(context)).id;
    await journal.append(
      context,
      [
        { kind: "action.started", triggeredid, data: { ...on, attempt: 0, message: "1 → 2", plan: {} } },
        {
          kind: "action.finished",
          triggeredid,
          data: { ...on, attempt: 0, status: "succeeded", result: "pass", message: "1 → 2", details: {} },
        },
      ],
      { completes: lease },
    );
  }
}
