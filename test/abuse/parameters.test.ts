import assert from "node:assert/strict";
import { exchange, faultOf, type Answer } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { HOSTILE_TEXTS } from "./support/hostile-texts.ts";
import { PAYLOADS, sentOf } from "./support/payloads.ts";

interface Parameter {
  name: string;
  in: "query" | "path" | "header";
}
interface Operation {
  operationId: string;
  parameters?: readonly Parameter[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
}

/** Texts for one parameter, percent-encoded where a URL needs it. */
const ODD: readonly string[] = [
  ...Object.values(HOSTILE_TEXTS).map((text) => encodeURIComponent(Buffer.from(text).toString()).slice(0, 6_000)),
  ...["%", "%2", "%zz", "%00", "%ff", "%c0%80", "%ed%a0%80", "%2e%2e%2f", "%252e%252e", "%0d%0aset-cookie:a=b"],
  ...["0", "-1", "1e9", "1.5", "201", "99999999999999999999", "NaN", "Infinity", "0x10", "+1", "1_000", "%20" + "1"],
  ...["true", "TRUE", "yes", "null", "undefined", "[]", "{}", "[object%20Object]", ",", ",,,", "a,".repeat(2_000)],
  ...["2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "+275760-09-13T00:00:00Z"],
  ...["2026-01-01T00:00:00Z", "2026-01-01", "now", "1769860800", "0001-01-01T00:00:00%2B23:59"],
  ...[
    "MTA0Mi5hYmNkZWZnaGlqaw",
    "MTA0Mi4",
    "OTIyMzM3MjAzNjg1NDc3NTgwOC5hYmNkZWZnaGlqaw",
    "9223372036854775808.1",
    "1.1",
  ],
  ...["0.0", "-1.0", "1.", ".1", "1.1.1", "1%00.1", "%F0%9F%92%A9", "a".repeat(5_000), "'%20or%201=1--", "%25%5F%5C"],
  ...["00000000-0000-0000-0000-000000000000", "constructor", "hasOwnProperty", "events;drop", "production", "carts"],
  ...[
    "10m",
    "1h30m",
    "999999999h",
    "-5m",
    "PT1H",
    "1d1d1d",
    `${"9".repeat(300)}ms`,
    "type:(a%20or%20b)",
    "*",
    "**",
    "~",
  ],
];

/** Every so many of the odd values for each parameter, another share for each; EVENKEEL_ABUSE=all takes all of them. */
const EVERY = process.env["EVENKEEL_ABUSE"] === "all" ? 1 : 3;
const shareOf = (turn: number) => ODD.filter((_, n) => (n + turn) % EVERY === 0);

/** Ways to say a query wrong that are not about one value. */
const QUERIES: readonly string[] = [
  ...[
    "?",
    "??",
    "&",
    "&&&",
    "=",
    "=1",
    "a",
    "%",
    "%=%",
    "%00=1",
    "__proto__=1",
    "constructor=1",
    "constructor[prototype][x]=1",
  ],
  ...[
    "limit=1&limit=2",
    "limit[]=1",
    "limit[a]=1",
    "limit=1;limit=2",
    "LIMIT=1",
    "cursor=&cursor=",
    "limit=",
    "text=",
    "text",
  ],
  ...[
    `${"a=1&".repeat(1_500)}`,
    `${"x".repeat(8_000)}=1`,
    "type=a&type=b&type=",
    "from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z",
  ],
];

/** Streams answer without an end: a well-formed request must not wait for it. */
const isStream = ({ responses }: Operation) => "text/event-stream" in (responses["200"]?.content ?? {});

describe("parameters of the bridge", () => {
  let app: Running;
  let document: Document;
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
    for (const payload of PAYLOADS) await exchange(app, sentOf(payload));
    document = JSON.parse((await get("/openapi.json")).text) as Document;
  });
  after(() => app.close());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
    exchange(app, { method: "GET", path, headers, body: Buffer.alloc(0) });

  async function findings(requests: readonly { path: string; headers?: Record<string, string> }[]): Promise<string[]> {
    const queue = [...requests];
    const found: string[] = [];
    const workers = Array.from({ length: 8 }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const { path, headers } = next;
        const fault = await get(path, headers).then(faultOf, (error: Error) => `no answer: ${error.message}`);
        if (fault) found.push(`GET ${path.slice(0, 200)} ${JSON.stringify(headers ?? {}).slice(0, 200)}: ${fault}`);
      }
    });
    await Promise.all(workers);
    return found;
  }

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, methods]) => (methods["get"] ? [{ path, ...methods["get"] }] : []));
  const filled = (path: string, name?: string, value = "x") =>
    path.replace(/\{([^}]+)\}/g, (_all, parameter: string) => (parameter === name ? value : "sockshop"));

  it("take any text in their place: never a 5xx, always a reason", async function () {
    this.timeout(120_000);
    let turn = 0;
    const requests = operations().flatMap((operation) => {
      const { path, parameters = [] } = operation;
      return parameters.flatMap((parameter) => {
        if (isStream(operation) && parameter.in !== "path") return [];
        return shareOf(turn++).map((value) => {
          if (parameter.in === "path") return { path: filled(path, parameter.name, value) };
          if (parameter.in === "query") return { path: `${filled(path)}?${parameter.name}=${value}` };
          const text = decoded(value)
            .replace(/[^\x20-\x7e]/g, "?")
            .slice(0, 4_000);
          return { path: filled(path), headers: { [parameter.name]: text } };
        });
      });
    });
    assert.ok(requests.length > 1000, `${requests.length}`);
    const found = await findings(requests);
    if (found.length > 0) assert.fail(found.slice(0, 20).join("\n"));
  });

  it("may be said in any wrong way", async function () {
    this.timeout(60_000);
    const paths = operations()
      .filter((operation) => !isStream(operation))
      .map(({ path }) => filled(path));
    const found = await findings(paths.flatMap((path) => QUERIES.map((query) => ({ path: `${path}?${query}` }))));
    if (found.length > 0) assert.fail(found.slice(0, 20).join("\n"));
  });

  it("of the stream are refused when they are wrong, and followed when they are right", async function () {
    this.timeout(60_000);
    const parameters = operations().find(isStream)?.parameters ?? [];
    assert.ok(parameters.length > 0);
    const found: string[] = [];
    for (const [turn, parameter] of parameters.entries()) {
      for (const value of shareOf(turn)) {
        const isHeader = parameter.in === "header";
        const text = decoded(value)
          .replace(/[^\x20-\x7e]/g, "?")
          .slice(0, 4_000);
        const path = isHeader ? "/v1/stream" : `/v1/stream?${parameter.name}=${value}`;
        const response = await fetch(`${app.url}${path}`, isHeader ? { headers: { [parameter.name]: text } } : {});
        const type = response.headers.get("content-type") ?? "";
        const isFine =
          response.status === 200 ? type.startsWith("text/event-stream") : type.startsWith("application/problem+json");
        if (response.status >= 500 || !isFine) found.push(`${path.slice(0, 100)}: ${response.status} ${type}`);
        await response.body?.cancel();
      }
    }
    assert.deepEqual(found, []);
  });

  it("text finds what it says, wildcards included", async () => {
    const titles = ["100% of it", "100_ of it", "100\\ of it", "100x of it"];
    for (const [n, title] of titles.entries()) {
      const event = { specversion: "1.0", id: `t${n}`, source: "titles", type: "a.b", data: { title } };
      const headers = { "content-type": "application/cloudevents+json" };
      await exchange(app, { method: "POST", path: "/v1/events", headers, body: Buffer.from(JSON.stringify(event)) });
    }
    for (const word of ["100%", "100_", "100x", "of it"]) {
      const { text } = await get(`/v1/events?source=titles&text=${encodeURIComponent(word)}`);
      const { items } = JSON.parse(text) as { items: unknown[] };
      assert.equal(items.length, word === "of it" ? titles.length : 1, word);
    }
  });

  it("that look like SQL have done nothing", async () => {
    const { items } = JSON.parse((await get("/v1/events?limit=200")).text) as { items: unknown[] };
    assert.ok(items.length >= 10);
    assert.deepEqual(app.errors(), []);
  });
});

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
