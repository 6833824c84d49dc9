import assert from "node:assert/strict";
import type { StoredEvent } from "@evenkeel/events";
import { check, type History, type Invariant } from "./checker.ts";
import { goodHistory, recorded } from "./fixtures/good-history.ts";

const finished = () => goodHistory(recorded("escalated"));
/** Cut off in the middle of its wait: one task is open. */
const waiting = () => {
  const events = recorded("escalated");
  const end = events.findIndex(({ kind }) => kind === "wait.triggered");
  return goodHistory(events.slice(0, end + 1), { settled: false });
};
const inLine = () => {
  const events = recorded("queued");
  const end = events.findIndex(({ kind }) => kind === "remediation.queued");
  return goodHistory(events.slice(0, end + 1), { settled: false });
};

/** The same run told once more as another context, so that both hold the target at once. */
function twin(event: StoredEvent): StoredEvent {
  const other = { context: "the twin", id: `twin of ${event.id}`, seq: String(BigInt(event.seq) + 1_000n) };
  return { ...event, ...other, cursor: `9.${other.seq}` };
}

function withEvents(history: History, change: (event: StoredEvent) => StoredEvent[]): History {
  return { ...goodHistory(history.events.flatMap(change)), acked: history.acked, writes: history.writes };
}

interface Case {
  invariant: Invariant;
  what: string;
  says: RegExp;
  history: () => History;
}

const broken: readonly Case[] = [
  {
    invariant: "I1",
    what: "an acknowledged notification is not in the log",
    says: /acknowledged triggered event .* is not in the log/,
    history: () => withEvents(finished(), (event) => (event.kind === "problem" ? [] : [event])),
  },
  {
    invariant: "I1",
    what: "a whole acknowledged context is not in the log",
    says: /acknowledged context lost is not in the log/,
    history: () => ({
      ...finished(),
      acked: [{ id: "x", source: "alertmanager", context: "lost", outcome: "triggered" }],
    }),
  },
  {
    invariant: "I1",
    what: "an event is in the log twice",
    says: /is in the log 2 times/,
    history: () => withEvents(finished(), (event) => (event.kind === "problem" ? [event, event] : [event])),
  },
  {
    invariant: "I1",
    what: "one problem started its run twice",
    says: /was triggered 2 times/,
    history: () =>
      withEvents(finished(), (event) =>
        event.kind === "remediation.triggered" ? [event, { ...event, id: "again" }] : [event],
      ),
  },
  {
    invariant: "I2",
    what: "a run waits, and no task will ever end its wait",
    says: /\(waiting\) has no open task, and needs wait\.0\.0/,
    history: () => ({ ...waiting(), tasks: [] }),
  },
  {
    invariant: "I2",
    what: "a run has a task that is left over from an earlier phase",
    says: /has open tasks wait\.0\.0, plan, and needs wait\.0\.0/,
    history: () => {
      const history = waiting();
      return { ...history, tasks: [...history.tasks, { ...history.tasks[0]!, id: "old", key: "plan" }] };
    },
  },
  {
    invariant: "I2",
    what: "a run is not finished when everything has come to rest",
    says: /is not finished though everything has come to rest/,
    history: () => ({ ...waiting(), settled: true }),
  },
  {
    invariant: "I2",
    what: "a task is parked, and the log does not say why",
    says: /is parked without a reason in the log/,
    history: () => {
      const history = waiting();
      const parked = { ...history.tasks[0]!, id: "parked", key: "parked.x", parkedAt: "2026-01-01T00:00:00.000Z" };
      return { ...history, tasks: [...history.tasks, { ...parked, error: "it crashed" }] };
    },
  },
  {
    invariant: "I2",
    what: "a run waits in line for nobody",
    says: /waits in line though nobody holds its target/,
    history: () => {
      const history = inLine();
      const kept = [...history.remediations].filter(([, { phase }]) => phase === "queued");
      return { ...history, remediations: new Map(kept), tasks: [] };
    },
  },
  {
    invariant: "I3",
    what: "a step was written twice",
    says: /was written 2 times/,
    history: () => ({ ...finished(), writes: [...finished().writes, finished().writes[0]!] }),
  },
  {
    invariant: "I3",
    what: "a step was written before its plan was in the log",
    says: /was written before its plan was in the log/,
    history: () => withEvents(finished(), (event) => (event.kind === "action.started" ? [] : [event])),
  },
  {
    invariant: "I3",
    what: "something else was written than was planned",
    says: /planned 1 → 2, and wrote patch .* 1 → 3/,
    history: () => ({
      ...finished(),
      writes: finished().writes.map((write, n) => (n === 0 ? { ...write, after: 3 } : write)),
    }),
  },
  {
    invariant: "I3",
    what: "a step says pass, and nothing was written",
    says: /says pass, and wrote nothing/,
    history: () => ({ ...finished(), writes: [] }),
  },
  {
    invariant: "I3",
    what: "a write names no step",
    says: /names no step/,
    history: () => ({ ...finished(), writes: finished().writes.map((write) => ({ ...write, annotations: {} })) }),
  },
  {
    invariant: "I4",
    what: "two runs hold one target",
    says: /both .* and the twin hold chaos\/production\//,
    history: () => {
      const events = waiting().events;
      return { ...goodHistory([...events, ...events.map(twin)], { settled: false }) };
    },
  },
  {
    invariant: "I5",
    what: "the stored state is not the fold of the log",
    says: /they differ in message/,
    history: () => {
      const history = finished();
      const changed = [...history.remediations].map(
        ([context, state]) => [context, { ...state, message: "other" }] as const,
      );
      return { ...history, remediations: new Map(changed) as History["remediations"] };
    },
  },
  {
    invariant: "I5",
    what: "a run of the log is not stored",
    says: /by the log, and not stored/,
    history: () => ({ ...finished(), remediations: new Map() }),
  },
  {
    invariant: "I6",
    what: "a reader has missed an event",
    says: /reader the second has .* at place 4, where the log has/,
    history: () => withReader((cursors) => cursors.toSpliced(4, 1)),
  },
  {
    invariant: "I6",
    what: "a reader has seen an event twice",
    says: /reader the second has .* at place 5/,
    history: () => withReader((cursors) => cursors.toSpliced(5, 0, cursors[4]!)),
  },
  {
    invariant: "I6",
    what: "a reader has seen two events the other way round",
    says: /reader the second has .* at place 2/,
    history: () => withReader((cursors) => cursors.toSpliced(2, 2, cursors[3]!, cursors[2]!)),
  },
  {
    invariant: "I6",
    what: "a reader has not come to the end",
    says: /has nothing at place/,
    history: () => withReader((cursors) => cursors.slice(0, -1)),
  },
  {
    invariant: "I7",
    what: "a wait ended before it was due",
    says: /ended \d+ ms before it was due/,
    history: () => withEvents(finished(), (event) => [event.kind === "wait.finished" ? moved(event, -60_000) : event]),
  },
  {
    invariant: "I7",
    what: "a wait ended late and does not say so",
    says: /ended \d+ ms late and says \d+ ms/,
    history: () => withEvents(finished(), (event) => [event.kind === "wait.finished" ? moved(event, 60_000) : event]),
  },
];

function moved(event: StoredEvent, ms: number): StoredEvent {
  return { ...event, time: new Date(Date.parse(event.time) + ms).toISOString() };
}

function withReader(change: (cursors: readonly string[]) => readonly string[]): History {
  const history = finished();
  const [first, second] = history.readers;
  return { ...history, readers: [first!, { ...second!, cursors: change(second!.cursors) }] };
}

describe("the checker of chaos runs", () => {
  for (const [name, history] of Object.entries({ finished, waiting, inLine })) {
    it(`finds nothing wrong with a sound history (${name})`, () => assert.deepEqual(check(history()), []));
  }

  for (const { invariant, what, says, history } of broken) {
    it(`${invariant}: ${what}`, () => {
      const found = check(history());
      const own = found.filter((violation) => violation.invariant === invariant).map(({ text }) => text);
      assert.ok(
        own.some((text) => says.test(text)),
        `${JSON.stringify(found, undefined, 1)} has no ${says}`,
      );
    });
  }

  it("has a broken history for every invariant", () => {
    const invariants = [...new Set(broken.map(({ invariant }) => invariant))];
    assert.deepEqual(invariants.sort(), ["I1", "I2", "I3", "I4", "I5", "I6", "I7"]);
  });
});
