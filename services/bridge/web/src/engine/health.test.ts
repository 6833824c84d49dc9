import assert from "node:assert/strict";
import type { StatusView } from "../types.ts";
import { healthOf } from "./health.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const overdueSince = (dueAt: string) => ({ phases: {}, oldestOverdue: { dueAt } as StatusView["oldestOverdue"] });

describe("the health of the engine", () => {
  it("is good when nothing is late", () => {
    assert.equal(healthOf({ status: { phases: {} }, counts: [] }, NOW).text, "Nothing is left to be done.");
    const counts = [{ kind: "wait", state: "open", count: 2 }] as const;
    assert.deepEqual(healthOf({ status: { phases: {} }, counts }, NOW), {
      tone: "good",
      text: "Work is done on time.",
    });
  });

  it("says how late the oldest task is", () => {
    const counts = [{ kind: "act", state: "overdue", count: 3 }] as const;
    const { tone, text } = healthOf({ status: overdueSince("2026-01-01T11:58:00Z"), counts }, NOW);
    assert.equal(tone, "bad");
    assert.match(text, /^3 tasks should have been done, the oldest 2 min ago/);
  });

  it("is still good while a task has just become due", () => {
    const counts = [{ kind: "act", state: "overdue", count: 1 }] as const;
    assert.equal(healthOf({ status: overdueSince("2026-01-01T11:59:58Z"), counts }, NOW).tone, "good");
  });

  it("names tasks that were set aside", () => {
    const counts = [{ kind: "act", state: "parked", count: 1 }] as const;
    const { tone, text } = healthOf({ status: { phases: {} }, counts }, NOW);
    assert.deepEqual([tone, text], ["warn", "Work is done on time, but look below: 1 task is set aside."]);
  });
});
