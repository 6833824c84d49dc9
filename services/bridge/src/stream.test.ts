import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { NewEvent } from "@evenkeel/events";
import { createJournal } from "@evenkeel/journal";
import { silentLog } from "@evenkeel/runtime";
import { serveBridge, type Served } from "./serve-for-test.ts";
import { fresh, open, problemOf } from "./seed-for-test.ts";
import { sse, type SseClient } from "./sse-for-test.ts";

function noise(project: string, n: number, padding = 0): NewEvent {
  const reason = "x".repeat(padding) || "test";
  return { kind: "problem.unrouted", id: `${project}-${n}`, data: { project, problem: problemOf(), reason } };
}

describe("the stream", function () {
  this.timeout(60_000);
  let served: Served;
  const clients: SseClient[] = [];
  const connect = async (query = "", headers?: Record<string, string>) => {
    const client = await sse(`${served.url}/v1/stream${query}`, headers);
    clients.push(client);
    return client;
  };
  before(async () => (served = await serveBridge()));
  afterEach(() => clients.splice(0).forEach((client) => client.drop()));
  after(() => served?.close());

  const logOf = async (project: string) => {
    const events = await served.journal.after({ txid: 0n, seq: 0n }, 100_000);
    return events.filter((event) => (event.data as { project?: string }).project === project);
  };

  it("tells of what happens from now on, each event with cursor, kind and CloudEvent", async () => {
    await open(served.journal, fresh());
    const client = await connect();
    assert.equal(client.response.headers["content-type"], "text/event-stream; charset=utf-8");
    assert.equal(client.response.headers["cache-control"], "no-cache, no-transform");
    assert.equal(client.response.headers["x-accel-buffering"], "no");
    await client.until(() => client.lastId() !== undefined);
    const context = await open(served.journal, fresh());
    await client.until(() => client.frames.length === 4);
    const stored = await served.journal.read(context);
    assert.deepEqual(
      client.frames.map(({ id, event, data }) => [id, event, data.id, data.shkeptncontext]),
      stored.map((event) => [event.cursor, event.kind, event.id, context]),
    );
    assert.deepEqual(client.frames[0]?.data, (await served.get(`/v1/events/${stored[0]?.id}`)).body);
  });

  it("filters by project, stage, service, type and context", async () => {
    const target = fresh({ project: "filtered" });
    const queries = [
      ["?project=filtered", 4],
      [`?service=${target.service}&stage=production`, 4],
      ["?project=filtered&type=problem", 1],
      ["?project=filtered&type=remediation.started,problem", 2],
      ["?project=filtered&type=sh.keptn.event.production.remediation.triggered", 1],
    ] as const;
    const all = await Promise.all(queries.map(([query]) => connect(query)));
    await open(served.journal, fresh());
    const context = await open(served.journal, target);
    const one = await connect(`?context=${context}&since=0.0`);
    await open(served.journal, fresh({ project: "filtered", stage: "dev" }));
    for (const [n, client] of all.entries()) {
      await client.until(() => client.frames.length >= queries[n]![1]);
      assert.equal(client.frames.filter(({ data }) => data.shkeptncontext === context).length, queries[n]![1]);
    }
    await one.until(() => one.frames.length === 4);
  });

  it("a reader that is dropped again and again while many append misses nothing and gets nothing twice", async () => {
    const project = "dropped";
    const total = 600;
    const { cursor } = (await served.get("/v1/status")).body;
    const writers = Array.from({ length: 6 }, async (_, w) => {
      for (let n = w; n < total; n += 6) await served.journal.append(randomUUID(), [noise(project, n)]);
    });
    const seen: string[] = [];
    let last = cursor;
    let connections = 0;
    while (seen.length < total) {
      connections++;
      const client = await connect(`?project=${project}`, { "last-event-id": last });
      const wanted = Math.min(total - seen.length, 1 + ((connections * 37) % 90));
      await client.until(() => client.frames.length >= wanted);
      client.drop();
      // What had arrived by then has been seen; what was on its way has not.
      seen.push(...client.frames.map(({ data }) => data.id));
      last = client.lastId();
    }
    await Promise.all(writers);
    assert.ok(connections > 5);
    assert.deepEqual(
      seen,
      (await logOf(project)).map(({ id }) => id),
    );
  });

  it("one that comes back to a long history gets it all, then what is new, without a seam", async () => {
    const project = "history";
    const from = (await served.get("/v1/status")).body.latestCursor;
    for (let n = 0; n < 1000; n += 100)
      await served.journal.append(
        randomUUID(),
        Array.from({ length: 100 }, (_, i) => noise(project, n + i)),
      );
    const client = await connect(`?project=${project}&since=${from}`);
    for (let n = 1000; n < 1100; n++) await served.journal.append(randomUUID(), [noise(project, n)]);
    await client.until(() => client.frames.length >= 1100);
    assert.deepEqual(
      client.frames.map(({ data }) => data.id),
      (await logOf(project)).map(({ id }) => id),
    );
  });

  it("Last-Event-ID goes before since", async () => {
    const context = await open(served.journal, fresh());
    const events = await served.journal.read(context);
    const client = await connect(`?context=${context}&since=0.0`, { "last-event-id": events[2]!.cursor });
    await client.until(() => client.frames.length > 0);
    assert.equal(client.frames[0]?.id, events[3]?.cursor);
  });

  for (const cursor of ["x", "1", "1.2.3", "-1.2", "99999999999999999999.1"]) {
    it(`cursor ${cursor} is refused`, async () => {
      const { status, body } = await served.get(`/v1/stream?since=${cursor}`);
      assert.equal(status, 400);
      assert.equal(body.code, "bad-cursor");
      assert.equal((await served.call("GET", "/v1/stream", { headers: { "last-event-id": cursor } })).status, 400);
    });
  }

  it("a cursor of another log is reset to now", async () => {
    const client = await connect("?since=999999999999.1");
    await client.until(() => client.frames.length > 0);
    assert.equal(client.frames[0]?.event, "reset");
    const context = await open(served.journal, fresh());
    await client.until(() => client.frames.length === 5);
    assert.equal(client.frames[1]?.data.shkeptncontext, context);
  });

  it("an unknown parameter is refused", async () => {
    assert.equal((await served.get("/v1/stream?types=problem")).status, 400);
  });

  it("ends within five seconds when its token is revoked by another process, and the nameless one when there is a token", async () => {
    const own = await serveBridge();
    const elsewhere = await createJournal({ url: own.databaseUrl, log: silentLog });
    try {
      const follow = async (headers?: Record<string, string>) => {
        const client = await sse(`${own.url}/v1/stream`, headers);
        clients.push(client);
        return client;
      };
      const nameless = await follow();
      assert.equal(nameless.response.statusCode, 200);
      const grants = [{ verb: "read", projects: ["*"] } as const];
      const [kept, gone] = await Promise.all(
        ["kept", "gone"].map(async (name) => (await elsewhere.tokens.create({ name, grants, by: "test" }))!.text),
      );
      await within(5_000, nameless.ended);
      const stays = await follow({ authorization: `Bearer ${kept}` });
      const goes = await follow({ authorization: `Bearer ${gone}` });
      await elsewhere.tokens.revoke("gone", "test");
      await within(5_000, goes.ended);
      const context = await open(own.journal, fresh());
      await stays.until(() => stays.frames.some(({ data }) => data.shkeptncontext === context));
      assert.deepEqual(goes.frames, []);
    } finally {
      await elsewhere.close();
      await own.close();
    }
  });
});

describe("the stream's limits", function () {
  this.timeout(60_000);

  it("a reader that takes nothing is cut off, others are not held up, and it can come back", async () => {
    while (!(await areToldApart()));
  });

  /** False when this process, readers and server alike, stood still for so long that the attempt says nothing. */
  async function areToldApart(): Promise<boolean> {
    const stallMs = 1_000;
    const served = await serveBridge({ streamLimits: { stallMs } });
    let [last, longest] = [performance.now(), 0];
    const watching = setInterval(() => {
      const now = performance.now();
      [last, longest] = [now, Math.max(longest, now - last)];
    }, 10);
    try {
      const slow = await sse(`${served.url}/v1/stream`);
      await slow.until(() => slow.lastId() !== undefined);
      slow.response.pause();
      const quick = await sse(`${served.url}/v1/stream`);
      await quick.until(() => quick.lastId() !== undefined);
      // More than the kernel takes for a reader that does not read.
      const total = 400;
      for (let n = 0; n < total; n += 20)
        await served.journal.append(
          randomUUID(),
          Array.from({ length: 20 }, (_, i) => noise("slow", n + i, 60_000)),
        );
      await quick.until(() => quick.frames.length === total);
      await until(async () => (await served.get("/v1/status")).body.streams === 1);
      slow.response.resume();
      await slow.ended;
      assert.ok(slow.frames.length < total);
      const back = await sse(`${served.url}/v1/stream`, { "last-event-id": slow.lastId()! });
      await back.until(() => slow.frames.length + back.frames.length === total);
      assert.deepEqual(
        [...slow.frames, ...back.frames].map(({ id }) => id),
        quick.frames.map(({ id }) => id),
      );
      for (const client of [quick, back]) client.drop();
      return true;
    } catch (error) {
      if (longest > stallMs / 2) return false;
      throw error;
    } finally {
      clearInterval(watching);
      await served.close();
    }
  }

  it("pings move the reader's cursor over what its filter leaves out", async () => {
    const served = await serveBridge({ streamLimits: { pingMs: 20 } });
    try {
      const client = await sse(`${served.url}/v1/stream?project=nobody`);
      await served.journal.append(randomUUID(), [noise("other", 1)]);
      const [event] = await served.journal.list({ limit: 1 });
      await client.until(() => client.lastId() === event?.cursor);
      assert.equal(client.frames.length, 0);
      client.drop();
    } finally {
      await served.close();
    }
  });

  it("no more streams than allowed; one that goes makes room", async () => {
    const served = await serveBridge({ streamLimits: { maxStreams: 1 } });
    try {
      const first = await sse(`${served.url}/v1/stream`);
      const refused = await served.get("/v1/stream");
      assert.equal(refused.status, 503);
      assert.equal(refused.headers.get("retry-after"), "5");
      first.drop();
      await until(async () => (await served.get("/v1/status")).body.streams === 0);
      const next = await sse(`${served.url}/v1/stream`);
      assert.equal(next.response.statusCode, 200);
      next.drop();
    } finally {
      await served.close();
    }
  });

  it("streams end by themselves when the process stops", async () => {
    const served = await serveBridge();
    const client = await sse(`${served.url}/v1/stream`);
    await client.until(() => client.lastId() !== undefined);
    served.app.drain();
    await client.ended;
    assert.equal(client.response.complete, true);
    assert.equal((await served.get("/v1/stream")).status, 503);
    await served.close();
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Counted in the turns that this process gets, as a busy machine may let it wait; with a second for what is slow. */
async function within(ms: number, end: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_resolve, reject) => {
    let turns = (ms + 1_000) / 50;
    timer = setInterval(() => --turns < 0 && reject(new Error(`not within ${ms} ms`)), 50);
  });
  await Promise.race([end, late]).finally(() => clearInterval(timer));
}
