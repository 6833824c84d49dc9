import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { NewEvent } from "@evenkeel/events";
import type { Journal } from "./index.ts";

/** Counts of a log that may be large: only the newest events of what is asked for are looked at. */
export function countsContract(given: () => Journal): void {
  const DAY = 86_400_000;

  /** Events of a project, oldest first; each of another day, the first of 2026-01-01. */
  async function write(project: string, texts: readonly string[], firstDay = 0): Promise<void> {
    const events = texts.map((type, n): NewEvent => {
      const time = new Date(Date.parse("2026-01-01T00:00:00Z") + (firstDay + n) * DAY).toISOString();
      return { kind: "other", type: `test.${type}`, source: `/${type}`, time, data: { project, text: type } };
    });
    await given().append(randomUUID(), events);
  }

  const fresh = () => `counted-${randomUUID().slice(0, 8)}`;
  const brief = async (...asked: Parameters<Journal["eventCounts"]>) => {
    const { total, looked, more } = await given().eventCounts(...asked);
    return { total, looked, more };
  };

  describe("counts of events", () => {
    it("are exact as long as everything is looked at", async () => {
      const project = fresh();
      await write(project, ["a", "b", "b"]);
      assert.deepEqual(await given().eventCounts({ project }, 3), {
        ...{ total: 3, looked: 3, more: false },
        ...{ kinds: { other: 3 }, results: {}, statuses: {}, services: [] },
        sources: [
          { source: "/b", count: 2 },
          { source: "/a", count: 1 },
        ],
      });
    });

    it("are those of the newest when there are more, and say so", async () => {
      const project = fresh();
      await write(project, ["a", "b", "b", "b"]);
      const { sources, ...counts } = await given().eventCounts({ project }, 2);
      assert.deepEqual([counts.total, counts.looked, counts.more], [2, 2, true]);
      assert.deepEqual(sources, [{ source: "/b", count: 2 }]);
    });

    it("what an event must be is looked for among these; where and when it is bounds them", async () => {
      const project = fresh();
      await write(project, ["a", "b", "b"]);
      const none = { total: 0, looked: 2, more: true };
      assert.deepEqual(await brief({ project, types: ["test.a"] }, 2), none);
      assert.deepEqual(await brief({ project, source: "/a" }, 2), none);
      assert.deepEqual(await brief({ project, text: '"a"' }, 2), none);
      assert.deepEqual(await brief({ project, text: '"A"' }, 3), { total: 1, looked: 3, more: false });
      assert.deepEqual(await brief({ project, to: "2026-01-02T00:00:00Z", text: '"a"' }, 2), {
        ...{ total: 1, looked: 1, more: false },
      });
    });

    it("in a range of time the newest are those of the latest time, whenever they were stored", async () => {
      const project = fresh();
      await write(project, ["late"], 9);
      await write(project, ["early", "early"]);
      const { sources } = await given().eventCounts({ project, from: "2026-01-01T00:00:00Z" }, 1);
      assert.deepEqual(sources, [{ source: "/late", count: 1 }]);
      const stored = await given().eventCounts({ project }, 1);
      assert.deepEqual(stored.sources, [{ source: "/early", count: 1 }]);
    });

    it("do not tell how much there is of what may not be read", async () => {
      const [mine, theirs] = [fresh(), fresh()];
      await write(mine, ["a", "b"]);
      const before = await given().eventCounts({ projects: [mine] }, 2);
      await write(theirs, ["c", "c", "c"]);
      assert.deepEqual(await given().eventCounts({ projects: [mine] }, 2), before);
      assert.deepEqual([before.total, before.looked, before.more], [2, 2, false]);
      assert.deepEqual(await brief({ projects: [mine], project: theirs }, 2), { total: 0, looked: 0, more: false });
    });
  });
}
