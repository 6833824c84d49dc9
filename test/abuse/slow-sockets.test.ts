import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { closeServer, listen } from "@evenkeel/runtime";
import { exchange } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { PAYLOADS, sentOf } from "./support/payloads.ts";

const SOCKETS = 500;
/** The server's limits are 10 s for headers and 15 s for a request, looked at once a second. */
const CLOSED_WITHIN_MS = 60_000;
/**
 * What the slowest tenth and the slowest hundredth of ordinary requests may take, however fast they are without:
 * machines that test are busy, and pause. What is in the way is so for most of the time.
 */
const FINE_MS = { 90: 1_000, 99: 3_000 };
/** Sockets that are in the way would cost seconds, as long as they are open. */
const FACTOR = 3;

/** How a socket goes on being in the way after its first bytes. */
interface Manner {
  first: string;
  /** Written again and again until the server has enough. */
  drip?: string;
}

const HEAD = "POST /v1/webhooks/alertmanager HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n";
const MANNERS: Readonly<Record<string, Manner>> = {
  "says nothing": { first: "" },
  "one byte": { first: "P" },
  "headers without end": { first: HEAD },
  "headers one at a time": { first: HEAD, drip: "x-a: b\r\n" },
  "half a body": { first: `${HEAD}content-length: 100\r\n\r\n{"alerts":` },
  "a body byte by byte": { first: `${HEAD}content-length: 1000000\r\n\r\n`, drip: " " },
  "chunks without end": { first: `${HEAD}transfer-encoding: chunked\r\n\r\n`, drip: "1\r\n \r\n" },
  "blank lines": { first: "\r\n", drip: "\r\n" },
  "a chunk that does not come": { first: `${HEAD}transfer-encoding: chunked\r\n\r\nffff\r\n` },
  "too much, and then more": { first: `${HEAD}content-length: 99999999\r\n\r\n`, drip: " ".repeat(100) },
};

describe("a reader that does not take its answer", () => {
  it("is cut off, and one that reads slowly is not", async function () {
    this.timeout(60_000);
    while (!(await areToldApart()));
  });

  /** False when this process, reader and server alike, stood still for so long that the attempt says nothing. */
  async function areToldApart(): Promise<boolean> {
    const most = 30_000_000;
    const idleMs = 1_000;
    const { server, host, port } = await listen(
      (_request, response) => void response.writeHead(200, { "content-length": most }).end(Buffer.alloc(most)),
      { host: "127.0.0.1", port: 0, idleMs },
    );
    try {
      const stuck = connect({ host, port });
      const slow = connect({ host, port });
      let taken = 0;
      for (const socket of [stuck, slow])
        socket.pause().write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      const left = () => new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
      slow.on("data", (chunk: Buffer) => (taken += chunk.length));
      slow.on("error", () => {});
      stuck.on("error", () => {});
      const ended = new Promise((resolve) => slow.once("close", resolve));
      let [last, longest] = [performance.now(), 0];
      const reading = setInterval(() => {
        const now = performance.now();
        [last, longest] = [now, Math.max(longest, now - last)];
        setImmediate(() => slow.resume());
      }, 2);
      slow.on("data", () => slow.pause());
      await ended;
      clearInterval(reading);
      if (taken < most && longest > idleMs / 2) return false;
      assert.ok(taken >= most, `${taken} of ${most} bytes`);
      const end = performance.now() + 20_000;
      while ((await left()) > 0 && performance.now() < end) await delay(50);
      assert.equal(await left(), 0);
      stuck.destroy();
      return true;
    } finally {
      await closeServer(server, 0);
    }
  }
});

describe("500 slow and half-open sockets", () => {
  let app: Running;
  const open = new Map<Socket, string>();
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
  });
  after(async () => {
    for (const socket of open.keys()) socket.destroy();
    await app.close();
  });

  it("do not keep others from being answered, and are all closed by the limits", async function () {
    this.timeout(CLOSED_WITHIN_MS + 30_000);
    const without: number[] = [];
    while (without.length < 300) await ordinary(without);

    const names = Object.keys(MANNERS);
    const opened = Array.from({ length: SOCKETS }, (_, n) => hold(names[n % names.length]!));
    await Promise.all(opened);
    assert.equal(open.size, SOCKETS);

    const end = performance.now() + CLOSED_WITHIN_MS;
    const meanwhile: number[] = [];
    while (open.size > 0 && performance.now() < end) {
      await ordinary(meanwhile);
      await delay(100);
    }
    assert.deepEqual([...new Set(open.values())], [], `${open.size} sockets are still open`);
    assert.ok(meanwhile.length >= 100, `${meanwhile.length} requests were answered meanwhile`);
    // Before and after: what else the machine does may have begun in between.
    const afterwards: number[] = [];
    while (afterwards.length < 300) await ordinary(afterwards);
    for (const percent of [90, 99] as const) {
      const is = percentile(meanwhile, percent);
      const was = Math.max(percentile(without, percent), percentile(afterwards, percent));
      assert.ok(
        is <= Math.max(FINE_MS[percent], FACTOR * was),
        `p${percent} is ${is.toFixed()} ms among slow sockets, ${was.toFixed()} ms without`,
      );
    }
    assert.deepEqual(app.errors(), []);
  });

  it("are at most as many as the server takes", async function () {
    this.timeout(60_000);
    const sockets: Socket[] = [];
    // In lots: a kernel keeps only some hundred that have not been accepted yet.
    while (sockets.length < 2_100)
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => reached(app)))));
    const refused = () => sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
    const end = performance.now() + 20_000;
    while (refused() < 100 && performance.now() < end) await delay(50);
    assert.ok(refused() >= 100, `${refused()} of ${sockets.length} connections were refused`);
    for (const socket of sockets) socket.destroy();
    await Promise.all(
      sockets.map((socket) => socket.closed || new Promise((resolve) => socket.once("close", resolve))),
    );
    const ready = async () => {
      const answer = await exchange(app, { method: "GET", path: "/readyz", headers: {}, body: Buffer.alloc(0) });
      return answer.status === 200;
    };
    while (!(await ready().catch(() => false)) && performance.now() < end) await delay(50);
    assert.ok(await ready());
  });

  /** One request of each kind, all at once; adds the milliseconds that each took. */
  async function ordinary(took: number[]): Promise<void> {
    const ask = async (payload: (typeof PAYLOADS)[number]) => {
      const from = performance.now();
      const { status } = await exchange(app, sentOf(payload));
      took.push(performance.now() - from);
      assert.ok(status < 300, `${payload.name}: ${status}`);
    };
    await Promise.all(PAYLOADS.map(ask));
  }

  async function hold(name: string): Promise<void> {
    const { first, drip } = MANNERS[name]!;
    const socket = await reached(app);
    open.set(socket, name);
    socket.on("close", () => open.delete(socket));
    socket.on("end", () => socket.destroy());
    if (first) socket.write(first);
    if (!drip) return;
    const dripping = setInterval(() => socket.write(drip), 250);
    socket.on("close", () => clearInterval(dripping));
  }
});

function percentile(times: readonly number[], percent: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil((times.length * percent) / 100) - 1]!;
}

function reached({ host, port }: { host: string; port: number }): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.on("connect", () => resolve(socket));
    socket.on("error", (error) => reject(error));
    socket.resume();
  });
}
