import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createOutbound, ProviderError, type ClosableOutbound } from "@evenkeel/runtime";
import { testContext, TestWorker } from "./support/testing.ts";
import type { ActionContext } from "./types.ts";
import { webhook } from "./webhook.ts";

const SECRETS: Record<string, string> = {
  TOKEN: 's3cr&t/"value',
  PATH: "T000/B000/XX YY",
  EMPTY: "",
  LINES: "one\r\ntwo\n",
};

describe("webhook", () => {
  interface Seen {
    method: string;
    url: string;
    headers: IncomingHttpHeaders;
    body: string;
  }
  let server: Server;
  let base: string;
  let outbound: ClosableOutbound;
  let seen: Seen[];
  let answer: (response: ServerResponse) => void;

  before(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = "", url = "", headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    outbound = createOutbound({ allow: ["127.0.0.0/8"] });
  });
  beforeEach(() => {
    seen = [];
    answer = (response) => void response.end("ok");
  });
  after(async () => {
    await outbound.close();
    server.close();
  });

  const newWorker = () =>
    new TestWorker(undefined, {
      outbound,
      secrets: (name) => (Object.hasOwn(SECRETS, name) ? SECRETS[name] : undefined),
    });
  const run = (value: object, worker = newWorker(), context: Partial<ActionContext> = {}) =>
    webhook.run(
      testContext({ action: "webhook", value: { url: `${base}/hook`, ...value } }, context),
      worker.deps(),
      worker.previous,
    );
  const problem = (title: string) => ({ problem: { ...testContext().problem, title } });

  it("posts the filled body, under the step's Idempotency-Key, after it is recorded", async () => {
    const worker = newWorker();
    worker.afterStarted = () => assert.equal(seen.length, 0);
    const outcome = await run({ body: '{"text": "{{.problem.title}} in {{.data.project}}"}' }, worker);
    assert.deepEqual([outcome.status, outcome.result], ["succeeded", "pass"]);
    assert.equal(outcome.message, `POST ${base}/hook answered 200`);
    assert.deepEqual(outcome.details, {
      method: "POST",
      url: `${base}/hook`,
      idempotencyKey: "c1.0",
      status: 200,
      response: "ok",
    });
    const [call] = seen;
    assert.deepEqual([call?.method, call?.url, call?.headers["idempotency-key"]], ["POST", "/hook", "c1.0"]);
    assert.equal(call?.headers["content-type"], "application/json");
    assert.deepEqual(JSON.parse(call?.body ?? ""), { text: "Response time degradation in sockshop" });
    assert.deepEqual(worker.plans, [{ revision: 0, method: "POST", url: `${base}/hook`, idempotencyKey: "c1.0" }]);
  });

  it("does not call when the lease is lost", async () => {
    const worker = newWorker();
    worker.beforeStarted = () => {
      throw new Error("lease lost");
    };
    await assert.rejects(run({}, worker), /lease lost/);
    assert.equal(seen.length, 0);
  });

  it("calls again under the same key after a crash, and says so", async () => {
    const worker = newWorker();
    await run({}, worker);
    const again = await run({}, worker);
    assert.deepEqual(
      seen.map(({ headers }) => headers["idempotency-key"]),
      ["c1.0", "c1.0"],
    );
    assert.match(again.message, /answered 200; called more than once, under the same Idempotency-Key/);
    assert.equal(worker.plans.length, 1);
  });

  it("does not call again when the problem is gone meanwhile", async () => {
    const worker = newWorker();
    answer = (response) => void response.writeHead(503).end();
    await assert.rejects(run({}, worker), { reason: "server-error" });
    worker.gone = "the problem was resolved meanwhile";
    const outcome = await run({}, worker);
    assert.deepEqual([outcome.status, outcome.result, seen.length], ["aborted", "fail", 1]);
    assert.match(outcome.message, /the problem was resolved meanwhile; POST .* is not called again/);
  });

  describe("puts hostile text where it cannot do harm", () => {
    const hostile = '", "admin": true, "x": "\\ \n\u2028<b>&x=1#/../é☃';

    it("inside a JSON string, and as a JSON value of its own", async () => {
      await run(
        { body: '{"a": "<{{.problem.title}}>", "b": {{.problem.title}}, "c": ["{{.problem.title}}"]}' },
        undefined,
        problem(hostile),
      );
      assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), { a: `<${hostile}>`, b: hostile, c: [hostile] });
    });

    for (const odd of ['"', "\\", '\\"', '""" \\\\']) {
      it(`after ${JSON.stringify(odd)}, which leaves the next value's place unmistaken`, async () => {
        await run(
          { body: '{"a": "{{.problem.title}}", "b": {{.problem.title}}, "c": "{{.target.service}}"}' },
          undefined,
          problem(odd),
        );
        assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), { a: odd, b: odd, c: "carts" });
      });
    }

    it("inside a body written as a structure, whose other values stay what they are", async () => {
      const body = { text: "{{.problem.title}}", list: ["{{.target.service}}", 1, true, null], __proto__x: {} };
      await run({ body }, undefined, problem(hostile));
      assert.deepEqual(JSON.parse(seen[0]?.body ?? ""), {
        text: hostile,
        list: ["carts", 1, true, null],
        __proto__x: {},
      });
    });

    it("inside a form, markup and plain text", async () => {
      const send = (type: string) =>
        run({ headers: { "Content-Type": type }, body: "x={{.problem.title}}" }, undefined, problem("a&b=<c>'\""));
      await send("application/x-www-form-urlencoded");
      await send("text/xml; charset=utf-8");
      await send("text/plain");
      assert.deepEqual(
        seen.map(({ body }) => body),
        [`x=${encodeURIComponent("a&b=<c>'\"")}`, "x=a&amp;b=&lt;c&gt;&#39;&quot;", "x=a&b=<c>'\""],
      );
    });

    it("inside one segment or parameter of the url", async () => {
      await run(
        { url: `${base}/hook/{{.problem.title}}/close?q={{.problem.title}}` },
        undefined,
        problem("a/../b?c=d&e#f@g"),
      );
      const safe = encodeURIComponent("a/../b?c=d&e#f@g");
      assert.equal(seen[0]?.url, `/hook/${safe}/close?q=${safe}`);
    });

    it("never as a way up the url's path", async () => {
      for (const title of [".", ".."]) {
        const outcome = await run({ url: `${base}/hook/{{.problem.title}}/close` }, undefined, problem(title));
        assert.equal(outcome.result, "fail");
        assert.match(outcome.message, /"\.\." as a part of its path/);
      }
      const split = await run({ url: `${base}/hook/{{.problem.title}}{{.problem.title}}/x` }, undefined, problem("."));
      assert.equal(split.result, "fail");
      assert.equal(seen.length, 0);
    });

    it("inside one header", async () => {
      await run({ headers: { "X-Title": "t: {{.problem.title}}" } }, undefined, problem("a\r\nX-Evil: 1\u0000é☃"));
      assert.equal(Buffer.from(String(seen[0]?.headers["x-title"]), "latin1").toString("latin1"), "t: a X-Evil: 1 é?");
      assert.equal(seen[0]?.headers["x-evil"], undefined);
    });
  });

  describe("uses secrets by reference", () => {
    it("and shows them nowhere, not even where the other side repeats them", async () => {
      answer = (response) =>
        void response.end(`you sent ${SECRETS.TOKEN} and ${encodeURIComponent(SECRETS.TOKEN ?? "")}`);
      const worker = newWorker();
      const outcome = await run(
        {
          url: `${base}/services/{{.secret.PATH}}?key={{.secret.TOKEN}}`,
          headers: { Authorization: "Bearer {{.secret.TOKEN}}" },
          body: { token: "{{.secret.TOKEN}}" },
        },
        worker,
      );
      const [call] = seen;
      assert.equal(call?.url, `/services/T000/B000/XX%20YY?key=s3cr%26t/%22value`);
      assert.equal(call?.headers.authorization, `Bearer ${SECRETS.TOKEN}`);
      assert.deepEqual(JSON.parse(call?.body ?? ""), { token: SECRETS.TOKEN });
      assert.equal(outcome.details.url, `${base}/services/***?key=***`);
      assert.equal(outcome.details.response, "you sent *** and ***");
      const shown = JSON.stringify([outcome, worker.plans, worker.messages]);
      for (const part of ["s3cr", "T000", "XX"]) assert.ok(!shown.includes(part), `${part} is not shown`);
    });

    it("and trims line ends, as files have them", async () => {
      await run({ headers: { "X-Key": "{{.secret.LINES}}" } });
      assert.equal(seen[0]?.headers["x-key"], "one two");
    });

    for (const name of ["ABSENT", "EMPTY", "constructor"]) {
      it(`and fails for ${name}, naming it`, async () => {
        const outcome = await run({ headers: { Authorization: `{{.secret.${name}}}` } });
        assert.deepEqual([outcome.status, outcome.result, seen.length], ["succeeded", "fail", 0]);
        assert.match(outcome.message, new RegExp(`the secret "${name}" is not set`));
      });
    }

    it("and hides them in errors of the connection", async () => {
      const leaky = newWorker();
      leaky.overrides.outbound = async ({ url }) => {
        throw new ProviderError("unreachable", `POST ${url}: connection refused`, { cause: new Error(url) });
      };
      await assert.rejects(run({ url: `${base}/{{.secret.PATH}}` }, leaky), (error) => {
        assert.ok(error instanceof ProviderError);
        assert.deepEqual(
          [error.reason, error.message, error.cause],
          ["unreachable", `POST ${base}/***: connection refused`, undefined],
        );
        return true;
      });
    });
  });

  it("fails, naming the placeholder that has no value", async () => {
    const outcome = await run({ body: "{{.problem.rootCause}}" });
    assert.equal(outcome.result, "fail");
    assert.match(outcome.message, /\{\{\.problem\.rootCause\}\} has no value/);
    assert.equal(seen.length, 0);
  });

  it("fails when the filled body is not the JSON it claims to be", async () => {
    const outcome = await run({ body: "service={{.target.service}}" });
    assert.equal(outcome.result, "fail");
    assert.match(outcome.message, /the body is not JSON/);
  });

  describe("takes the answer", () => {
    const outcomes: [number, number | number[] | undefined, "pass" | "fail"][] = [
      [200, undefined, "pass"],
      [204, undefined, "pass"],
      [400, undefined, "fail"],
      [404, undefined, "fail"],
      [404, [200, 404], "pass"],
      [409, 409, "pass"],
      [200, 202, "fail"],
    ];
    for (const [status, expect, result] of outcomes) {
      it(`${status}${expect ? `, where ${String(expect)} is expected,` : ""} as ${result}`, async () => {
        answer = (response) => void response.writeHead(status).end();
        const outcome = await run({ expect });
        assert.deepEqual([outcome.status, outcome.result, outcome.details.status], ["succeeded", result, status]);
        assert.match(outcome.message, new RegExp(`answered ${status}`));
      });
    }

    it("429, 5xx and a torn connection as trouble that may pass", async () => {
      answer = (response) => void response.writeHead(429, { "retry-after": "5" }).end();
      await assert.rejects(run({}), { name: "ProviderError", reason: "rate-limited", retryAfterMs: 5_000 });
      answer = (response) => void response.writeHead(503).end();
      await assert.rejects(run({}), { reason: "server-error", retryable: true });
      answer = (response) => void response.socket?.destroy();
      await assert.rejects(run({}), { name: "ProviderError", reason: "unreachable" });
    });

    it("that never comes as a timeout, at the action's deadline", async () => {
      answer = () => undefined;
      await assert.rejects(run({}, undefined, { deadlineMs: 100 }), { reason: "timeout" });
      server.closeAllConnections();
    });
  });

  it("is refused for a private address that the operator has not allowed", async () => {
    const strict = createOutbound();
    const worker = newWorker();
    worker.overrides.outbound = strict;
    await assert.rejects(run({}, worker), { name: "ProviderError", reason: "refused" });
    assert.equal(seen.length, 0);
    await strict.close();
  });

  it("reads a long url of braces in linear time: a quarter of a million characters within the test's limit", () => {
    assert.equal(webhook.value.safeParse({ url: `https://example.com/${"{{".repeat(125_000)}` }).success, false);
  });

  describe("is refused when the remediation is planned", () => {
    const bad: [string, unknown, RegExp][] = [
      ["no url", {}, /url/],
      ["no map", "https://example.test", /expected object/],
      ["another scheme", { url: "file:///etc/passwd" }, /expected "https:\/\/host/],
      ["a host from the problem", { url: "https://{{.problem.title}}/x" }, /neither a template/],
      ["a part of the host from the problem", { url: "https://api.{{.problem.title}}.test/x" }, /neither a template/],
      ["a port from the problem", { url: "https://example.test:{{.problem.title}}/x" }, /neither a template/],
      ["a host that is continued", { url: "https://example.test{{.problem.title}}" }, /neither a template/],
      ["a url that is a secret", { url: "{{.secret.URL}}" }, /neither a template/],
      ["a user name", { url: "https://user:pass@example.test/" }, /user name/],
      ["a backslash", { url: "https://example.test\\@evil.test/" }, /neither a template/],
      ["a line break", { url: "https://example.test/\nx" }, /line break/],
      ["a way up", { url: "https://example.test/a/../b" }, /"\.\."/],
      ["an encoded way up", { url: "https://example.test/a/%2e%2E/b" }, /"\.\."/],
      ["a bad template", { url: "https://example.test/{{ if }}" }, /expected \{\{\.name\}\}/],
      ["a bad template in the body", { url: "https://example.test/", body: { a: ["{{.a"] } }, /without "\}\}"/],
      ["another method", { url: "https://example.test/", method: "DELETE" }, /GET/],
      ["a body with GET", { url: "https://example.test/", method: "GET", body: "x" }, /only sent with POST and PUT/],
      ["a header with a line break", { url: "https://example.test/", headers: { a: "b\r\nc: d" } }, /line break/],
      [
        "a header name with a colon",
        { url: "https://example.test/", headers: { "a: b": "c" } },
        /header name|Invalid key/,
      ],
      [
        "our own header",
        { url: "https://example.test/", headers: { "Idempotency-Key": "1" } },
        /cannot be set|Invalid key/,
      ],
      ["an unknown field", { url: "https://example.test/", verb: "GET" }, /verb/],
      ["a status that is none", { url: "https://example.test/", expect: 20 }, /200/],
    ];
    for (const [what, value, message] of bad) {
      it(`for ${what}`, () => {
        const parsed = webhook.value.safeParse(value);
        assert.equal(parsed.success, false);
        assert.match(
          JSON.stringify(parsed.error?.issues.map((issue) => [issue.path, issue.message])).replaceAll('\\"', '"'),
          message,
        );
      });
    }

    it("but not for the usual", () => {
      for (const value of [
        { url: "https://example.test" },
        { url: "https://example.test?x={{.data.project}}", method: "GET", headers: { Accept: "text/plain" } },
        {
          url: "https://example.test:8443/{{ .data.project }}/#x",
          expect: ["202", 204],
          body: [1, { a: "{{.problem.title}}" }],
        },
      ])
        assert.equal(webhook.value.safeParse(value).error, undefined);
    });
  });
});
