import assert from "node:assert/strict";
import { exchange } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { talk, type Talk } from "./support/raw.ts";

const BODY = '{"version":"4","alerts":[]}';
const HOST = "host: 127.0.0.1";
const JSON_TYPE = "content-type: application/json";

/** A POST to the webhook, line by line as written. */
function post(lines: readonly string[], body = BODY, target = "/v1/webhooks/alertmanager"): string {
  return [`POST ${target} HTTP/1.1`, ...lines, "", body].join("\r\n");
}
const sized = (body = BODY) => `content-length: ${Buffer.byteLength(body)}`;
const latin1 = (text: string) => Buffer.from(text, "latin1");

/** What is written on the wire, and the status of each answer; `closed` where the connection ends without one. */
const WIRE: readonly [name: string, bytes: string | Buffer, answer: number | readonly number[] | "closed"][] = [
  ["a proper request", post([HOST, JSON_TYPE, sized()]), 202],
  ["two proper requests in one packet", post([HOST, JSON_TYPE, sized()]).repeat(2), [202, 202]],
  // lengths
  ["two equal lengths", post([HOST, JSON_TYPE, sized(), sized()]), 400],
  ["two different lengths", post([HOST, JSON_TYPE, sized(), "content-length: 3"]), 400],
  ["a list of lengths", post([HOST, JSON_TYPE, "content-length: 27, 27"]), 400],
  ["a negative length", post([HOST, JSON_TYPE, "content-length: -1"]), 400],
  ["a signed length", post([HOST, JSON_TYPE, "content-length: +27"]), 400],
  ["a length with a fraction", post([HOST, JSON_TYPE, "content-length: 27.0"]), 400],
  ["a hexadecimal length", post([HOST, JSON_TYPE, "content-length: 0x1b"]), 400],
  ["a length past every number", post([HOST, JSON_TYPE, `content-length: ${"9".repeat(40)}`]), 400],
  ["a length past the cap, and no body", post([HOST, JSON_TYPE, "content-length: 1048577"], ""), 413],
  ["a length of petabytes", post([HOST, JSON_TYPE, "content-length: 9007199254740991"], ""), 413],
  ["no length at all", post([HOST, JSON_TYPE]), [400, 400]],
  ["length and chunks at once", post([HOST, JSON_TYPE, sized(), "transfer-encoding: chunked"], chunks(BODY)), 400],
  // chunks
  ["chunks", post([HOST, JSON_TYPE, "transfer-encoding: chunked"], chunks(BODY)), 202],
  ["chunks of one byte", post([HOST, JSON_TYPE, "transfer-encoding: chunked"], chunks(...BODY)), 202],
  [
    "a chunk that says too little",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked"], `3\r\n${BODY}\r\n0\r\n\r\n`),
    400,
  ],
  ["a chunk of no size", post([HOST, JSON_TYPE, "transfer-encoding: chunked"], `\r\n${BODY}\r\n0\r\n\r\n`), 400],
  ["a chunk of negative size", post([HOST, JSON_TYPE, "transfer-encoding: chunked"], `-1\r\n${BODY}\r\n`), 400],
  [
    "a chunk of overflowing size",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked"], `${"f".repeat(20)}\r\n${BODY}`),
    400,
  ],
  [
    "a chunk with a long extension",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked"], `1b;${"x".repeat(20_000)}\r\n`),
    [413],
  ],
  [
    "chunks past the cap",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked"], chunks(" ".repeat(600_000), " ".repeat(600_000))),
    413,
  ],
  [
    "forged trailers",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked"], `${chunks(BODY).slice(0, -2)}host: evil.invalid\r\n\r\n`),
    202,
  ],
  ["another transfer-encoding", post([HOST, JSON_TYPE, "transfer-encoding: gzip"]), 400],
  [
    "chunked and something behind it",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked, identity"], chunks(BODY)),
    400,
  ],
  [
    "chunked twice",
    post([HOST, JSON_TYPE, "transfer-encoding: chunked", "transfer-encoding: chunked"], chunks(BODY)),
    [202, 400],
  ],
  ["chunked in disguise", post([HOST, JSON_TYPE, sized(), "transfer-encoding: xchunked"]), 400],
  ["a blank before the colon", post([HOST, JSON_TYPE, "transfer-encoding : chunked"], chunks(BODY)), 400],
  // hosts and origins
  ["no host", post([JSON_TYPE, sized()]), 400],
  ["two hosts", post([HOST, HOST, JSON_TYPE, sized()]), 400],
  ["another host", post(["host: evil.invalid", JSON_TYPE, sized()]), 421],
  ["a host that only begins like ours", post(["host: 127.0.0.1.evil.invalid", JSON_TYPE, sized()]), 421],
  ["a host with credentials", post(["host: 127.0.0.1@evil.invalid", JSON_TYPE, sized()]), 421],
  ["an empty host", post(["host:", JSON_TYPE, sized()]), 421],
  ["a host of control characters", latin1(post(["host: a\u0001b", JSON_TYPE, sized()])), 400],
  ["a page of another origin", post([HOST, "origin: https://evil.invalid", JSON_TYPE, sized()]), 403],
  ["the origin null", post([HOST, "origin: null", JSON_TYPE, sized()]), 403],
  ["HTTP/1.0 without a host", `GET /livez HTTP/1.0\r\n\r\n`, 400],
  // request lines
  ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
  ["TLS", Buffer.from("16030100a5010000a10303", "hex"), 400],
  ["HTTP/0.9", "GET /livez\r\n\r\n", 400],
  ["HTTP/9.9", `GET /livez HTTP/9.9\r\n${HOST}\r\n\r\n`, 400],
  ["a method that nobody knows", `BREW /livez HTTP/1.1\r\n${HOST}\r\n\r\n`, 400],
  ["a method in small letters", `get /livez HTTP/1.1\r\n${HOST}\r\n\r\n`, 400],
  ["TRACE", `TRACE /livez HTTP/1.1\r\n${HOST}\r\n\r\n`, 405],
  ["CONNECT", `CONNECT 127.0.0.1:22 HTTP/1.1\r\n${HOST}\r\n\r\n`, "closed"],
  ["a target that is an asterisk", `OPTIONS * HTTP/1.1\r\n${HOST}\r\n\r\n`, 404],
  ["an absolute target", `GET http://evil.invalid/livez HTTP/1.1\r\n${HOST}\r\n\r\n`, [200, 404, 421]],
  ["an absolute target that is none", `GET http://[ HTTP/1.1\r\n${HOST}\r\n\r\n`, [400, 404]],
  ["an absolute target with a bad port", `GET http://a:99999999/ HTTP/1.1\r\n${HOST}\r\n\r\n`, [400, 404]],
  ["a target with a fragment", `GET /livez#x HTTP/1.1\r\n${HOST}\r\n\r\n`, [200, 400, 404]],
  ["a target of slashes", `GET ${"/".repeat(8_000)} HTTP/1.1\r\n${HOST}\r\n\r\n`, 404],
  ["a target that is too long", `GET /${"a".repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n\r\n`, 431],
  ["a bad percent escape", `GET /v1/events/%E0%A4%A HTTP/1.1\r\n${HOST}\r\n\r\n`, 400],
  ["a NUL in a path", `GET /v1/events/%00 HTTP/1.1\r\n${HOST}\r\n\r\n`, 400],
  ["a control character in the target", latin1(`GET /liv\u0001ez HTTP/1.1\r\n${HOST}\r\n\r\n`), 400],
  ["bytes above ASCII in the target", latin1(`GET /liv\u00e9z HTTP/1.1\r\n${HOST}\r\n\r\n`), [400, 404]],
  // headers
  ["a line that continues the one before", post([HOST, JSON_TYPE, "x-a: 1", " 2", sized()]), 400],
  ["a header without a name", post([HOST, ": x", JSON_TYPE, sized()]), 400],
  ["a header without a colon", post([HOST, "nonsense", JSON_TYPE, sized()]), 400],
  ["a lone line feed", `POST /v1/events HTTP/1.1\n${HOST}\n\n`, 400],
  ["a lone carriage return", `GET /livez HTTP/1.1\r\n${HOST}\rx: y\r\n\r\n`, 400],
  ["a NUL in a header", latin1(post([HOST, "x-a: a\0b", JSON_TYPE, sized()])), 400],
  ["a header of 20 kB", post([HOST, `x-a: ${"a".repeat(20_000)}`, JSON_TYPE, sized()]), 431],
  [
    "two thousand headers",
    post([HOST, ...Array.from({ length: 2000 }, (_, n) => `x${n}: 1`), JSON_TYPE, sized()]),
    431,
  ],
  ["two content-types", post([HOST, JSON_TYPE, "content-type: text/plain", sized()]), [202, 415]],
  [
    "an upgrade to a web socket",
    `GET /livez HTTP/1.1\r\n${HOST}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    200,
  ],
  [
    "an upgrade to HTTP/2",
    `GET /livez HTTP/1.1\r\n${HOST}\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n`,
    200,
  ],
  ["an expectation", post([HOST, JSON_TYPE, sized(), "expect: 100-continue"]), [100, 202]],
  ["an expectation of too much", post([HOST, JSON_TYPE, "content-length: 99999999", "expect: 100-continue"], ""), 413],
  ["an expectation of something else", post([HOST, JSON_TYPE, sized(), "expect: the unexpected"]), 417],
];

describe("framing", () => {
  let app: Running;
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
  });
  after(() => app.close());

  for (const [name, bytes, expected] of WIRE) {
    it(`${name}: ${expected === "closed" ? "the connection ends" : `answered ${[expected].flat().join(" or ")}`}`, async () => {
      const heard = await talk(app, bytes);
      assert.ok(heard.closed, "the server leaves the connection open");
      if (expected === "closed") return assert.deepEqual(heard.answers, []);
      assert.ok(heard.answers.length > 0, "no answer");
      for (const answer of heard.answers) {
        assert.ok([expected].flat().includes(answer.status), `${answer.status}: ${answer.body.slice(0, 200)}`);
        if (answer.status >= 400) assertProblem(answer);
      }
    });
  }

  it("a credential that is there twice is refused, even when both are right", async () => {
    const secured = await startApp({
      env: { EVENKEEL_SERVER__TOKENS__0__NAME: "ci", EVENKEEL_SERVER__TOKENS__0__TOKEN: "0123456789abcdef" },
    });
    try {
      const bearer = "authorization: Bearer 0123456789abcdef";
      const status = async (lines: string[]) =>
        (await talk(secured, post([HOST, JSON_TYPE, sized(), ...lines]))).answers[0]?.status;
      assert.equal(await status([bearer]), 202);
      assert.equal(await status([bearer, bearer]), 401);
      assert.equal(await status([bearer, "authorization: Basic eDp5"]), 401);
      assert.equal(await status(["x-token: 0123456789abcdef"]), 202);
      assert.equal(await status(["x-token: 0123456789abcdef", "x-token: 0123456789abcdef"]), 401);
      assert.equal(await status([]), 401);
    } finally {
      await secured.close();
    }
  });

  it("a sender that goes away at any byte of its request leaves nothing behind", async function () {
    this.timeout(60_000);
    const body = JSON.stringify({ version: "4", alerts: [gone] });
    const request = Buffer.from(post([HOST, JSON_TYPE, sized(body), "connection: close"], body));
    const before = (await app.journal.notifications({ limit: 200 })).length;
    const lengths = Array.from({ length: request.length - 1 }, (_, n) => n + 1);
    await inBatches(lengths, 50, (length) => talk(app, request.subarray(0, length), { reset: true }));
    assert.equal((await app.journal.notifications({ limit: 200 })).length, before);
    assert.equal((await talk(app, request)).answers[0]?.status, 202);
  });

  it("nothing of this was taken for a bug, and a proper request is answered afterwards", async () => {
    assert.deepEqual(app.errors(), []);
    const answer = await exchange(app, { method: "GET", path: "/readyz", headers: {}, body: Buffer.alloc(0) });
    assert.equal(answer.status, 200);
  });
});

const gone = {
  status: "firing",
  labels: { alertname: "gone", project: "p", stage: "s", service: "c" },
  startsAt: "2026-01-31T12:00:00Z",
};

function assertProblem({ head, body }: Talk["answers"][number]): void {
  assert.match(head, /^content-type: application\/problem\+json/im, head);
  const { status, code, detail } = JSON.parse(body) as { status: number; code: string; detail: string };
  assert.ok(status >= 400 && code && detail, body);
}

function chunks(...parts: readonly string[]): string {
  return [...parts, ""].map((part) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`).join("");
}

async function inBatches<T>(list: readonly T[], size: number, work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < list.length; from += size) await Promise.all(list.slice(from, from + size).map(work));
}
