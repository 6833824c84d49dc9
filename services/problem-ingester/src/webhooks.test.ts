import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { startIngester, type RunningIngester } from "./ingester-for-test.ts";
import { ALERT, webhook } from "./sources/fixtures/alertmanager.ts";
import { OPEN, PID, RESOLVED, TEST_BUTTON, wrapped } from "./sources/fixtures/dynatrace.ts";

describe("webhooks", function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let one: RunningIngester;
  let other: RunningIngester;

  before(async () => {
    database = await testDatabase();
    one = await startIngester(database.url);
    other = await startIngester(database.url);
  });
  after(async () => {
    await one?.close();
    await other?.close();
    await database?.drop();
  });

  /** An alert that no other test has seen, on a service of its own. */
  const fresh = (more: object = {}) => {
    const service = `s-${randomUUID().slice(0, 8)}`;
    return { ...ALERT, fingerprint: randomUUID(), labels: { ...ALERT.labels, service }, ...more };
  };
  const send = (...alerts: unknown[]) => one.post("/v1/webhooks/alertmanager", webhook(alerts));
  const kinds = async (context: string) => (await one.journal.read(context)).map(({ kind }) => kind);
  const listed = async (context: string) =>
    (await one.journal.notifications({ limit: 200 })).filter((row) => row.context === context);

  it("answers 202 after the commit: the problem and its remediation are in the log", async () => {
    const { status, body } = await send(fresh());
    assert.equal(status, 202);
    const [result] = body.results;
    assert.equal(result!.outcome, "triggered");
    const events = await one.journal.read(result!.context);
    assert.deepEqual(
      events.slice(0, 2).map(({ type, source }) => `${source} ${type}`),
      ["alertmanager sh.keptn.events.problem", "alertmanager sh.keptn.event.production.remediation.triggered"],
    );
    assert.equal(events[0]!.id, result!.id);
    assert.equal((await one.journal.state(result!.context))?.phase, "planning");
  });

  it("keeps credentials that a sender has put into its texts out of the log, for good", async () => {
    const password = `pw-${randomUUID()}`;
    const token = ["dt0c01", "ABCDEFGHIJKLMNOP", randomUUID().replaceAll("-", "")].join(".");
    const annotations = { summary: `postgres://shop:${password}@db is away`, description: `asked with ${token}` };
    const { body } = await send(fresh({ annotations }));
    const { context, outcome } = body.results[0]!;
    assert.equal(outcome, "triggered");
    const kept = JSON.stringify([await one.journal.read(context), await listed(context)]);
    assert.match(kept, /postgres:\/\/\*\*\*@db is away/);
    for (const secret of [password, token]) assert.ok(!kept.includes(secret), kept);
  });

  it("one remediation from 100 copies at once through two ingesters, and 100 of them counted", async () => {
    const alert = fresh();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => (i % 2 ? one : other).post("/v1/webhooks/alertmanager", webhook([alert]))),
    );
    assert.ok(answers.every(({ status }) => status === 202));
    const outcomes = answers.map(({ body }) => body.results[0]!.outcome);
    assert.equal(outcomes.filter((outcome) => outcome === "triggered").length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === "joined").length, 99);
    const { context } = answers[0]!.body.results[0]!;
    const triggered = (await kinds(context)).filter((kind) => kind === "remediation.triggered");
    assert.equal(triggered.length, 1);
    const [notification, ...more] = await listed(context);
    assert.deepEqual([notification?.count, notification?.outcome, more.length], [100, "triggered", 0]);
  });

  it("keptn prometheus-service: a group of three alerts gives three decisions", async () => {
    const { body } = await send(fresh(), fresh(), fresh());
    assert.deepEqual(
      body.results.map(({ outcome }) => outcome),
      ["triggered", "triggered", "triggered"],
    );
    assert.equal(new Set(body.results.map(({ context }) => context)).size, 3);
  });

  it("keptn prometheus-service: a resolved alert is not dropped", async () => {
    const alert = fresh();
    const open = (await send(alert)).body.results[0]!;
    const { results } = (await send(fresh(), { ...alert, status: "resolved" })).body;
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ["triggered", "resolved"],
    );
    assert.equal(results[1]!.context, open.context);
    const state = await one.journal.state(open.context);
    assert.ok(state?.phase === "finished");
    assert.equal(state.reason, "resolved-before-action");
  });

  it("keptn prometheus-service: bad JSON is answered 400, not 200", async () => {
    const { status, body } = await one.post("/v1/webhooks/alertmanager", '{"alerts": [');
    assert.deepEqual([status, body.code], [400, "bad-json"]);
  });

  it("keptn prometheus-service: an empty group does no harm", async () => {
    const { status, body } = await send();
    assert.deepEqual([status, body.results], [202, []]);
  });

  it("resolved before open: nothing is started, and the log says so", async () => {
    const alert = fresh();
    const early = (await send({ ...alert, status: "resolved" })).body.results[0]!;
    assert.deepEqual([early.outcome, early.reason], ["resolved", "no remediation was started for it"]);
    const late = (await send(alert)).body.results[0]!;
    assert.equal(late.context, early.context);
    assert.equal(late.outcome, "ignored");
    assert.match(late.reason!, /already resolved/);
    assert.deepEqual(await kinds(late.context), ["problem", "problem", "problem.ignored"]);
  });

  it("a reopened problem is another run; the first one's repeat is not", async () => {
    const alert = fresh();
    const first = (await send(alert)).body.results[0]!;
    await send({ ...alert, status: "resolved" });
    const again = (await send({ ...alert, startsAt: "2020-05-05T00:00:00Z" })).body.results[0]!;
    assert.equal(again.outcome, "triggered");
    assert.notEqual(again.context, first.context);
    const repeat = (await send(alert)).body.results[0]!;
    assert.deepEqual([repeat.outcome, repeat.context, repeat.duplicate], ["joined", first.context, true]);
  });

  for (const order of ["012", "021", "102", "120", "201", "210"]) {
    it(`firing, resolved and firing again end alike in the order ${order}`, async () => {
      const first = fresh();
      const again = { ...first, startsAt: "2020-05-05T00:00:00Z" };
      const notifications = [first, { ...first, status: "resolved" }, again];
      const contexts: string[] = [];
      for (const i of order) contexts[Number(i)] = (await send(notifications[Number(i)])).body.results[0]!.context;
      assert.equal(contexts[0], contexts[1]);
      const old = await one.journal.state(contexts[0]!);
      assert.ok(old === undefined || old.phase === "finished");
      assert.equal((await one.journal.state(contexts[2]!))?.phase, "planning");
    });
  }

  it("a second problem of the same service waits in line", async () => {
    const alert = fresh();
    await send(alert);
    const second = (await send({ ...alert, fingerprint: randomUUID() })).body.results[0]!;
    assert.equal(second.outcome, "triggered");
    assert.match(second.reason!, /waits in line/);
  });

  it("stores and lists what cannot be routed, with the reason", async () => {
    const { service: _, deployment: __, ...labels } = fresh().labels;
    const { status, body } = await send(fresh({ labels }));
    const [result] = body.results;
    const reason = "no label says which service: looked at keptn_service, service, deployment, app";
    assert.deepEqual([status, result!.outcome, result!.reason], [202, "unrouted", reason]);
    assert.deepEqual(await kinds(result!.context), ["problem", "problem.unrouted"]);
    const [notification] = await listed(result!.context);
    assert.deepEqual([notification?.outcome, notification?.reason], ["unrouted", reason]);
    const repeat = (await send(fresh({ labels }))).body.results[0]!;
    assert.equal(repeat.outcome, "unrouted");
  });

  it("group of 100 with a bad one: 99 are taken in, the bad one is named and listed", async () => {
    const alerts = Array.from({ length: 100 }, (_, i) => (i === 42 ? fresh({ startsAt: "soon" }) : fresh()));
    const { status, body } = await send(...alerts);
    assert.equal(status, 202);
    assert.equal(body.results.filter(({ outcome }) => outcome === "triggered").length, 99);
    const bad = body.results[42]!;
    assert.equal(bad.outcome, "unrouted");
    assert.match(bad.reason!, /\/alerts\/42\/startsAt: expected a time/);
    assert.equal((await listed(bad.context)).length, 1);
  });

  it("takes text that the database cannot hold, and bounds what is endless", async () => {
    const annotations = { summary: `NUL \u0000 half \ud83d ${"x".repeat(2000)}`, description: "\u0000" };
    const alert = fresh({ annotations, generatorURL: `http://p/${"y".repeat(200_000)}` });
    const { status, body } = await send(alert);
    assert.equal(status, 202);
    const [problem] = await one.journal.read(body.results[0]!.context);
    assert.ok(problem?.kind === "problem");
    assert.match(problem.data.problem.title, /^NUL \ufffd half \ufffd x+…$/);
    assert.equal(problem.data.problem.title.length, 500);
    assert.ok(JSON.stringify(problem.data).length < 80_000);
  });

  it("a name that is too long for an index makes it unrouted, not an error", async () => {
    const { body } = await send(fresh({ labels: { ...ALERT.labels, service: "Ä".repeat(5000) } }));
    assert.equal(body.results[0]!.outcome, "unrouted");
    assert.ok(body.results[0]!.reason!.length < 400);
  });

  it("hands on what the sender should know", async () => {
    const { body } = await one.post("/v1/webhooks/alertmanager", webhook([fresh()], { truncatedAlerts: 3 }));
    assert.match(body.warnings![0]!, /cut off 3 more/);
  });

  it("answers schema errors with pointers, and wrong types, sizes, sources and methods by their own status", async () => {
    const schema = await one.post("/v1/webhooks/alertmanager", { alerts: 7 });
    assert.deepEqual([schema.status, schema.body.errors?.[0]?.pointer], [422, "/alerts"]);
    const none = await send({ status: "firing", labels: {}, startsAt: 7 });
    assert.deepEqual([none.status, none.body.errors?.[0]?.pointer], [422, "/alerts/0/startsAt"]);
    const type = await one.post("/v1/webhooks/alertmanager", "a=1", {
      "content-type": "application/x-www-form-urlencoded",
    });
    assert.equal(type.status, 415);
    const large = await one.post("/v1/webhooks/alertmanager", `"${"x".repeat(1_048_576)}"`);
    assert.deepEqual([large.status, large.body.code], [413, "body-too-large"]);
    const unknown = await one.post("/v1/webhooks/nagios", {});
    assert.equal(unknown.status, 404);
    assert.match(unknown.body.detail, /no alert source "nagios"; there are: alertmanager, dynatrace/);
    const got = await fetch(`${one.url}/v1/webhooks/alertmanager`);
    assert.deepEqual([got.status, got.headers.get("allow")], [405, "POST"]);
  });

  it("counts by source and outcome", async () => {
    await send(fresh());
    const text = await one.metrics.text();
    assert.match(text, /evenkeel_events_received_total\{source="alertmanager",outcome="triggered"\} \d+/);
    assert.match(text, /evenkeel_events_received_total\{source="alertmanager",outcome="refused"\} \d+/);
  });

  describe("dynatrace", () => {
    const dynatrace = (body: unknown) => one.post("/v1/webhooks/dynatrace", body);
    const problemOf = (service: string, id = String(-Math.floor(Math.random() * 2 ** 50))) => {
      const change = (body: typeof OPEN) => ({
        ...body,
        PID: id,
        ProblemURL: "https://abc12345.live.dynatrace.com/",
        ProblemDetails: { ...body.ProblemDetails, id: body.ProblemDetails.id.replace(PID, id) },
        Tags: body.Tags.replace("carts", service),
      });
      return { open: change(OPEN), resolved: change(RESOLVED) };
    };

    it("OPEN starts a remediation and RESOLVED ends it, bare or wrapped", async () => {
      const { open, resolved } = problemOf("dt-1");
      const started = (await dynatrace(open)).body.results[0]!;
      assert.equal(started.outcome, "triggered");
      const wrappedToo = (await dynatrace(wrapped(open))).body.results[0]!;
      assert.deepEqual([wrappedToo.outcome, wrappedToo.context], ["joined", started.context]);
      const ended = (await dynatrace(wrapped(resolved, "1.0"))).body.results[0]!;
      assert.deepEqual([ended.outcome, ended.context], ["resolved", started.context]);
      assert.equal((await one.journal.state(started.context))?.phase, "finished");
    });

    it("the test button is stored and never acts", async () => {
      for (const body of [TEST_BUTTON, wrapped(TEST_BUTTON), { ...TEST_BUTTON, Tags: OPEN.Tags }]) {
        const [result] = (await dynatrace(body)).body.results;
        assert.equal(result!.outcome, "ignored");
        assert.match(result!.reason!, /test notification/);
        assert.deepEqual(await kinds(result!.context), ["problem", "problem.ignored"]);
      }
    });

    it("MERGED ends a run; of a problem that was never seen it is ignored, and OPEN after it starts nothing", async () => {
      const known = problemOf("dt-2").open;
      await dynatrace(known);
      const ended = (await dynatrace({ ...known, State: "MERGED" })).body.results[0]!;
      assert.deepEqual([ended.outcome, ended.reason], ["resolved", "merged into another problem"]);
      const stranger = problemOf("dt-3").open;
      const ignored = (await dynatrace({ ...stranger, State: "MERGED" })).body.results[0]!;
      assert.equal(ignored.outcome, "ignored");
      const late = (await dynatrace(stranger)).body.results[0]!;
      assert.deepEqual([late.outcome, late.context], ["ignored", ignored.context]);
    });
  });

  describe("secrets", () => {
    const auths = {
      bearer: { type: "bearer", tokens: ["sesame-sesame"] },
      basic: { type: "basic", users: [{ username: "am", password: "open" }] },
      hmac: { type: "hmac", secrets: ["old", "new"], header: "X-Signature", prefix: "sha256=" },
    };
    const withAuth = async (auth: object, test: (ingester: RunningIngester) => Promise<void>) => {
      const ingester = await startIngester(database.url, { intake: { sources: { alertmanager: { auth } } } });
      await test(ingester).finally(() => ingester.close());
    };
    const path = "/v1/webhooks/alertmanager";

    it("bearer: the token is asked for before the body is looked at; x-token, as Keptn's senders have it, is one", () =>
      withAuth(auths.bearer, async ({ post }) => {
        assert.equal((await post(path, "{not json")).status, 401);
        assert.equal((await post(path, webhook([]), { authorization: "Bearer sesame-sesamf" })).status, 401);
        assert.equal((await post(path, webhook([]), { authorization: "Bearer sesame-sesame" })).status, 202);
        assert.equal((await post(path, webhook([]), { "x-token": "sesame-sesame" })).status, 202);
        assert.equal((await post(path, webhook([]), { "x-token": "no" })).status, 401);
        assert.equal((await post("/v1/webhooks/dynatrace", TEST_BUTTON)).status, 202);
      }));

    it("basic", () =>
      withAuth(auths.basic, async ({ post }) => {
        const authorization = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString("base64")}` });
        const wrong = await post(path, webhook([]), authorization("am:shut"));
        assert.deepEqual([wrong.status, wrong.headers.get("www-authenticate")], [401, 'Basic realm="evenkeel"']);
        assert.equal((await post(path, webhook([]), authorization("am:open"))).status, 202);
      }));

    it("HMAC over the raw bytes, with the old secret and the new", () =>
      withAuth(auths.hmac, async ({ post }) => {
        const body = `{ "version":"4",  "alerts": [] }\n`;
        const signed = (secret: string, text = body) => ({
          "x-signature": `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`,
        });
        assert.equal((await post(path, body, signed("old"))).status, 202);
        assert.equal((await post(path, body, signed("new"))).status, 202);
        assert.equal((await post(path, body, signed("other"))).status, 401);
        assert.equal((await post(path, body, signed("new", JSON.stringify(JSON.parse(body))))).status, 401);
        assert.equal((await post(path, body)).status, 401);
      }));
  });

  it("database away: 503 with Retry-After, and what is sent again later is taken in once", async () => {
    const line = await openLine(database.url);
    const ingester = await startIngester(line.url);
    try {
      const alerts = webhook([fresh(), fresh()]);
      const event = { specversion: "1.0", id: randomUUID(), source: "/x", type: "org.example.happened" };
      const batch = { "content-type": "application/cloudevents-batch+json" };
      line.cut();
      const away = await ingester.post("/v1/webhooks/alertmanager", alerts);
      assert.deepEqual([away.status, away.body.code], [503, "unavailable"]);
      assert.ok(Number(away.headers.get("retry-after")) >= 1);
      assert.equal((await ingester.post("/v1/events", event)).status, 503);
      assert.equal((await ingester.post("/v1/events", [event, event], batch)).status, 503);
      assert.equal((await ingester.post("/v1/event", event)).status, 503);
      await line.mend();
      const outcomes = async () =>
        (await ingester.post("/v1/webhooks/alertmanager", alerts)).body.results.map(({ outcome }) => outcome);
      assert.deepEqual(await outcomes(), ["triggered", "triggered"]);
      assert.deepEqual(await outcomes(), ["joined", "joined"]);
    } finally {
      await ingester.close();
      line.cut();
    }
  });
});

/** A way to the database that can be cut and mended. */
async function openLine(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const port = url.searchParams.get("port") ?? url.port;
  const directory = url.searchParams.get("host");
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = directory ? connect(`${directory}/.s.PGSQL.${port}`) : connect(Number(port), url.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {}).on("close", () => (near.destroy(), far.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  const near = new URL(databaseUrl);
  near.search = "";
  near.host = `127.0.0.1:${own}`;
  return {
    url: near.href,
    cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    async mend() {
      server.listen(own, "127.0.0.1");
      await once(server, "listening");
    },
  };
}
