import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { authenticator, authorize, mayListen, verifySource } from "./index.ts";
import type { AuthOutcome, SourceAuth, SourceOutcome, StoredTokens, Verb } from "./index.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const BODY = Buffer.from('{"alerts": []}\n');
const api = authenticator([{ name: "ci", token: "write-token-0123456", scopes: ["write"], projects: ["*"] }]);

type Outcome = string;
async function verify(
  auth: SourceAuth,
  headers: [string, string][],
  { body = BODY, now = NOW, remote = "10.1.2.3" } = {},
): Promise<SourceOutcome> {
  const parts = { rawHeaders: headers.flat(), rawBody: body, remoteAddress: remote, now };
  return verifySource(parts, { name: "shop-alerts", auth, projects: ["shop"] }, api);
}
async function check(...asked: Parameters<typeof verify>): Promise<Outcome> {
  return told(await verify(...asked));
}
const told = (outcome: AuthOutcome): Outcome =>
  outcome.ok ? `ok: ${outcome.subject.name}` : `${outcome.status}: ${outcome.why}`;
const sign = (secret: string, text: string | Buffer, encoding: "hex" | "base64" = "hex") =>
  createHmac("sha256", secret).update(text).digest(encoding);

describe("authentication of an alert source", () => {
  const hmac: SourceAuth = {
    type: "hmac",
    secrets: ["new-secret", "old-secret"],
    header: "X-Signature",
    prefix: "sha256=",
    encoding: "hex",
    tolerance: 300_000,
  };
  const timed: SourceAuth = { ...hmac, prefix: "", timestampHeader: "X-Time" };

  it("accepts a body signed with any of the secrets in force", async () => {
    assert.equal(await check(hmac, [["x-signature", `sha256=${sign("new-secret", BODY)}`]]), "ok: shop-alerts");
    assert.equal(
      await check(hmac, [["X-SIGNATURE", `sha256=${sign("old-secret", BODY).toUpperCase()}`]]),
      "ok: shop-alerts",
    );
    assert.equal(
      await check({ ...hmac, prefix: "", encoding: "base64" }, [["x-signature", sign("new-secret", BODY, "base64")]]),
      "ok: shop-alerts",
    );
  });

  it("refuses another secret, another body, and a signature cut, padded, missing, unprefixed or doubled", async () => {
    const good = sign("new-secret", BODY);
    assert.equal(
      await check(hmac, [["x-signature", `sha256=${sign("gone-secret", BODY)}`]]),
      "401: the signature does not fit the body",
    );
    assert.equal(
      await check(hmac, [["x-signature", `sha256=${good}`]], { body: Buffer.from('{"alerts":[]}') }),
      "401: the signature does not fit the body",
    );
    for (const bad of [good.slice(0, -1), `${good}0`, "", good.slice(0, 63) + "g", "é".repeat(32)])
      assert.match(await check(hmac, [["x-signature", `sha256=${bad}`]]), /^401/, bad);
    assert.equal(await check(hmac, []), "401: header x-signature is missing");
    assert.equal(await check(hmac, [["x-signature", good]]), "401: header X-Signature does not start with sha256=");
    assert.equal(
      await check(hmac, [
        ["x-signature", `sha256=${good}`],
        ["X-Signature", "sha256=00"],
      ]),
      "401: header x-signature is there 2 times",
    );
  });

  it("accepts a signed time within five minutes, in seconds, milliseconds or RFC 3339", async () => {
    for (const time of [
      String(NOW / 1000),
      String(NOW),
      new Date(NOW).toISOString(),
      String(NOW / 1000 - 300),
      String(NOW / 1000 + 300),
    ]) {
      assert.equal(
        await check(timed, [
          ["x-time", time],
          ["x-signature", sign("new-secret", `${time}:${BODY}`)],
        ]),
        "ok: shop-alerts",
        time,
      );
    }
  });

  it("refuses a replay, a time from the future, a changed time and no time", async () => {
    const at = (time: string, signedTime = time) =>
      check(timed, [
        ["x-time", time],
        ["x-signature", sign("new-secret", `${signedTime}:${BODY}`)],
      ]);
    const seconds = NOW / 1000;
    assert.match(await at(String(seconds - 360)), /^401: the request was signed 360 s ago/);
    assert.match(await at(String(seconds + 360)), /^401: the request was signed -360 s ago/);
    assert.equal(await at(String(seconds), String(seconds - 4000)), "401: the signature does not fit the body");
    for (const odd of ["", "soon", "-1", "1e9", "99999999999999999999"])
      assert.equal(await at(odd), "401: header X-Time is not a time", odd);
    assert.equal(await check(timed, [["x-signature", sign("new-secret", BODY)]]), "401: header x-time is missing");
  });

  it("knows bearer tokens, several at once", async () => {
    const auth: SourceAuth = { type: "bearer", tokens: ["alpha-token", "beta-token"] };
    assert.equal(await check(auth, [["Authorization", "Bearer beta-token"]]), "ok: shop-alerts");
    assert.equal(await check(auth, [["authorization", "bearer alpha-token "]]), "ok: shop-alerts");
    for (const value of [
      "Bearer alpha-toke",
      "Bearer alpha-tokenn",
      "Bearer",
      "alpha-token",
      "Basic alpha-token",
      "Bearer a b",
      "",
    ])
      assert.match(await check(auth, [["authorization", value]]), /^401/, value);
    assert.equal(
      await check(auth, [
        ["authorization", "Bearer nope"],
        ["authorization", "Bearer alpha-token"],
      ]),
      "401: header authorization is there 2 times",
    );
  });

  it("knows user names and passwords, also with a colon in the password", async () => {
    const auth: SourceAuth = {
      type: "basic",
      users: [
        { username: "am", password: "p:w" },
        { username: "dt", password: "ü" },
      ],
    };
    const basic = (text: string): [string, string] => [
      "authorization",
      `Basic ${Buffer.from(text).toString("base64")}`,
    ];
    assert.equal(await check(auth, [basic("am:p:w")]), "ok: shop-alerts");
    assert.equal(await check(auth, [basic("dt:ü")]), "ok: shop-alerts");
    for (const text of ["am:p", "am", "am:", ":p:w", "dt:p:w"])
      assert.equal(await check(auth, [basic(text)]), "401: user name or password is wrong", text);
    assert.match(await check(auth, [["authorization", "Basic !!!"]]), /^401: the authorization header is not/);
  });

  it("gives a sender with secrets of its own the right to send as this source, about its projects", async () => {
    const outcome = await verify({ type: "bearer", tokens: ["alpha-token"] }, [
      ["authorization", "Bearer alpha-token"],
    ]);
    assert.deepEqual(outcome, {
      ok: true,
      subject: {
        ...{ name: "shop-alerts", kind: "source" },
        grants: [{ verb: "events:write:shop-alerts", projects: ["shop"] }],
      },
    });
  });

  it("names a delivery by what was signed: spelling and secret do not matter, time and body do", async () => {
    const at = async (time: string, secret: string, spell: (text: string) => string = (text) => text) => {
      const signature = spell(sign(secret, `${time}:${BODY}`));
      const outcome = await verify(timed, [
        ["x-time", time],
        ["x-signature", signature],
      ]);
      assert.ok(outcome.ok);
      return outcome.delivery;
    };
    const first = await at(String(NOW), "new-secret");
    assert.match(first ?? "", /^[0-9a-f]{64}$/);
    assert.equal(await at(String(NOW), "new-secret", (text) => text.toUpperCase()), first);
    assert.equal(await at(String(NOW), "old-secret"), first);
    assert.notEqual(await at(String(NOW + 1), "new-secret"), first);
    const untimed = await verify(hmac, [["x-signature", `sha256=${sign("new-secret", BODY)}`]]);
    assert.ok(untimed.ok);
    assert.equal(untimed.delivery, undefined);
  });

  it("asks a source without authentication of its own for an API token with scope write", async () => {
    assert.equal(await check({ type: "token" }, [["authorization", "Bearer write-token-0123456"]]), "ok: ci");
    assert.match(await check({ type: "token" }, [], { remote: "127.0.0.1" }), /^401/);
  });
});

describe("API tokens", () => {
  const all = ["*"];
  const tokens = authenticator([
    { name: "reader", token: "reader-0123456789", scopes: ["read"], projects: ["shop"] },
    { name: "root", token: "root-0123456789ab", scopes: ["admin"], projects: all },
  ]);
  const as = (token: string) => ({ rawHeaders: ["authorization", `Bearer ${token}`], remoteAddress: "10.0.0.1" });
  async function may(token: string, verb: Verb, project: string): Promise<boolean> {
    const outcome = await tokens(as(token));
    return outcome.ok && authorize(outcome.subject, verb, { project }).ok;
  }

  it("may what their scopes say, in their projects", async () => {
    assert.equal(await may("reader-0123456789", "read", "shop"), true);
    assert.equal(await may("reader-0123456789", "read", "bank"), false);
    assert.equal(await may("reader-0123456789", "write", "shop"), false);
    for (const verb of ["read", "write", "admin"] as const)
      assert.equal(await may("root-0123456789ab", verb, "bank"), true);
    assert.equal(told(await tokens(as("nobody"))), "401: the token is not known");
  });

  it("can be left out on this machine only", async () => {
    const none = authenticator([]);
    for (const remoteAddress of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.8.8"])
      assert.equal((await none({ rawHeaders: [], remoteAddress })).ok, true, remoteAddress);
    for (const remoteAddress of ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", undefined])
      assert.equal((await none({ rawHeaders: [], remoteAddress })).ok, false);
  });

  it("cannot be left out by who comes through a proxy on this machine", async () => {
    const none = authenticator([]);
    for (const name of ["X-Forwarded-For", "x-forwarded-for", "Forwarded", "Via", "X-Real-IP", "X-Forwarded-Host"]) {
      const outcome = await none({ rawHeaders: ["host", "localhost", name, "127.0.0.1"], remoteAddress: "127.0.0.1" });
      assert.match(told(outcome), /^401: no API token is configured, and the request came through a proxy/, name);
    }
    const named = { rawHeaders: ["host", "x-forwarded-for", "accept", "via"], remoteAddress: "::1" };
    assert.equal((await none(named)).ok, true, "a value is no name");
  });

  const text = `ek_${"a".repeat(43)}`;
  function store(state: { any: boolean }): StoredTokens & { asked: number } {
    return {
      asked: 0,
      async find() {
        this.asked += 1;
        return undefined;
      },
      any: async () => state.any,
    };
  }

  it("are needed by everybody as soon as one is stored, and ever after", async () => {
    const state = { any: false };
    const check = authenticator([], store(state));
    const here = { rawHeaders: [], remoteAddress: "127.0.0.1" };
    assert.equal(told(await check(here)), "ok: anonymous");
    state.any = true;
    assert.equal(told(await check(here)), "401: header authorization is missing");
    state.any = false;
    assert.equal(told(await check(here)), "401: header authorization is missing");
  });

  it("are looked for in the store only when they look like one of it", async () => {
    const stored = store({ any: true });
    const check = authenticator([], stored);
    for (const other of ["x", "ek_", `ek_${"a".repeat(42)}`, `EK_${"a".repeat(43)}`, `${text}a`])
      assert.equal(told(await check(as(other))), "401: the token is not known");
    assert.equal(stored.asked, 0);
    assert.equal(told(await check(as(text))), "401: the token is not known");
    assert.equal(stored.asked, 1);
  });

  it("are needed to listen anywhere but on loopback", () => {
    for (const host of ["127.0.0.1", "::1", "[::1]", "localhost", "127.0.0.2"])
      assert.equal(mayListen(host, false), undefined, host);
    for (const host of ["0.0.0.0", "::", "192.168.1.2", "example.org"]) {
      assert.match(mayListen(host, false)!, /set server\.tokens/, host);
      assert.equal(mayListen(host, true), undefined);
    }
  });
});
