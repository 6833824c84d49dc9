import assert from "node:assert/strict";
import { createLog, loadConfig, parseJsonBytes, toHttpProblem, toProblemJson } from "@evenkeel/runtime";
import { parseFile } from "@evenkeel/specs";
import { exchange, faultOf, intakeFault, type Answer } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";

const json = { "content-type": "application/json" };
const structured = { "content-type": "application/cloudevents+json" };
const batched = { "content-type": "application/cloudevents-batch+json" };

/** What random input has broken once, each with the smallest input that showed it. */
describe("found by random input, and mended", () => {
  let app: Running;
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
  });
  after(() => app.close());

  const post = (path: string, headers: Record<string, string>, body: string): Promise<Answer> =>
    exchange(app, { method: "POST", path, headers, body: Buffer.from(body) });

  it("a toString that is no function ended in a 500, wherever a text was expected", async () => {
    for (const body of [
      '{"specversion":{"toString":1},"type":"sh.keptn.events.problem"}',
      '{"specversion":"1.0","type":{"toString":1}}',
      '{"specversion":"1.0","id":{"length":{"toString":1}},"source":"a","type":"b"}',
    ]) {
      for (const path of ["/v1/events", "/v1/event"])
        assert.equal((await post(path, structured, body)).status, 400, body);
    }
    const alert =
      '{"status":"firing","labels":{},"startsAt":"2026-01-31T12:00:00Z","fingerprint":{"length":{"toString":1}}}';
    assert.equal((await post("/v1/webhooks/alertmanager", json, `{"alerts":[${alert}]}`)).status, 400);
    assert.throws(() => parseJsonBytes(Buffer.from('{"toString":1}')), /\/toString: this key is not accepted/);
    assert.equal(parseFile("slo", "objectives:\n  - sli: { length: { toString: 1 } }\n").ok, false);
  });

  it("200,000 events or alerts in one request kept all others from being answered, and the database's locks", async () => {
    const events = await post("/v1/events", batched, `[${new Array(200_000).fill("0").join(",")}]`);
    assert.equal(events.status, 413);
    assert.match(events.text, /batch-too-large/);
    const alerts = await post(
      "/v1/webhooks/alertmanager",
      json,
      `{"alerts":[${new Array(200_000).fill("0").join(",")}]}`,
    );
    assert.equal(alerts.status, 422);
    assert.match(alerts.text, /at most 2000 alerts/);
  });

  it("the answer to a bad request could be a megabyte", async () => {
    const bad = await post("/v1/webhooks/alertmanager", json, `{"alerts":[${new Array(2000).fill("{}").join(",")}]}`);
    assert.equal(faultOf(bad), undefined);
    const labels = Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`k${n}`, n]));
    const data = { problem: { title: "t", labels } };
    const event = { specversion: "1.0", id: "1", source: "a", type: "sh.keptn.events.problem", data };
    assert.equal(faultOf(await post("/v1/events", structured, JSON.stringify(event))), undefined);
    const long = toProblemJson(toHttpProblem(new Error("x".repeat(1e6))));
    assert.ok(JSON.stringify(long).length < 10_000);
  });

  it("numbers such as 1e308 grew to 40 times their size in the log, and a page of them past the memory", async () => {
    const data = `[${new Array(100_000).fill("1e308").join(",")}]`;
    const event = `{"specversion":"1.0","id":"1","source":"a","type":"b","data":${data}}`;
    const answer = await post("/v1/events", structured, event);
    assert.equal(answer.status, 413, answer.text);
    assert.match(answer.text, /event-too-large/);
    const alert = `{"status":"firing","labels":{"n":"1"},"startsAt":"2026-01-31T12:00:00Z","more":${data}}`;
    assert.equal(intakeFault(await post("/v1/webhooks/alertmanager", json, `{"alerts":[${alert}]}`)), undefined);
    const log = await exchange(app, { method: "GET", path: "/v1/events", headers: {}, body: Buffer.alloc(0) });
    assert.ok(log.text.length < 500_000, `${log.text.length}`);
  });

  it("an id of four-byte characters could be more than the log's index holds", async () => {
    const id = Array.from({ length: 256 }, (_, n) => String.fromCodePoint(0x1f300 + n)).join("");
    const event = { specversion: "1.0", id, source: `/${"s".repeat(511)}`, type: "b" };
    const answer = await post("/v1/events", structured, JSON.stringify(event));
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.text, /at most 768 bytes/);
    const shorter = await post("/v1/events", structured, JSON.stringify({ ...event, id: id.slice(0, 380) }));
    assert.equal(shorter.status, 202, shorter.text);
  });

  it("50,000 values of one Dynatrace tag took the square of their number", async () => {
    const tags = Array.from({ length: 40_000 }, (_, n) => `a:${n}`)
      .join(",")
      .slice(0, 260_000);
    const problem = { State: "OPEN", PID: "1", ProblemTitle: "t", Tags: tags };
    const answer = await post("/v1/webhooks/dynatrace", json, JSON.stringify(problem));
    assert.equal(intakeFault(answer), undefined);
    assert.equal(answer.status, 202);
  });

  it("a file of settings that holds itself was no mistake of the file but a stack overflow", () => {
    for (const text of ["a: &a\n  b: *a\n", "server: &a\n  port: *a\n  host: [*a]\n"]) {
      assert.throws(() => loadConfig({ env: {}, configPath: "x.yaml", readFile: () => text }), /nested without end/);
    }
  });

  it("a secret that stood where the log cuts a long text was shown by half", () => {
    const lines: string[] = [];
    const log = createLog({
      format: "json",
      secrets: ["hunter2hunter2"],
      stream: { write: (line) => lines.push(line) },
    });
    for (let blanks = 8170; blanks < 8200; blanks++)
      log.info({ text: `${"x".repeat(blanks)}hunter2hunter2 and more` }, "x");
    assert.equal(lines.length, 30);
    for (const line of lines) assert.doesNotMatch(line, /xh|hunter/);
  });

  it("nothing of it is in the log as a bug any more", () => assert.deepEqual(app.errors(), []));
});
