import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { createRateLimits, HttpProblem, Settings, silentLog } from "@evenkeel/runtime";
import { startApp, type Running, type StartOptions } from "./support/app.ts";

const ALERT = JSON.stringify({
  alerts: [
    {
      status: "firing",
      labels: { alertname: "Slow", project: "shop", stage: "production", service: "carts" },
      startsAt: "2026-01-31T12:00:00Z",
      fingerprint: "0123456789abcdef",
    },
  ],
});
const TOKENS = [
  { name: "dashboard", token: "dashboard-token-0123456789", scopes: ["read"] },
  { name: "alerts", token: "alerts-token-0123456789", scopes: ["events:write"] },
  { name: "other-alerts", token: "other-alerts-token-0123456789", scopes: ["events:write"] },
];
const [DASHBOARD, ALERTS, OTHER_ALERTS] = TOKENS.map(({ token }) => ({ authorization: `Bearer ${token}` }));
const WIDE = { perSecond: 1_000, burst: 1_000 };
const NARROW = { perSecond: 1, burst: 5 };
/** More than a narrow limit lets through, even when a slow machine takes ten seconds for them. */
const MANY = 20;

describe("who calls too often", function () {
  this.timeout(60_000);
  let app: Running;
  afterEach(() => app.close());

  async function serve(rateLimit: object, options: StartOptions = {}): Promise<void> {
    const server = { tokens: TOKENS, trustedProxies: ["127.0.0.1"], rateLimit };
    app = await startApp({ file: JSON.stringify({ server }), ...options });
  }
  /** As a listed proxy would pass it on. */
  const get = (path: string, from: string, headers: object = {}) =>
    fetch(`${app.url}${path}`, { headers: { "x-forwarded-for": from, ...headers } });
  const alert = (from: string, headers: object = {}, path = "/v1/webhooks/alertmanager") =>
    fetch(`${app.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-forwarded-for": from, ...headers },
      body: ALERT,
    });
  const several = async (count: number, call: () => Promise<Response>) => {
    const answers = await Promise.all(Array.from({ length: count }, call));
    return answers.map(({ status }) => status).sort();
  };
  /** One call alone may come in, where the machine was slow before it. */
  const refusal = async (call: () => Promise<Response>) => {
    const answers = await Promise.all(Array.from({ length: MANY }, call));
    const refused = answers.filter(({ status }) => status === 429 || status === 503);
    assert.ok(refused.length > MANY / 4, `${refused.length} of ${MANY} were refused`);
    return refused[0]!;
  };

  it("is refused by address before anybody has asked who it is, and no one else is", async () => {
    await serve({ perAddress: NARROW, perCaller: WIDE });
    const statuses = await several(MANY, () => get("/v1/events", "198.51.100.7"));
    assert.deepEqual([...new Set(statuses)], [401, 429]);
    const withToken = await refusal(() => get("/v1/events", "198.51.100.7", DASHBOARD));
    assert.equal(withToken.status, 429, "a token does not help");
    assert.equal((await get("/v1/events", "198.51.100.8", DASHBOARD)).status, 200);
    assert.equal((await refusal(() => get("/no/such/page", "198.51.100.7"))).status, 429);
  });

  it("is told when to come again: senders of alerts by 503, users of the API by 429", async () => {
    await serve({ perAddress: NARROW, perCaller: WIDE });
    for (const path of ["/v1/webhooks/alertmanager", "/v1/events", "/v1/event", "/api/v1/event", "/v1/events/"]) {
      const refused = await refusal(() => alert("198.51.100.7", ALERTS, path));
      assert.equal(refused.status, 503, path);
      assert.match(refused.headers.get("retry-after") ?? "", /^[1-9]\d*$/);
      assert.equal(((await refused.json()) as { code: string }).code, "rate-limited");
    }
    const user = await refusal(() => get("/v1/events", "198.51.100.7", DASHBOARD));
    assert.equal(user.status, 429);
    await delay(Number(user.headers.get("retry-after")) * 1000);
    assert.equal((await alert("198.51.100.7", ALERTS)).status, 202, "what was refused is taken in then");
  });

  it("is refused by its token or its source as well, from however many addresses it comes", async () => {
    await serve({ perAddress: WIDE, perCaller: NARROW });
    let n = 0;
    const from = () => `198.51.100.${n++ % 250}`;
    const users = await several(MANY, () => get("/v1/events", from(), DASHBOARD));
    assert.deepEqual([...new Set(users)], [200, 429]);
    const senders = await several(MANY, () => alert(from(), ALERTS));
    assert.deepEqual([...new Set(senders)], [202, 503]);
    assert.equal((await alert(from(), OTHER_ALERTS)).status, 202, "another token has its own");
    assert.equal((await alert(from())).status, 401, "nobody uses up what others have by only pretending to be them");
  });

  it("cannot make itself another address", async () => {
    await serve({ perAddress: NARROW, perCaller: WIDE });
    // What stands before the proxy's own word anybody may have written.
    let n = 0;
    const statuses = await several(MANY, () => get("/v1/events", `203.0.113.${n++}, 198.51.100.7`));
    assert.deepEqual([...new Set(statuses)], [401, 429]);
    await app.close();
    const server = { tokens: TOKENS, rateLimit: { perAddress: NARROW } };
    await serve({}, { file: JSON.stringify({ server }) });
    const direct = await several(MANY, () => get("/v1/events", `203.0.113.${n++}`));
    assert.deepEqual([...new Set(direct)], [401, 429], "without a listed proxy only the socket counts");
  });

  it("still learns how we are, and is one line of the log and a number", async () => {
    await serve({ perAddress: NARROW, perCaller: WIDE });
    await several(60, () => get("/v1/events", "198.51.100.7"));
    assert.deepEqual([...new Set(await several(40, () => get("/livez", "198.51.100.7")))], [200]);
    assert.deepEqual([...new Set(await several(40, () => get("/readyz", "198.51.100.7")))], [200]);
    const lines = app.lines.map((line) => JSON.parse(line) as { msg: string; level: number; who?: string });
    const said = lines.filter(({ msg }) => msg === "rate limit reached");
    assert.deepEqual(
      said.map(({ who }) => who),
      ["198.51.100.7"],
    );
    assert.ok(lines.filter(({ msg, level }) => msg === "request" && level >= 30).length < 30, "no line for each");
    const metrics = await (await get("/metrics", "198.51.100.9")).text();
    const counted = /evenkeel_rate_limited_total\{limit="address",kind="user"\} (\d+)/.exec(metrics)?.[1];
    assert.ok(Number(counted) >= 30, `${counted} counted`);
  });
});

describe("the limits by default", () => {
  const limits = () => createRateLimits({ settings: Settings.parse({}).server, log: silentLog, now: () => 0 });
  const from = (remoteAddress: string) => ({ headers: {}, socket: { remoteAddress } }) as never;

  it("let a storm of 10,000 alerts through at once, beside a wall of dashboards behind the same proxy", () => {
    const rate = limits();
    for (let n = 0; n < 10_000; n++) {
      rate.address(from("10.0.0.1"), "sender");
      rate.caller("alertmanager", "sender");
    }
    for (let n = 0; n < 200 * 40; n++) {
      rate.address(from("10.0.0.1"), "user");
      rate.caller("dashboard", "user");
    }
  });

  it("end all the same", () => {
    const rate = limits();
    assert.throws(
      () => {
        for (let n = 0; n < 30_000; n++) rate.address(from("10.0.0.1"), "user");
      },
      (error) => error instanceof HttpProblem && error.status === 429 && error.headers["retry-after"] === "1",
    );
  });
});
