import assert from "node:assert/strict";
import type { Event, NewEvent, Plan, Result } from "@evenkeel/events";
import fc from "fast-check";
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
  TARGET,
  triggeredidOf,
  waitFinished,
  type Command,
} from "./events-for-test.ts";
import { fold } from "./evolve.ts";
import { memoryJournal, TargetTaken, type Lease, type MemoryJournal, type OpenTask } from "./journal-for-test.ts";
import { holdsTarget } from "./state.ts";
import { openTask } from "./tasks.ts";

const RUNS = Number(process.env["EVENKEEL_PROPERTY_RUNS"] ?? 2_000);

const PLANS: Readonly<Record<string, Plan | undefined>> = {
  none: undefined,
  empty: plan([]),
  one: plan([action("one")], 1),
  two: plan([action("one"), action("two")], 0),
  ticketThenScale: plan([action("ticket", "next"), action("scale")]),
  scaleThenTell: plan([action("scale"), action("tell", "finish"), action("never")]),
};

/** What happens, one after the other. Numbers pick from what there is at that moment, so that shrunk cases stay legal. */
type Happening =
  | { open: number }
  | { problem: "open" | "resolved" | "merged" | "info"; of: number }
  | { command: Command; of: number }
  /** A worker takes a task that is due, even when another holds it: a lease that has run out. */
  | { take: number }
  /** A worker, perhaps one that has lost its lease, commits what it is going to do. */
  | { begin: number }
  /** A worker, perhaps one that has lost its lease, delivers. */
  | { deliver: number; result: Result; found: string }
  | { pass: number }
  /** An event of the log comes again, as it is or under a new id. */
  | { again: number; under: "its id" | "a new id" }
  /** Somebody writes into a run what no worker did. */
  | { forge: number; kind: Event["kind"]; of: number; answering: number; attempt: number; result: Result };

const small = fc.nat({ max: 7 });
const context = fc.nat({ max: 2 });
const result = fc.constantFrom<Result>("pass", "warning", "fail", "inconclusive");
const FORGED = [
  ...(["remediation.started", "remediation.finished", "get-action.triggered", "get-action.finished"] as const),
  ...(["action.triggered", "action.started", "action.finished", "wait.triggered", "wait.finished"] as const),
  ...([
    "evaluation.triggered",
    "evaluation.finished",
    "escalation.sent",
    "task.parked",
    "task.retried",
    "remediation.repeated",
  ] as const),
];

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ open: context }) },
  {
    weight: 3,
    arbitrary: fc.record({
      problem: fc.constantFrom("open" as const, "resolved" as const, "merged" as const, "info" as const),
      of: context,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      command: fc.constantFrom<Command>(
        "remediation.paused",
        "remediation.resumed",
        "remediation.aborted",
        "wait.skipped",
      ),
      of: context,
    }),
  },
  { weight: 12, arbitrary: fc.record({ take: small }) },
  { weight: 6, arbitrary: fc.record({ begin: small }) },
  {
    weight: 12,
    arbitrary: fc.record({ deliver: small, result, found: fc.constantFrom(...Object.keys(PLANS)) }),
  },
  { weight: 5, arbitrary: fc.record({ pass: fc.constantFrom(1_000, 60_000, 600_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      again: fc.nat({ max: 60 }),
      under: fc.constantFrom("its id" as const, "a new id" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      forge: small,
      kind: fc.constantFrom<Event["kind"]>(...FORGED),
      of: context,
      answering: fc.nat({ max: 60 }),
      attempt: fc.integer({ min: -1, max: 4 }),
      result,
    }),
  },
);

interface Worker {
  task: OpenTask;
  lease: Lease;
  triggeredid: string | undefined;
  attempt: number;
}

interface World {
  journal: MemoryJournal;
  workers: Worker[];
}

const at = <T>(list: readonly T[], index: number): T | undefined =>
  list.length === 0 ? undefined : list[index % list.length];

function happen(world: World, what: Happening): void {
  const { journal, workers } = world;
  if ("open" in what) journal.append(`c${what.open}`, opened(`c${what.open}`));
  else if ("problem" in what) journal.append(`c${what.of}`, [problem(what.problem)]);
  else if ("command" in what) journal.append(`c${what.of}`, [command(what.command)]);
  else if ("pass" in what) journal.pass(what.pass);
  else if ("take" in what) take(world, at(journal.tasks(), what.take));
  else if ("begin" in what) begin(world, at(workers, what.begin));
  else if ("deliver" in what) deliver(world, at(workers, what.deliver), what.result, PLANS[what.found]);
  else if ("again" in what) {
    const event = at(journal.log, what.again);
    if (event) repeat(journal, event, what.under);
  } else forge(journal, what);
}

function take({ journal, workers }: World, task: OpenTask | undefined): Worker | undefined {
  const taken = task && journal.take(task.id);
  if (!taken) return undefined;
  const state = journal.states.get(taken.context);
  const worker: Worker = {
    task: taken,
    lease: taken.lease,
    triggeredid: triggeredidOf(state),
    attempt: state && "attempt" in state ? state.attempt : 0,
  };
  workers.push(worker);
  return worker;
}

function begin({ journal }: World, worker: Worker | undefined): void {
  if (worker?.task.kind !== "act") return;
  journal.append(worker.task.context, [actionStarted(worker.triggeredid, worker.attempt)], worker.lease, "under");
}

function deliver(world: World, worker: Worker | undefined, how: Result, found: Plan | undefined): void {
  if (!worker) return;
  world.workers.splice(world.workers.indexOf(worker), 1);
  world.journal.append(worker.task.context, [answer(worker, how, found)], worker.lease, "completes");
}

function answer({ task, triggeredid, attempt }: Worker, how: Result, found: Plan | undefined): NewEvent {
  switch (task.kind) {
    case "plan":
      return planRead(triggeredid, found, found ? undefined : "no-match");
    case "act":
      return actionFinished(triggeredid, attempt, how);
    case "wait":
      return waitFinished(triggeredid, attempt);
    case "evaluate":
      return evaluated(triggeredid, how);
    case "notify":
      return { kind: "escalation.sent", data: { ...TARGET, message: "", to: "" } };
  }
}

function repeat(journal: MemoryJournal, event: Event, under: "its id" | "a new id"): void {
  const { id, kind, triggeredid, data, context: name } = event;
  const source = under === "its id" ? event.source : "stranger";
  const again = { kind, source, triggeredid, data, ...(under === "its id" && { id }) } as NewEvent;
  attemptAppend(journal, name, again);
}

function forge(journal: MemoryJournal, forged: Extract<Happening, { forge: number }>): void {
  const triggeredid = at(journal.log, forged.answering)?.id;
  const { kind, attempt, result: outcome } = forged;
  const done = { ...TARGET, status: "succeeded", result: outcome, message: "forged" } as const;
  const window = { start: "2026-01-01T00:00:00.000Z", end: "2026-01-01T00:00:01.000Z" };
  const data: Partial<Record<Event["kind"], unknown>> = {
    "remediation.started": TARGET,
    "remediation.finished": { ...done, reason: "healed", steps: [] },
    "get-action.triggered": { ...TARGET, problem: opened("x")[1]!.data },
    "action.triggered": { ...TARGET, attempt, attempts: 9, action: action("forged") },
    "wait.triggered": { ...TARGET, attempt, retry: 0, durationMs: 1e300 },
    "evaluation.triggered": { ...TARGET, evaluation: window },
    "escalation.sent": { ...TARGET, message: "", to: "" },
    "task.parked": { ...TARGET, task: "", taskKind: "", error: "" },
    "task.retried": { ...TARGET, task: "", taskKind: "notify", by: "ann" },
    "remediation.repeated": { ...TARGET, run: "", by: "ann" },
  };
  const problemOf = { problem: (opened("x")[1] as { data: { problem: unknown } }).data.problem };
  const event: NewEvent =
    kind === "get-action.finished"
      ? planRead(triggeredid, PLANS["two"])
      : kind === "action.started"
        ? actionStarted(triggeredid, attempt)
        : kind === "action.finished"
          ? actionFinished(triggeredid, attempt, outcome)
          : kind === "wait.finished"
            ? waitFinished(triggeredid, attempt)
            : kind === "evaluation.finished"
              ? evaluated(triggeredid, outcome)
              : ({ kind, triggeredid, data: { ...(data[kind] as object), ...problemOf } } as NewEvent);
  attemptAppend(journal, `c${forged.of}`, { ...event, source: "stranger" });
}

/** Two holders of one target are refused by the database's unique index, with the whole append. */
function attemptAppend(journal: MemoryJournal, name: string, event: NewEvent): void {
  try {
    journal.append(name, [event]);
  } catch (error) {
    if (!(error instanceof TargetTaken)) throw error;
  }
}

/** What must hold after every happening. */
function check({ journal }: World): void {
  const states = [...journal.states.values()];
  const holders = states.filter(holdsTarget);
  assert.ok(holders.length <= 1, `held by ${holders.map((state) => state.context).join(" and ")}`);
  for (const state of states) {
    const open = journal.tasks().filter((task) => task.context === state.context);
    const wanted = openTask(state);
    assert.deepEqual(
      open.map((task) => task.key),
      wanted ? [wanted.key] : [],
      `tasks of ${state.context}`,
    );
    const works = state.phase !== "finished" && state.phase !== "queued" && !state.paused;
    if (works) assert.equal(open.length, 1, `${state.context} is ${state.phase} and has no task`);
    if (state.phase === "queued" && !state.paused) {
      assert.equal(holders.length, 1, `${state.context} waits in line for nobody`);
    }
    if (state.phase === "acting") {
      assert.ok(journal.own.has(state.triggeredid), "an action that nobody decided on is under way");
      assert.ok(!state.aborting || state.started, "an aborted run keeps an action that has not begun");
    }
    const replayed = fold(journal.log.filter((event) => event.context === state.context));
    assert.deepEqual(JSON.parse(JSON.stringify(replayed)), JSON.parse(JSON.stringify(state)), "replay differs");
  }
  checkLog(journal);
}

/** What the log itself must never show. Forged orders are in the log too, but nobody follows them. */
function checkLog({ log, own }: MemoryJournal): void {
  const gone = new Set<string>();
  const over = new Set<string>();
  const begun = new Set<string>();
  const triggered = new Map<string, string>();
  let acting: string | undefined;
  for (const event of log) {
    if (event.kind === "problem" && (event.data.state === "resolved" || event.data.state === "merged"))
      gone.add(event.context);
    if (event.kind === "action.started" && !begun.has(event.triggeredid ?? "")) {
      begun.add(event.triggeredid ?? "");
      // A stranger who knows the right id passes for the worker.
      if (event.source === "stranger") continue;
      assert.ok(!gone.has(event.context) && !over.has(event.context), "an action began though its run was over");
      assert.equal(acting, event.context, "an action began out of turn");
    }
    if (event.kind === "remediation.triggered" && !triggered.has(event.context)) triggered.set(event.context, event.id);
    const start = triggered.get(event.context);
    const ended = event.kind === "remediation.finished" && start !== undefined && event.triggeredid === start;
    if (own.has(event.id)) {
      assert.ok(!over.has(event.context), `${event.kind} after the end of ${event.context}`);
      if (event.kind === "action.triggered") {
        assert.ok(!gone.has(event.context), `an action after the problem of ${event.context} was gone`);
        assert.ok(acting === undefined || acting === event.context, `${event.context} acts while ${acting} does`);
        acting = event.context;
      }
      if (event.kind === "wait.triggered" && acting === event.context) acting = undefined;
    }
    if (!ended) continue;
    over.add(event.context);
    if (acting === event.context) acting = undefined;
  }
}

/** Workers keep answering, waits come due, nobody keeps anything paused: everything must come to its end. */
function finishAll(world: World, results: readonly Result[]): void {
  const { journal } = world;
  for (const state of [...journal.states.values()]) {
    if (state.paused) journal.append(state.context, [command("remediation.resumed")]);
  }
  for (let step = 0; journal.tasks().length > 0; step++) {
    assert.ok(step < 300, `still at work after ${step} answers`);
    const task = journal.tasks()[0]!;
    if (task.dueAt) journal.pass(Math.max(0, Date.parse(task.dueAt) - journal.now()));
    const worker = take(world, task);
    assert.ok(worker, "a task that is due cannot be taken");
    begin(world, worker);
    deliver(world, worker, at(results, step) ?? "fail", PLANS["scaleThenTell"]);
    check(world);
  }
  for (const state of journal.states.values()) assert.equal(state.phase, "finished", state.context);
}

describe("whatever happens, in whatever order", () => {
  it("runs end, act one at a time, never past their end, and can be replayed", function () {
    this.timeout(Math.max(60_000, RUNS * 60));
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 60, size: "max" }),
        fc.array(result, { maxLength: 8 }),
        (happenings, results) => {
          const world: World = { journal: memoryJournal(), workers: [] };
          for (const what of happenings) {
            happen(world, what);
            check(world);
          }
          finishAll(world, results);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
