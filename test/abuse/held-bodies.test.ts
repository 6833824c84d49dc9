import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";
import { exchange } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { eventually } from "../support/eventually.ts";

const MIB = 1_048_576;
const SECRET = "a-secret-of-some-length";
/** Signed bodies must be read before anybody knows who sends them. */
const SIGNED = { type: "hmac", secrets: [SECRET] };
const HEAD = "POST /v1/webhooks/alertmanager HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n";

describe("strangers' bodies where bodies are signed", function () {
  this.timeout(60_000);
  let app: Running;
  const sockets: Socket[] = [];
  before(async () => {
    app = await startApp({ env: { EVENKEEL_INTAKE__SOURCES__ALERTMANAGER__AUTH: JSON.stringify(SIGNED) } });
  });
  afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));
  after(() => app?.close());

  /** Resolves with what the server says, if it does; the connection stays. */
  function begin(head: string, body: Buffer, heard: (status: number) => void): void {
    const socket = connect({ host: app.host, port: app.port });
    sockets.push(socket);
    socket.on("data", (chunk: Buffer) => heard(Number(chunk.toString("latin1").slice(9, 12))));
    socket.on("error", () => {});
    socket.write(`${HEAD}${head}\r\n\r\n`);
    socket.write(body);
  }

  async function send(bytes: number): Promise<number> {
    const text = JSON.stringify({
      version: "4",
      alerts: [],
      padding: Array(Math.ceil(bytes / 1000)).fill("x".repeat(997)),
    });
    const body = Buffer.from(text);
    const signature = createHmac("sha256", SECRET).update(body).digest("hex");
    const headers = { "content-type": "application/json", "x-signature": signature };
    return (await exchange(app, { method: "POST", path: "/v1/webhooks/alertmanager", headers, body })).status;
  }

  it("that do not end are held up to a bound: what is beyond is told to come again, and small ones are always read", async () => {
    const most = 150;
    const before = process.memoryUsage().rss;
    const body = Buffer.alloc(MIB - 1, " ");
    const heard: number[] = [];
    for (let n = 0; n < most; n++) begin(`content-length: ${MIB}`, body, (status) => heard.push(status));
    await eventually("the bound is reached", () => heard.length >= most - 70, {
      seen: () => `${heard.length} refused`,
    });
    assert.deepEqual([...new Set(heard)], [503]);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 400e6, `${grown} bytes, our own part in sending it included`);
    assert.equal(await send(10_000), 202);
    assert.equal(await send(500_000), 503);
    sockets.splice(0).forEach((socket) => socket.destroy());
    await eventually("what was held is given back", async () => (await send(500_000)) === 202);
  });

  it("in chunks of one byte each take what they hold, and not two hundred times as much", async () => {
    const before = process.memoryUsage().rss;
    const chunks = Buffer.from("1\r\n \r\n".repeat(500_000));
    const heard: number[] = [];
    const ended = Buffer.concat([chunks, Buffer.from("0\r\n\r\n")]);
    let most = before;
    const looking = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10);
    try {
      for (let n = 0; n < 2; n++) begin("transfer-encoding: chunked", ended, (status) => heard.push(status));
      await eventually("all are read", () => heard.length === 2, { within: 40_000 });
    } finally {
      clearInterval(looking);
    }
    assert.deepEqual(heard, [401, 401]);
    assert.ok(most - before < 150e6, `${most - before} bytes`);
  });
});
