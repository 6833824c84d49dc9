import assert from "node:assert/strict";
import type { StoredEvent } from "@evenkeel/events";
import type { Cursor } from "@evenkeel/journal";
import { createReader, isLater } from "./reader.ts";

/** A log in memory whose follower and queries run at their own, random pace. */
function fakeLog(random: () => number) {
  const log: StoredEvent[] = [];
  const subscribers = new Set<(events: readonly StoredEvent[]) => void>();
  let told = 0;
  return {
    append(size: number) {
      const n = log.length + 1;
      const event = { kind: "other", type: "a.b.c", id: `e${n}`, source: "t", context: "c", time: "", receivedAt: "" };
      // Transactions come in one order, numbers in another: only both together are the log's order.
      const seq = n % 2 ? n + 1 : n - 1;
      log.push({ ...event, seq: String(seq), cursor: `${n}.${seq}`, data: "x".repeat(size) } as StoredEvent);
    },
    tell() {
      const events = log.slice(told, told + 1 + Math.floor(random() * 5));
      told += events.length;
      if (events.length > 0) for (const subscriber of subscribers) subscriber(events);
      return told < log.length;
    },
    async after(cursor: Cursor, limit: number): Promise<StoredEvent[]> {
      const at = (event: StoredEvent) => BigInt(event.cursor.split(".")[0]!);
      const found = log.filter((event) => at(event) > cursor.txid).slice(0, limit);
      for (let n = Math.floor(random() * 4); n > 0; n--) await new Promise(setImmediate);
      return found;
    },
    subscribe(subscriber: (events: readonly StoredEvent[]) => void) {
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
    ids: () => log.map(({ id }) => id),
    subscribers: () => subscribers.size,
  };
}

/** Mulberry32: small and repeatable. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("a reader of the stream", () => {
  it("gets every event once and in order, whatever the log, the follower and its own pace do", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomFrom(seed);
      const log = fakeLog(random);
      for (let n = Math.floor(random() * 500); n > 0; n--) log.append(10);
      const seen: string[] = [];
      const reader = createReader({
        journal: log,
        follower: log,
        from: { txid: 0n, seq: 0n },
        wants: () => true,
        maxWaitingBytes: 2000,
        sink: {
          write(frame) {
            seen.push(/"id":"(e\d+)"/.exec(frame.toString())![1]!);
            return random() > 0.3;
          },
          async drained() {
            for (let n = Math.floor(random() * 5); n > 0; n--) await new Promise(setImmediate);
            return true;
          },
        },
      });
      const running = reader.run();
      for (let n = 0; n < 300; n++) {
        if (random() > 0.4) log.append(Math.floor(random() * 300));
        if (random() > 0.5) log.tell();
        if (random() > 0.5) await new Promise(setImmediate);
      }
      while (log.tell());
      for (let turns = 0; seen.length < log.ids().length && turns < 10_000; turns++) await new Promise(setImmediate);
      reader.stop();
      assert.equal(await running, "stopped");
      assert.deepEqual(seen, log.ids(), `seed ${seed}`);
      assert.equal(log.subscribers(), 0);
    }
  });

  it("that was too slow for the queue is given what it missed from the log", async () => {
    const log = fakeLog(() => 0.99);
    log.append(10);
    let looks = 0;
    const after = (cursor: Cursor, limit: number) => (looks++, log.after(cursor, limit));
    let drained: (value: boolean) => void = () => {};
    let seen = 0;
    const reader = createReader({
      journal: { after },
      follower: log,
      from: { txid: 0n, seq: 0n },
      wants: () => true,
      maxWaitingBytes: 1000,
      sink: { write: () => ++seen !== 1, drained: () => new Promise((resolve) => (drained = resolve)) },
    });
    const running = reader.run();
    while (seen === 0) await new Promise(setImmediate);
    for (let n = 0; n < 1000; n++) log.append(500);
    while (log.tell());
    assert.equal(looks, 1);
    drained(true);
    while (seen < 1001) await new Promise(setImmediate);
    assert.ok(looks > 5, "the queue has held more than it may");
    reader.stop();
    assert.equal(await running, "stopped");
  });

  it("that takes nothing is given up", async () => {
    const log = fakeLog(() => 0.99);
    log.append(10);
    let drained: (value: boolean) => void = () => {};
    const written: unknown[] = [];
    const reader = createReader({
      journal: log,
      follower: log,
      from: { txid: 0n, seq: 0n },
      wants: () => true,
      maxWaitingBytes: 1000,
      sink: {
        write: (frame) => (written.push(frame), false),
        drained: () => new Promise((resolve) => (drained = resolve)),
      },
    });
    const running = reader.run();
    while (written.length === 0) await new Promise(setImmediate);
    for (let n = 0; n < 1000; n++) log.append(500);
    while (log.tell());
    reader.ping();
    assert.equal(written.length, 1);
    drained(false);
    assert.equal(await running, "slow");
    assert.equal(log.subscribers(), 0);
  });

  it("knows the log's order: transaction first, then number", () => {
    assert.ok(isLater({ txid: 2n, seq: 1n }, { txid: 1n, seq: 9n }));
    assert.ok(isLater({ txid: 2n, seq: 2n }, { txid: 2n, seq: 1n }));
    assert.ok(!isLater({ txid: 2n, seq: 1n }, { txid: 2n, seq: 1n }));
  });
});
