import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { request } from "node:http";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import { startIngester, type Answer, type RunningIngester } from "./ingester-for-test.ts";

const SECRET = "a-secret-of-some-length";
const hmac = { type: "hmac", secrets: ["old-secret-of-some-length", SECRET], timestampHeader: "x-time" };

describe("who may send", function () {
  this.timeout(30_000);
  let database: TestDatabase;
  const running: RunningIngester[] = [];

  before(async () => {
    database = await testDatabase();
  });
  after(() => database?.drop());
  afterEach(async () => {
    for (const ingester of running.splice(0)) await ingester.close();
  });

  async function serve(settings: object): Promise<RunningIngester> {
    const ingester = await startIngester(database.url, settings);
    running.push(ingester);
    return ingester;
  }

  const source = (own: object, server: object = {}) => ({ intake: { sources: { alertmanager: own } }, server });
  const OPEN = "0001-01-01T00:00:00Z";

  function notification(title: string, project = "shop"): string {
    const labels = { alertname: title, project, stage: "production", service: "carts" };
    const alert = { status: "firing", labels, annotations: {}, startsAt: "2026-01-01T00:00:00Z", endsAt: OPEN };
    return JSON.stringify({ version: "4", status: "firing", alerts: [{ ...alert, fingerprint: title }] });
  }

  function signed(body: string, time = String(Date.now()), secret = SECRET): Record<string, string> {
    return { "x-time": time, "x-signature": createHmac("sha256", secret).update(`${time}:${body}`).digest("hex") };
  }

  const send = (to: RunningIngester, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    to.post("/v1/webhooks/alertmanager", body, headers);

  describe("a body", () => {
    /** Sends the head of a request, and its body only when asked for it. */
    const announce = (
      to: RunningIngester,
      headers: Record<string, string>,
    ): Promise<[status: number, asked: boolean]> =>
      new Promise((resolve, reject) => {
        const body = notification("announced");
        const about = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
        const options = { method: "POST", headers: { ...about, expect: "100-continue", ...headers } };
        const sending = request(`${to.url}/v1/webhooks/alertmanager`, options);
        let asked = false;
        sending.on("continue", () => sending.end(body, () => (asked = true)));
        sending.on("response", (answer) => {
          answer.resume();
          resolve([answer.statusCode ?? 0, asked]);
          if (!asked) sending.destroy();
        });
        sending.on("error", reject);
        sending.flushHeaders();
      });

    it("is not even asked for from strangers", async () => {
      const to = await serve(source({ auth: { type: "bearer", tokens: [SECRET] } }));
      assert.deepEqual(await announce(to, {}), [401, false]);
      assert.deepEqual(await announce(to, { authorization: "Bearer something-else" }), [401, false]);
      assert.deepEqual(await announce(to, { authorization: `Bearer ${SECRET}` }), [202, true]);
    });

    it("has to be read where it is what is signed", async () => {
      const to = await serve(source({ auth: hmac }));
      assert.deepEqual(await announce(to, { "x-time": String(Date.now()), "x-signature": "00" }), [401, true]);
    });
  });

  describe("signed and timed deliveries", () => {
    it("are taken in once: the very same again is 409, also at another process, also spelled otherwise", async () => {
      const [one, two] = [await serve(source({ auth: hmac })), await serve(source({ auth: hmac }))];
      const body = notification("replayed");
      const headers = signed(body);
      assert.equal((await send(one, body, headers)).status, 202);
      const shouted = { ...headers, "x-signature": headers["x-signature"]!.toUpperCase() };
      for (const [to, with_] of [
        [one, headers],
        [two, headers],
        [one, shouted],
      ] as const) {
        const again = await send(to, body, with_);
        assert.deepEqual([again.status, again.body.code], [409, "replayed"]);
      }
    });

    it("signed anew are what they are: repeats that join their episode", async () => {
      const ingester = await serve(source({ auth: hmac }));
      const body = notification("repeated");
      assert.equal((await send(ingester, body, signed(body))).body.results[0]!.outcome, "triggered");
      const again = await send(ingester, body, signed(body, String(Date.now() + 1), hmac.secrets[0]));
      assert.deepEqual([again.status, again.body.results[0]!.outcome], [202, "joined"]);
    });

    it("that were not stored can be sent again as they are", async () => {
      const ingester = await serve(source({ auth: hmac }));
      const broken = "{";
      const headers = signed(broken);
      for (let i = 0; i < 2; i++) assert.equal((await send(ingester, broken, headers)).status, 400);
      const { deliveries } = ingester.journal;
      const remember = deliveries.remember;
      let failures = 1;
      deliveries.remember = async (...seen) => {
        if (failures-- > 0) throw new Error("gone");
        return remember(...seen);
      };
      const body = notification("unlucky");
      const good = signed(body);
      assert.equal((await send(ingester, body, good)).status, 500);
      const again = await send(ingester, body, good);
      assert.deepEqual([again.status, again.body.results[0]!.duplicate], [202, true]);
      assert.equal((await send(ingester, body, good)).status, 409);
    });

    it("a hundred copies at once start one run", async () => {
      const ingester = await serve(source({ auth: hmac }));
      const body = notification("hundred");
      const headers = signed(body);
      const answers = await Promise.all(Array.from({ length: 100 }, () => send(ingester, body, headers)));
      const outcomes = answers.map(({ status, body: answer }) =>
        status === 202 ? answer.results[0]!.outcome : status,
      );
      assert.equal(outcomes.filter((outcome) => outcome === "triggered").length, 1);
      assert.ok(
        outcomes.every((outcome) => ["triggered", "joined", 409].includes(outcome)),
        outcomes.join(),
      );
    });
  });

  describe("addresses", () => {
    it("that are not listed are refused before the body is read, whatever they can prove", async () => {
      const ingester = await serve(source({ auth: hmac, allow: ["10.0.0.0/8", "2001:db8::/32"] }));
      const body = notification("outside");
      const { status, body: answer } = await send(ingester, body, signed(body));
      assert.deepEqual([status, answer.code], [403, "address-refused"]);
      assert.match(answer.detail, /127\.0\.0\.1 may not send as alertmanager/);
    });

    it("that are listed still have to prove who they are", async () => {
      const ingester = await serve(source({ auth: hmac, allow: ["127.0.0.0/8"] }));
      const body = notification("inside");
      assert.equal((await send(ingester, body)).status, 401);
      assert.equal((await send(ingester, body, signed(body))).status, 202);
    });

    it("are those of sockets: what anybody writes into X-Forwarded-For is not believed", async () => {
      const ingester = await serve(source({ allow: ["10.1.2.3"] }));
      const forwarded = { "x-forwarded-for": "10.1.2.3" };
      assert.equal((await send(ingester, notification("forged"), forwarded)).status, 403);
    });

    it("are what a listed proxy says of them, and not what stood in the header before", async () => {
      const auth = { type: "bearer", tokens: [SECRET] };
      const ingester = await serve(
        source({ auth, allow: ["10.1.2.3"] }, { trustedProxies: ["127.0.0.1", "192.168.0.0/16"] }),
      );
      const authorization = `Bearer ${SECRET}`;
      const from = async (text: string) =>
        (await send(ingester, notification("proxied"), { "x-forwarded-for": text, authorization })).status;
      assert.equal(await from("10.1.2.3"), 202);
      assert.equal(await from("6.6.6.6, 10.1.2.3, 192.168.7.7"), 202);
      assert.equal(await from("10.1.2.3, 6.6.6.6"), 403);
      assert.equal(await from("10.1.2.3, nonsense"), 403);
      assert.equal((await send(ingester, notification("proxied"), { authorization })).status, 403);
    });

    it("of senders behind a proxy on this machine are not this machine's: without a token nobody comes in there", async () => {
      const ingester = await serve(source({}, { trustedProxies: ["127.0.0.1"] }));
      assert.equal((await send(ingester, notification("direct"))).status, 202);
      for (const text of ["10.1.2.3", "127.0.0.1"]) {
        const { status, body } = await send(ingester, notification("proxied"), { "x-forwarded-for": text });
        assert.equal(status, 401);
        assert.match(body.detail, /through a proxy/);
      }
    });

    it("have a list for events, too", async () => {
      const ingester = await serve({ intake: { sources: { events: { allow: ["10.0.0.1"] } } } });
      for (const path of ["/v1/events", "/v1/event", "/api/v1/event"])
        assert.equal((await ingester.post(path, {})).body.code, "address-refused", path);
    });
  });

  describe("senders with secrets of their own", () => {
    it("speak of the projects that their source may speak of", async () => {
      const auth = { type: "bearer", tokens: ["a-token-of-some-length"] };
      const ingester = await serve(source({ auth, projects: ["shop"] }));
      const headers = { authorization: "Bearer a-token-of-some-length" };
      assert.equal((await send(ingester, notification("mine"), headers)).status, 202);
      const { status, body } = await send(ingester, notification("theirs", "bank"), headers);
      assert.deepEqual([status, body.code], [403, "forbidden"]);
      assert.match(body.detail, /source alertmanager has the scope .* but not for project bank/);
      const nobodys = JSON.parse(notification("nobodys")) as { alerts: { labels: Record<string, string> }[] };
      delete nobodys.alerts[0]!.labels["project"];
      const stored = await send(ingester, JSON.stringify(nobodys), headers);
      assert.deepEqual([stored.status, stored.body.results[0]!.outcome], [202, "unrouted"]);
    });
  });
});
