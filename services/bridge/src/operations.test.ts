import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { formatCursor } from "@evenkeel/journal";
import { serveBridge, type Served } from "./serve-for-test.ts";
import { runIn } from "./seed-for-test.ts";

describe("operations over HTTP", function () {
  this.timeout(60_000);
  let served: Served;
  before(async () => (served = await serveBridge()));
  after(() => served?.close());

  describe("notifications", () => {
    before(async () => {
      const at = (n: number) => ({ id: `n${n}`, source: n < 3 ? "alertmanager" : "dynatrace" });
      await served.journal.note({ ...at(1), outcome: "unrouted", reason: "no label names a service", body: "{}" });
      await served.journal.note({ ...at(2), outcome: "ignored", reason: "test notification" });
      await served.journal.note({ ...at(3), outcome: "unrouted", reason: "no stage" });
      await served.journal.note({ ...at(1), outcome: "unrouted" });
    });
    const table: [string, string[]][] = [
      ["", ["n3", "n2", "n1"]],
      ["?outcome=unrouted", ["n3", "n1"]],
      ["?source=alertmanager", ["n2", "n1"]],
      ["?outcome=unrouted&source=dynatrace", ["n3"]],
      ["?outcome=stored", []],
    ];
    for (const [query, expected] of table) {
      it(`${query || "all"} are ${expected.join(", ") || "none"}`, async () => {
        const { body } = await served.get(`/v1/notifications${query}`);
        assert.deepEqual(
          body.items.map(({ id }: { id: string }) => id),
          expected,
        );
      });
    }
    it("say why nothing was started, and how often they came; page by page", async () => {
      const first = (await served.get("/v1/notifications?limit=2")).body;
      const { items, nextCursor } = (await served.get(`/v1/notifications?limit=2&cursor=${first.nextCursor}`)).body;
      assert.equal(nextCursor, undefined);
      assert.deepEqual([items[0].reason, items[0].count, items[0].body], ["no label names a service", 2, "{}"]);
    });
    it("an outcome that does not exist is refused", async () =>
      assert.equal((await served.get("/v1/notifications?outcome=lost")).status, 400));
  });

  describe("tasks", () => {
    it("are open, overdue, running or parked", async () => {
      const waiting = await runIn(served.journal, "waiting");
      const overdue = await runIn(served.journal, "planning");
      const running = await runIn(served.journal, "acting");
      const parked = await runIn(served.journal, "evaluating");
      const idOf = async (context: string) =>
        (await served.journal.tasks(1000)).find((task) => task.context === context)!.id;
      await served.journal.take(await idOf(running), "w1", 60_000);
      const lease = (await served.journal.take(await idOf(parked), "w1", 60_000))!;
      await served.journal.append(parked, [], {
        completes: { task: lease.id, generation: lease.generation },
        park: "failed 5 times",
      });
      const of = async (state: string) =>
        (await served.get(`/v1/tasks?state=${state}`)).body.items.map(({ context }: { context: string }) => context);
      assert.ok((await of("open")).includes(waiting));
      assert.ok((await of("overdue")).includes(overdue));
      assert.ok((await of("running")).includes(running));
      assert.ok((await of("parked")).includes(parked));
      assert.equal((await of("open,overdue")).includes(running), false);
      const { body } = await served.get("/v1/tasks?state=parked");
      assert.equal(body.items[0].error, "failed 5 times");
      assert.equal((await served.get("/v1/tasks?limit=1")).body.items.length, 1);
    });
  });

  it("the status has version, modes, phases, what is overdue, and where the log is", async () => {
    const overdue = await runIn(served.journal, "planning");
    const { body } = await served.get("/v1/status");
    assert.equal(body.version, "1.2.3");
    assert.deepEqual([body.storage, body.queue], ["embedded", "postgres"]);
    assert.ok(body.phases.planning >= 1);
    assert.ok(body.oldestOverdue.context);
    assert.equal(body.latestCursor, formatCursor(await served.journal.latest()));
    assert.deepEqual(body.providers, { actions: ["scaling"] });
    assert.notEqual(overdue, randomUUID());
  });

  it("the index links to every list", async () => {
    const { body } = await served.get("/v1");
    assert.equal(body.links.getEvents, "/v1/events");
    assert.equal(body.links.describeRemediation, "/v1/remediations/{context}");
    for (const link of Object.values<string>(body.links))
      if (!link.includes("{") && link !== "/v1/stream") assert.equal((await served.get(link)).status, 200, link);
  });

  it("what is nowhere is a problem as well", async () => {
    const { status, headers } = await served.get("/v1/nothing");
    assert.equal(status, 404);
    assert.match(headers.get("content-type") ?? "", /problem\+json/);
  });
});

describe("who may ask", function () {
  this.timeout(60_000);
  const token = (name: string) => `${name}-token-0123456789`;
  let served: Served;
  before(async () => {
    const tokens = ["read", "write"].map((name) => ({ name, token: token(name), scopes: [name] }));
    served = await serveBridge({ settings: { server: { tokens } } });
  });
  after(() => served?.close());

  const as = (name: string) => ({ authorization: `Bearer ${token(name)}` });

  it("nobody without a token, wherever; the answer says nothing of what there is", async () => {
    for (const path of ["/v1", "/openapi.json", "/v1/events?foo=1", "/v1/stream", "/v1/projects/x/resources/y"]) {
      const { status, headers } = await served.get(path);
      assert.equal(status, 401, path);
      assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
    }
    assert.equal((await served.call("GET", "/v1/events", { headers: as("other") })).status, 401);
  });

  it("a token that may read reads, and changes nothing", async () => {
    assert.equal((await served.call("GET", "/v1/events", { headers: as("read") })).status, 200);
    const context = await runIn(served.journal, "waiting");
    const denied = await served.call("POST", `/v1/remediations/${context}/abort`, { headers: as("read") });
    assert.equal(denied.status, 403);
    assert.equal((await served.journal.state(context))?.phase, "waiting");
  });

  it("what is done carries the token's name", async () => {
    const context = await runIn(served.journal, "waiting");
    const { body } = await served.call("POST", `/v1/remediations/${context}/pause`, { headers: as("write") });
    assert.deepEqual(body.paused, { by: "write" });
    const json = { files: { "notes.txt": "x" } };
    await served.call("PUT", "/v1/projects/named/resources", { headers: as("write"), json });
    const { items } = (await served.call("GET", "/v1/projects/named/revisions", { headers: as("read") })).body;
    assert.equal(items[0].createdBy, "write");
  });
});
