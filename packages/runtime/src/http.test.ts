import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import { Writable } from "node:stream";
import * as z from "zod";
import {
  authenticator,
  closeServer,
  createApp,
  createLog,
  createMetrics,
  createRouter,
  jsonBody,
  listen,
  problem,
  ProviderError,
  rawBody,
  requireVerb,
  silentLog,
  Unavailable,
} from "./index.ts";
import type { App } from "./index.ts";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  json: () => {
    code: string;
    detail: string;
    status: number;
    errors?: { pointer: string; detail: string }[];
    requestId: string;
  };
}

const Body = z.strictObject({ alerts: z.array(z.strictObject({ name: z.string() })) });

describe("the HTTP application", () => {
  let app: App;
  let server: Server;
  let port: number;
  let logged: string;

  beforeEach(async () => {
    logged = "";
    const stream = new Writable({ write: (chunk, _encoding, done) => ((logged += String(chunk)), done()) });
    app = createApp({
      name: "test",
      log: createLog({ format: "json", level: "debug", stream }),
      metrics: createMetrics({ version: "1.2.3" }),
      allowedHosts: ["evenkeel.example.org", "*.svc.cluster.local"],
    });
    app.routes.post(
      "/echo",
      jsonBody(),
      (request, response) => void response.json({ body: request.body as unknown, bytes: request.rawBody?.length }),
    );
    app.routes.post("/alerts", jsonBody(), (request, response) => void response.json(Body.parse(request.body)));
    app.routes.put(
      "/files/:name",
      rawBody({ types: ["application/yaml"] }),
      (request, response) => void response.send(request.rawBody),
    );
    app.routes.get("/bug", () => {
      throw new Error("password=hunter2 in a bug");
    });
    app.routes.get("/away", () => {
      throw new Unavailable("the database is away", { retryAfterMs: 2500 });
    });
    app.routes.get("/teapot", () => Promise.reject(problem(418, "teapot", "short and stout")));
    app.routes.get("/provider", () => Promise.reject(new ProviderError("timeout", "prometheus took too long")));
    const inner = createRouter();
    inner.get("/things/:id", (request, response) => void response.json({ id: request.params["id"] }));
    app.routes.use("/v1", inner);
    app.routes.get("/stream", (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": hello\n\n");
    });
    app.routes.get(
      "/admin",
      requireVerb(
        authenticator([{ name: "ci", token: "0123456789abcdef", scopes: ["read"], projects: ["*"] }]),
        "admin",
      ),
      (_request, response) => void response.send("in"),
    );
    ({ server, port } = await listen(app, { host: "127.0.0.1", port: 0 }));
  });
  afterEach(() => closeServer(server, 0));

  function call(
    method: string,
    path: string,
    options: { headers?: Record<string, string>; body?: string | Buffer } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(
        { host: "127.0.0.1", port, method, path, headers: options.headers, agent: false },
        (response) => {
          const chunks: Buffer[] = [];
          response
            .on("data", (chunk: Buffer) => chunks.push(chunk))
            .on("end", () => {
              const text = Buffer.concat(chunks).toString();
              resolve({
                status: response.statusCode!,
                headers: response.headers,
                text,
                json: () => JSON.parse(text) as ReturnType<Answer["json"]>,
              });
            });
        },
      );
      request.on("error", reject);
      request.end(options.body);
    });
  }
  const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
    call("POST", path, { body, headers: { "content-type": "application/json", ...headers } });

  /** Sends bytes as they are and collects what comes back until the other side closes. */
  function raw(text: string | Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket
        .on("data", (chunk) => (answer += String(chunk)))
        .on("close", () => resolve(answer))
        .on("error", reject);
    });
  }

  it("parses JSON and keeps the bytes as they came", async () => {
    const answer = await post("/echo", '{ "a": 1 }');
    assert.deepEqual(JSON.parse(answer.text), { body: { a: 1 }, bytes: 10 });
  });

  it("answers an unknown route with problem+json, not HTML", async () => {
    const answer = await call("GET", "/nowhere");
    assert.equal(answer.status, 404);
    assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
    assert.equal(answer.json().code, "no-such-route");
    assert.equal(answer.json().requestId, answer.headers["x-request-id"]);
  });

  it("names the methods that a path has when the method is wrong", async () => {
    for (const path of ["/echo", "/v1/things/7", "/files/x"]) {
      const answer = await call("DELETE", path);
      assert.equal(answer.status, 405, path);
    }
    assert.equal((await call("DELETE", "/v1/things/7")).headers["allow"], "GET, HEAD");
    assert.equal((await call("DELETE", "/v1/things")).status, 404);
  });

  it("refuses a body of 1 MiB + 1, announced or chunked, and takes one of 1 MiB", async () => {
    const fitting = Buffer.from(`[${'"' + "x".repeat(1000) + '",'}`.repeat(1)).toString();
    assert.ok(fitting.length > 0);
    const exact = jsonOfSize(1_048_576);
    assert.equal((await post("/echo", exact)).status, 200);
    const over = jsonOfSize(1_048_577);
    assert.equal((await post("/echo", over)).json().code, "body-too-large");
    assert.equal((await post("/echo", over, { "transfer-encoding": "chunked" })).status, 413);
  });

  it("refuses 65 levels and takes 64", async () => {
    assert.equal((await post("/echo", "[".repeat(64) + "]".repeat(64))).status, 200);
    const deep = await post("/echo", "[".repeat(65) + "]".repeat(65));
    assert.deepEqual([deep.status, deep.json().code], [413, "too-deep"]);
    assert.equal((await post("/echo", "[".repeat(1_000_000))).status, 413);
  });

  it("says where the JSON breaks", async () => {
    const answer = await post("/echo", '{"a": 1,\n "b": nope}');
    assert.equal(answer.status, 400);
    assert.match(answer.json().detail, /line 2, column 7 \(offset 15\): found "nope\}", expected a value/);
  });

  it("refuses what is not UTF-8, an empty body, and keys that could change an object's prototype", async () => {
    assert.equal((await post("/echo", Buffer.from([0x22, 0xff, 0xfe, 0x22]))).json().code, "bad-encoding");
    assert.equal((await post("/echo", "")).json().code, "bad-json");
    for (const key of ["__proto__", "constructor", "prototype", "\\u005f_proto__"]) {
      const answer = await post("/echo", `{"a":[{"${key}":{"polluted":true}}]}`);
      assert.deepEqual([answer.status, answer.json().code], [400, "forbidden-key"], key);
    }
  });

  it("accepts the JSON media types and no other, no other charset, no compression", async () => {
    for (const type of [
      "application/json; charset=utf-8",
      "application/cloudevents+json",
      "application/cloudevents-batch+json; charset=UTF-8",
    ]) {
      assert.equal((await post("/echo", "{}", { "content-type": type })).status, 200, type);
    }
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/jsonx",
      "application/json; charset=utf-16",
      "",
    ]) {
      assert.equal((await post("/echo", "{}", { "content-type": type })).status, 415, type);
    }
    assert.equal((await call("POST", "/echo", { body: "{}" })).status, 415);
    assert.equal((await post("/echo", "{}", { "content-encoding": "gzip" })).status, 415);
  });

  it("names every place where a body does not fit its schema", async () => {
    const answer = await post("/alerts", '{"alerts":[{"name":"a"},{"name":7},{"name":"b","x/y":1}]}');
    assert.equal(answer.status, 422);
    assert.deepEqual(
      answer.json().errors?.map(({ pointer }) => pointer),
      ["/alerts/1/name", "/alerts/2/x~1y"],
    );
  });

  it("answers 503 with Retry-After when the database is away", async () => {
    const answer = await call("GET", "/away");
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "3"]);
  });

  it("keeps the text of a bug for the log", async () => {
    const answer = await call("GET", "/bug");
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /hunter2|http\.test/);
    assert.match(logged, new RegExp(`"id":"${answer.json().requestId}".*in a bug`));
    assert.equal((await call("GET", "/teapot")).status, 418);
    assert.equal((await call("GET", "/provider")).status, 504);
    assert.equal((await call("GET", "/v1/things/%zz")).status, 400);
  });

  it("answers to loopback names, addresses and configured hosts, and to no other", async () => {
    for (const host of [
      "localhost",
      "localhost:8484",
      "127.0.0.1:1",
      "[::1]:1",
      "10.2.3.4:8484",
      "evenkeel.example.org",
      "EVENKEEL.example.org.:80",
      "evenkeel.ops.svc.cluster.local",
    ]) {
      assert.equal((await call("GET", "/livez", { headers: { host } })).status, 200, host);
    }
    for (const host of [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.nip.example",
      "evenkeel.example.org.evil.example",
      "a b",
      "svc.cluster.local",
    ]) {
      assert.equal((await call("GET", "/livez", { headers: { host } })).status, 421, host);
    }
    assert.match(
      await raw("GET /livez HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close\r\n\r\n"),
      /^HTTP\/1\.1 400 /,
    );
    assert.match(await raw("GET /livez HTTP/1.1\r\nconnection: close\r\n\r\n"), /^HTTP\/1\.1 400 /);
  });

  it("refuses writes from pages of other origins", async () => {
    assert.equal((await post("/echo", "{}", { origin: "http://evil.example" })).status, 403);
    assert.equal((await post("/echo", "{}", { origin: "null" })).status, 403);
    assert.equal(
      (await post("/echo", "{}", { host: `localhost:${port}`, origin: `http://localhost:${port}` })).status,
      200,
    );
  });

  it("lets no page of another origin read an answer, nor ask whether it may", async () => {
    for (const origin of ["http://evil.example", "null", "http://localhost.evil.example"]) {
      const read = await call("GET", "/livez", { headers: { origin } });
      const asked = await call("OPTIONS", "/echo", {
        headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization" },
      });
      assert.notEqual(asked.status, 200, origin);
      for (const { headers } of [read, asked]) {
        const granted = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
        assert.deepEqual(granted, [], origin);
      }
      assert.equal(read.headers["cross-origin-resource-policy"], "same-origin");
    }
  });

  it("sends a strict content security policy and no trace of the framework", async () => {
    const { headers } = await call("GET", "/livez");
    const policy = String(headers["content-security-policy"]).split(";");
    assert.deepEqual(policy, [
      ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"],
      ...["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"],
      ...["require-trusted-types-for 'script'", "trusted-types evenkeel-worker"],
    ]);
    assert.equal(headers["x-powered-by"], undefined);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["cache-control"], "no-store");
  });

  it("writes one log line per request, with the pattern instead of the path and never the query", async () => {
    await call("GET", "/v1/things/7?access_token=sesame", { headers: { "x-request-id": "abc-1" } });
    await call("GET", "/livez", { headers: { "x-request-id": "bad id" } });
    const lines = logged
      .split("\n")
      .filter((line) => line.includes('"request"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const { id, method, route, status, ms } = lines[0]!;
    assert.deepEqual([id, method, route, status, typeof ms], ["abc-1", "GET", "/v1/things/:id", 200, "number"]);
    assert.equal(lines[1]!["level"], 20);
    assert.notEqual(lines[1]!["id"], "bad id");
    assert.doesNotMatch(logged, /sesame/);
  });

  it("is alive while not ready, says which part is not, and is not ready while draining", async () => {
    let database: "up" | "down" = "down";
    app.addCheck("database", () => {
      if (database === "down") throw new Error("connection refused");
    });
    assert.equal((await call("GET", "/livez")).status, 200);
    const away = await call("GET", "/readyz");
    assert.equal(away.status, 503);
    assert.match(away.text, /\[-\]database failed: connection refused/);
    database = "up";
    assert.equal((await call("GET", "/readyz")).text, "ok\n");
    assert.match((await call("GET", "/healthz?verbose")).text, /\[\+\]database ok\nready/);
    app.drain();
    assert.equal((await call("GET", "/readyz")).status, 503);
    assert.equal((await call("GET", "/livez")).status, 200);
    assert.equal(app.draining.aborted, true);
  });

  it("does not wait for ever for a check", async () => {
    const patient = createApp({ name: "slow", log: silentLog, limits: { readyTimeoutMs: 20 } });
    patient.addCheck("queue", () => new Promise(() => {}));
    const slow = await listen(patient, { host: "127.0.0.1", port: 0 });
    const answer = await fetch(`${slow.url}/readyz`);
    assert.match(await answer.text(), /\[-\]queue failed: no answer within 20 ms/);
    await closeServer(slow.server, 0);
  });

  it("counts requests by pattern for Prometheus", async () => {
    await call("GET", "/v1/things/7");
    const { text, headers } = await call("GET", "/metrics");
    assert.match(String(headers["content-type"]), /^text\/plain/);
    assert.match(text, /evenkeel_build_info\{version="1\.2\.3"\} 1/);
    assert.match(
      text,
      /evenkeel_http_request_duration_seconds_count\{method="GET",route="\/v1\/things\/:id",status="200"\} 1/,
    );
  });

  it("asks for a token, tells a wrong one from one with too little scope, refuses two", async () => {
    const nobody = await call("GET", "/admin");
    assert.deepEqual([nobody.status, nobody.headers["www-authenticate"]], [401, 'Bearer realm="evenkeel"']);
    assert.equal((await call("GET", "/admin", { headers: { authorization: "Bearer 0123456789abcdeX" } })).status, 401);
    assert.equal((await call("GET", "/admin", { headers: { authorization: "Bearer 0123456789abcdef" } })).status, 403);
    const twice = "authorization: Bearer 0123456789abcdef\r\n".repeat(2);
    assert.match(
      await raw(`GET /admin HTTP/1.1\r\nhost: localhost\r\n${twice}connection: close\r\n\r\n`),
      /authorization is there 2 times/,
    );
  });

  it("survives a request cut at every byte", async () => {
    const text = `POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{"a": 1}`;
    for (let cut = 1; cut < text.length; cut++) {
      await new Promise<void>((resolve) => {
        const socket = connect(port, "127.0.0.1", () =>
          socket.write(text.slice(0, cut), () => socket.resetAndDestroy()),
        );
        socket.on("close", () => resolve()).on("error", () => {});
      });
    }
    assert.equal((await post("/echo", "{}")).status, 200);
    assert.doesNotMatch(logged, /"level":50/);
  });

  it("answers what is not HTTP, and headers without end, with a problem", async () => {
    assert.match(await raw("GARBAGE\r\n\r\n"), /^HTTP\/1\.1 400 [\s\S]*"code":"not-http"/);
    assert.match(
      await raw(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(20_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    );
    assert.match(
      await raw("POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n12"),
      /^HTTP\/1\.1 400 /,
    );
  });

  it("has deadlines for slow senders", () => {
    assert.deepEqual(
      [server.headersTimeout, server.requestTimeout, server.keepAliveTimeout, server.maxConnections],
      [10_000, 15_000, 65_000, 2000],
    );
  });

  it("gives up on a sender that never finishes", async () => {
    server.requestTimeout = 200;
    server.headersTimeout = 200;
    const body = await raw(
      "POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
    );
    assert.match(body, /^HTTP\/1\.1 408 /);
    assert.match(await raw("GET / HTTP/1.1\r\nhost:"), /^HTTP\/1\.1 408 /);
  });

  it("ends streams when it closes", async () => {
    const ended = new Promise<void>((resolve, reject) => {
      const request = httpRequest({ host: "127.0.0.1", port, path: "/stream" }, (response) => {
        response.once("data", () => void closeServer(server, 30).then(resolve, reject));
        response.on("error", () => {});
      });
      request.on("error", () => {});
      request.end();
    });
    await ended;
    assert.equal(server.listening, false);
  });

  it("takes the next port when one is taken and was told to try", async () => {
    const next = await listen(app, { host: "127.0.0.1", port, tries: 20 });
    assert.ok(next.port > port);
    assert.equal(next.taken, port);
    assert.equal((await fetch(`${next.url}/livez`)).status, 200);
    await closeServer(next.server, 0);
    await assert.rejects(listen(app, { host: "127.0.0.1", port }), /is taken; choose another with server\.port/);
  });
});

/** A list of short strings that takes exactly `size` bytes. */
function jsonOfSize(size: number): string {
  const items: string[] = [];
  let left = size - 2;
  while (left > 2000) {
    items.push(JSON.stringify("x".repeat(997)));
    left -= 1000;
  }
  items.push(JSON.stringify("x".repeat(left - 2)));
  const text = `[${items.join(",")}]`;
  assert.equal(text.length, size);
  return text;
}
