import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { NewEvent } from "@evenkeel/events";
import { serveBridge, type Served } from "./serve-for-test.ts";
import { CARTS, fresh, open, problemOf } from "./seed-for-test.ts";

describe("the events of the log over HTTP", function () {
  this.timeout(60_000);
  let served: Served;
  before(async () => (served = await serveBridge()));
  after(() => served?.close());

  const ids = async (query: string): Promise<string[]> => {
    const { status, body } = await served.get(`/v1/events?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body.items.map((item: { id: string }) => item.id);
  };

  describe("filters", () => {
    const context = randomUUID();
    const other = randomUUID();
    const done = { status: "succeeded", result: "pass" } as const;
    const events: Record<string, NewEvent> = {
      action: {
        kind: "action.finished",
        id: "f-action",
        source: "engine",
        time: "2026-01-01T10:00:00.000Z",
        data: { ...CARTS, ...done, message: 'replicas "1 → 2", 100%_done', attempt: 0, details: {} },
      },
      wait: {
        kind: "wait.finished",
        id: "f-wait",
        source: "engine",
        time: "2026-01-01T11:00:00.000Z",
        data: { ...CARTS, status: "errored", result: "fail", message: "", attempt: 0, endedBy: "due", lateMs: 0 },
      },
      ping: {
        kind: "other",
        type: "com.example.ping",
        id: "f-ping",
        source: "/x",
        time: "2026-01-01T12:00:00Z",
        data: 1,
      },
    };
    const elsewhere: NewEvent = {
      kind: "wait.finished",
      id: "f-else",
      source: "worker",
      time: "2026-01-01T13:00:00.000Z",
      data: { project: "p2", stage: "dev", service: "s2", ...done, message: "", attempt: 0, endedBy: "due", lateMs: 0 },
    };
    before(async () => {
      await served.journal.append(context, Object.values(events));
      await served.journal.append(other, [elsewhere]);
    });

    const within = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z";
    const table: [string, string[]][] = [
      ["", ["f-else", "f-ping", "f-wait", "f-action"]],
      ["project=p2", ["f-else"]],
      ["stage=production", ["f-wait", "f-action"]],
      ["service=carts", ["f-wait", "f-action"]],
      ["type=action.finished", ["f-action"]],
      ["type=action.finished&type=wait.finished", ["f-else", "f-wait", "f-action"]],
      ["type=action.finished,other", ["f-ping", "f-action"]],
      ["type=sh.keptn.event.wait.finished&project=sockshop", ["f-wait"]],
      ["type=com.example.ping", ["f-ping"]],
      [`context=${context}`, ["f-ping", "f-wait", "f-action"]],
      [`context=${context}&order=asc`, ["f-action", "f-wait", "f-ping"]],
      ["source=engine", ["f-wait", "f-action"]],
      ["status=errored", ["f-wait"]],
      ["result=pass", ["f-else", "f-action"]],
      ["from=2026-01-01T11:00:00Z", ["f-else", "f-ping", "f-wait"]],
      ["to=2026-01-01T12:00:00%2B01:00", ["f-action"]],
      ["text=REPLICAS", ["f-action"]],
      ["text=100%25_d", ["f-action"]],
      ["text=100_", []],
      ["project=nobody", []],
    ];
    for (const [query, expected] of table) {
      it(`${query || "none"} finds ${expected.length}`, async () => {
        const range = ["from", "to"].filter((name) => !query.includes(`${name}=`));
        const rest = within.split("&").filter((part) => range.some((name) => part.startsWith(name)));
        const whole = [query, ...rest].filter(Boolean).join("&");
        assert.deepEqual(await ids(whole), expected);
        const { status, body } = await served.get(`/v1/event-counts?${whole.replace("&order=asc", "")}`);
        assert.deepEqual([status, body.total, body.more], [200, expected.length, false], JSON.stringify(body));
      });
    }

    it("counts are by kind, result, status, service and source", async () => {
      const { body } = await served.get(`/v1/event-counts?${within}`);
      assert.deepEqual(body, {
        ...{ total: 4, looked: 4, more: false },
        kinds: { "action.finished": 1, "wait.finished": 2, other: 1 },
        results: { pass: 2, fail: 1 },
        statuses: { succeeded: 2, errored: 1 },
        services: [
          { service: "carts", count: 2 },
          { service: "s2", count: 1 },
        ],
        sources: [
          { source: "engine", count: 2 },
          { source: "/x", count: 1 },
          { source: "worker", count: 1 },
        ],
      });
    });

    it("counts are refused what the list is refused, and pages", async () => {
      for (const query of ["type=action.finishd", "result=good", "limit=5", "order=asc"])
        assert.equal((await served.get(`/v1/event-counts?${query}`)).status, 400, query);
    });

    it("an event is a CloudEvent with its place in the log", async () => {
      const { body } = await served.get("/v1/events/f-action");
      const { seq, cursor, receivedAt, ...event } = body;
      assert.match(cursor, new RegExp(`^\\d+\\.${seq}$`));
      assert.ok(Date.parse(receivedAt));
      assert.equal(event.specversion, "1.0");
      assert.equal(event.type, "sh.keptn.event.action.finished");
      assert.equal(event.shkeptncontext, context);
    });

    it("an id that nobody knows is a 404", async () => {
      assert.equal((await served.get("/v1/events/nope")).status, 404);
    });
  });

  describe("pages", () => {
    it("a walk over 500 events sees each once while new ones arrive", async () => {
      const project = "walk";
      const event = (n: number): NewEvent => ({
        kind: "problem.unrouted",
        id: `walk-${n}`,
        data: { project, problem: problemOf(), reason: "test" },
      });
      for (let n = 0; n < 500; n += 50)
        await served.journal.append(
          randomUUID(),
          Array.from({ length: 50 }, (_, i) => event(n + i)),
        );
      const seen: string[] = [];
      let path: string | undefined = `/v1/events?project=${project}&limit=37`;
      let added = 500;
      while (path) {
        const { headers, body } = await served.get(path);
        seen.push(...body.items.map((item: { id: string }) => item.id));
        await served.journal.append(randomUUID(), [event(added++)]);
        const link = /^<(.+)>; rel="next"$/.exec(headers.get("link") ?? "");
        assert.equal(link === null, body.nextCursor === undefined);
        path = link?.[1];
      }
      assert.deepEqual(
        seen,
        Array.from({ length: 500 }, (_, i) => `walk-${499 - i}`),
      );
    });

    it("events that are as large as they may be come in pages that a process can hold", async () => {
      const context = randomUUID();
      const data = { text: "x".repeat(240_000) };
      const ids = Array.from({ length: 150 }, (_, n) => `large-${context}-${n}`);
      for (const id of ids) await served.journal.append(context, [{ kind: "other", type: "a.b.c", id, data }]);
      for (const first of [`/v1/events?context=${context}&order=asc&limit=200`, `/v1/remediations/${context}/events`]) {
        const seen: string[] = [];
        const sizes: number[] = [];
        for (let path: string | undefined = first; path !== undefined;) {
          const { headers, body } = await served.get(path);
          sizes.push(body.items.length);
          seen.push(...body.items.map((item: { id: string }) => item.id));
          path = /^<(.+)>; rel="next"$/.exec(headers.get("link") ?? "")?.[1];
        }
        assert.deepEqual(seen, ids);
        assert.ok(sizes.length > 1 && Math.max(...sizes) * 240_000 <= 32 * 1024 * 1024, sizes.join(" "));
      }
    });

    it("a context is walked oldest first, too", async () => {
      const context = randomUUID();
      for (let n = 0; n < 9; n++)
        await served.journal.append(context, [{ kind: "other", type: "a.b.c", id: `asc-${n}`, data: n }]);
      const seen: string[] = [];
      let cursor = "";
      do {
        const { body } = await served.get(`/v1/events?context=${context}&order=asc&limit=4${cursor}`);
        seen.push(...body.items.map((item: { id: string }) => item.id));
        cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : "";
      } while (cursor);
      assert.deepEqual(
        seen,
        Array.from({ length: 9 }, (_, n) => `asc-${n}`),
      );
    });

    it("the last full page has no next one", async () => {
      const context = randomUUID();
      await served.journal.append(context, [
        { kind: "other", type: "a.b.c", data: 1 },
        { kind: "other", type: "a.b.c", data: 2 },
      ]);
      const { body } = await served.get(`/v1/events?context=${context}&limit=2`);
      assert.equal(body.items.length, 2);
      assert.equal(body.nextCursor, undefined);
    });

    it("a cursor is good for its filters only, whatever their order and however many are asked for", async () => {
      const { body } = await served.get("/v1/events?limit=1&type=problem,other");
      const cursor = body.nextCursor;
      assert.equal((await served.get(`/v1/events?limit=9&type=other&type=problem&cursor=${cursor}`)).status, 200);
      const refused = await served.get(`/v1/events?type=other&cursor=${cursor}`);
      assert.equal(refused.status, 400);
      assert.equal(refused.body.code, "bad-cursor");
      assert.match(refused.body.detail, /other filters/);
      assert.equal((await served.get(`/v1/remediations?cursor=${cursor}`)).status, 400);
    });

    for (const cursor of ["x", "", "MTA0Mg", Buffer.from("9".repeat(19) + ".aaaaaaaaaaa").toString("base64url")]) {
      it(`cursor ${JSON.stringify(cursor)} is refused`, async () => {
        assert.equal((await served.get(`/v1/events?cursor=${cursor}`)).status, 400);
      });
    }
  });

  describe("parameters that are refused", () => {
    const table: [string, RegExp][] = [
      ["projct=x", /unknown parameter "projct"; did you mean project\?/],
      ["pageSize=20", /unknown parameter "pageSize"; known are project/],
      ["__proto__=x", /unknown parameter "__proto__"/],
      ["limit=0", /limit/],
      ["limit=201", /limit/],
      ["limit=1.5", /limit/],
      ["limit=", /limit/],
      ["limit=5&limit=6", /limit is there 2 times/],
      ["project=", /project/],
      ["project=%00", /NUL/],
      ["from=yesterday", /RFC 3339/],
      ["from=2026-02-30T00:00:00Z", /RFC 3339/],
      ["from=0000-01-01T00:00:00Z", /year/],
      ["to=9999-12-31T23:59:59-23:00", /year/],
      ["status=done", /status/],
      ["result=passed", /result/],
      ["type=action.finishd", /did you mean action\.finished/],
      ["order=asc", /needs a context/],
      ["order=up&context=x", /order/],
    ];
    for (const [query, expected] of table) {
      it(query, async () => {
        const { status, body } = await served.get(`/v1/events?${query}`);
        assert.equal(status, 400, JSON.stringify(body));
        assert.match(body.detail, expected);
        assert.match(body.errors[0].pointer, /^\/query\//);
      });
    }

    it("all of them are named at once", async () => {
      const { body } = await served.get("/v1/events?foo=1&limit=0&from=x");
      assert.deepEqual(
        body.errors.map((error: { pointer: string }) => error.pointer),
        ["/query/foo", "/query/from", "/query/limit"],
      );
    });

    it("a route without parameters takes none", async () => {
      assert.equal((await served.get("/v1/status?verbose")).status, 400);
    });

    it("offsets at the edge of what RFC 3339 allows are understood", async () => {
      assert.equal((await served.get("/v1/events?from=2026-01-01T00:00:00%2B23:59")).status, 200);
    });
  });

  it("the history of a run is given whole, oldest first", async () => {
    const context = await open(served.journal, fresh());
    const { body } = await served.get(`/v1/remediations/${context}/events`);
    assert.deepEqual(
      body.items.map((item: { kind: string }) => item.kind),
      ["problem", "remediation.triggered", "remediation.started", "get-action.triggered"],
    );
    assert.equal((await served.get("/v1/remediations/nope/events")).status, 404);
  });

  it("answers are not cached, and other methods are refused", async () => {
    const { headers } = await served.get("/v1/events?limit=1");
    assert.equal(headers.get("cache-control"), "no-store");
    const refused = await fetch(`${served.url}/v1/events`, { method: "DELETE" });
    assert.equal(refused.status, 405);
  });
});
