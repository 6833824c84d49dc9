import assert from "node:assert/strict";
import { isBlocked, standingOf, whenStale } from "./standing.ts";

const CALM = { failed: 0, better: 0, paused: 0, parked: 0, late: 0, unrouted: 0, running: 0, blocked: 0 };

describe("standingOf", () => {
  for (const [name, facts, title, text] of [
    ["nothing is open", {}, "All quiet, nobody is needed", "Nothing is left for a person to do."],
    ["runs go on", { running: 2 }, "Evenkeel is on it, nobody is needed", "2 problems are being worked on."],
    [
      "a run has failed while another goes on",
      { failed: 1, running: 1 },
      "A person is needed",
      "1 problem not solved; 1 problem is being worked on.",
    ],
    [
      "a problem is better only",
      { better: 1 },
      "Better, but not over: have a look",
      "1 problem better, but still open.",
    ],
    [
      "one is better and another one is not",
      { failed: 1, better: 2 },
      "A person is needed",
      "1 problem not solved; 2 problems better, but still open.",
    ],
    ["a run is paused", { paused: 1 }, "A person is needed", "1 run paused."],
    [
      "a run is in line behind a paused one",
      { paused: 1, blocked: 1, running: 1 },
      "A person is needed",
      "1 run paused; 1 run in line behind a paused one; 1 problem is being worked on.",
    ],
    ["work is a little late", { late: 29_000 }, "All quiet, nobody is needed", "Nothing is left for a person to do."],
    ["work is late", { late: 61_000 }, "A person is needed", "Work is late by 1 min 1 s."],
    ["alerts are not routed", { unrouted: 3 }, "Some alerts reach no service", "3 notifications could not be routed."],
  ] as const) {
    it(`says whether somebody is needed when ${name}`, () => {
      const standing = standingOf({ ...CALM, ...facts });
      assert.deepEqual([standing.title, standing.text], [title, text]);
    });
  }

  it("calls a run blocked that is in line behind a paused one of the same service and stage", () => {
    const target = { project: "shop", stage: "prod", service: "carts" };
    const queued = { phase: "queued", target } as const;
    const waiting = { phase: "waiting", target } as const;
    assert.equal(isBlocked(queued, [waiting]), true);
    assert.equal(isBlocked(waiting, [waiting]), false);
    assert.equal(isBlocked(queued, []), false);
    assert.equal(isBlocked(queued, [{ phase: "queued", target }]), false);
    for (const other of [{ project: "b" }, { stage: "dev" }, { service: "orders" }])
      assert.equal(isBlocked(queued, [{ phase: "waiting", target: { ...target, ...other } }]), false);
  });

  it("calls for a look when nothing was heard for a while, however calm it was", () => {
    const standing = whenStale(standingOf(CALM));
    assert.deepEqual([standing.tone, standing.needs], ["warn", 1]);
    assert.match(standing.text, /is not known\. Last heard: All quiet, nobody is needed\.$/);
    assert.equal(whenStale(standingOf({ ...CALM, failed: 3 })).needs, 3);
  });
});
