import assert from "node:assert/strict";
import { Unavailable } from "@evenkeel/runtime";
import { createGate } from "./read-few.ts";
import { CARTS, open } from "./seed-for-test.ts";
import { serveBridge } from "./serve-for-test.ts";
import { sse } from "./sse-for-test.ts";

describe("a gate", () => {
  /** Work that goes on until it is told to end. */
  const works = (count: number, gate: ReturnType<typeof createGate>) => {
    const begun: number[] = [];
    const ends: ((error?: Error) => void)[] = [];
    const done = Array.from({ length: count }, (_, n) =>
      gate(
        () =>
          new Promise<number>((resolve, reject) => {
            begun.push(n);
            ends[n] = (error) => (error ? reject(error) : resolve(n));
          }),
      ),
    );
    return { begun, ends, done };
  };

  it("lets so many in at once, and the others in their order", async () => {
    const { begun, ends, done } = works(5, createGate(2, 10));
    assert.deepEqual(begun, [0, 1]);
    ends[1]!();
    assert.equal(await done[1], 1);
    assert.deepEqual(begun, [0, 1, 2]);
    ends[0]!();
    ends[2]!();
    await Promise.all([done[0], done[2]]);
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    ends[3]!();
    ends[4]!();
    assert.deepEqual(await Promise.all(done), [0, 1, 2, 3, 4]);
  });

  it("lets the next one in when one fails", async () => {
    const { begun, ends, done } = works(2, createGate(1, 10));
    ends[0]!(new Error("no"));
    await assert.rejects(done[0]!, /no/);
    assert.deepEqual(begun, [0, 1]);
    ends[1]!();
    assert.equal(await done[1], 1);
  });

  it("refuses when too many wait, and lets in again afterwards", async () => {
    const gate = createGate(1, 1);
    const { begun, ends, done } = works(3, gate);
    await assert.rejects(done[2]!, Unavailable);
    ends[0]!();
    await done[0];
    ends[1]!();
    await done[1];
    assert.deepEqual(begun, [0, 1]);
    assert.equal(await gate(() => Promise.resolve("in")), "in");
  });
});

describe("readers who ask for much", () => {
  it("keep each other waiting, and leave connections to others", async () => {
    const served = await serveBridge();
    try {
      const { journal } = served;
      const page = journal.page.bind(journal);
      let begun = 0;
      let release = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      let fourBegun = () => {};
      const four = new Promise<void>((resolve) => (fourBegun = resolve));
      journal.page = async (q) => {
        if (++begun === 4) fourBegun();
        await released;
        return page(q);
      };
      const searches = Array.from({ length: 12 }, () => served.get("/v1/events?text=x"));
      await four;
      // Looking a run up is no such reading, and is what comes before each command.
      assert.equal((await served.call("POST", "/v1/remediations/none/abort")).status, 404);
      assert.equal(begun, 4);
      release();
      for (const { status } of await Promise.all(searches)) assert.equal(status, 200);
      assert.equal(begun, 12);
    } finally {
      await served.close();
    }
  });

  it("catch up with the log two at a time", async () => {
    const served = await serveBridge();
    const warnings: string[] = [];
    const warned = ({ message }: Error) => void warnings.push(message);
    process.on("warning", warned);
    try {
      const { journal } = served;
      await open(journal, CARTS);
      const after = journal.after.bind(journal);
      let reading = 0;
      let most = 0;
      journal.after = async (cursor, limit) => {
        most = Math.max(most, ++reading);
        try {
          return await after(cursor, limit);
        } finally {
          reading--;
        }
      };
      const clients = await Promise.all(Array.from({ length: 20 }, () => sse(`${served.url}/v1/stream?since=0.0`)));
      const hasStarted = ({ frames }: (typeof clients)[number]) =>
        frames.some(({ event }) => event === "remediation.started");
      await Promise.all(clients.map((client) => client.until(() => hasStarted(client))));
      assert.equal(most, 2);
      assert.deepEqual(warnings, [], "many streams are no leak");
      for (const client of clients) client.drop();
    } finally {
      process.off("warning", warned);
      await served.close();
    }
  });
});
