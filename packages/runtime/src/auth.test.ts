import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { bearerTokens, mayListen, verifySource } from "./index.ts";
import type { AuthOutcome, SourceAuth } from "./index.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");
const BODY = Buffer.from('{"alerts": []}\n');
const api = bearerTokens([{ name: "ci", token: "write-token-0123456", scopes: ["write"] }]);

type Outcome = string;
function check(
  auth: SourceAuth,
  headers: [string, string][],
  { body = BODY, now = NOW, remote = "10.1.2.3" } = {},
): Outcome {
  return told(verifySource({ rawHeaders: headers.flat(), rawBody: body, remoteAddress: remote, now }, auth, api));
}
const told = (outcome: AuthOutcome): Outcome =>
  outcome.ok ? `ok: ${outcome.name}` : `${outcome.status}: ${outcome.why}`;
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

  it("accepts a body signed with any of the secrets in force", () => {
    assert.equal(check(hmac, [["x-signature", `sha256=${sign("new-secret", BODY)}`]]), "ok: secret 1");
    assert.equal(check(hmac, [["X-SIGNATURE", `sha256=${sign("old-secret", BODY).toUpperCase()}`]]), "ok: secret 2");
    assert.equal(
      check({ ...hmac, prefix: "", encoding: "base64" }, [["x-signature", sign("new-secret", BODY, "base64")]]),
      "ok: secret 1",
    );
  });

  it("refuses another secret, another body, and a signature cut, padded, missing, unprefixed or doubled", () => {
    const good = sign("new-secret", BODY);
    assert.equal(
      check(hmac, [["x-signature", `sha256=${sign("gone-secret", BODY)}`]]),
      "401: the signature does not fit the body",
    );
    assert.equal(
      check(hmac, [["x-signature", `sha256=${good}`]], { body: Buffer.from('{"alerts":[]}') }),
      "401: the signature does not fit the body",
    );
    for (const bad of [good.slice(0, -1), `${good}0`, "", good.slice(0, 63) + "g", "é".repeat(32)])
      assert.match(check(hmac, [["x-signature", `sha256=${bad}`]]), /^401/, bad);
    assert.equal(check(hmac, []), "401: header x-signature is missing");
    assert.equal(check(hmac, [["x-signature", good]]), "401: header X-Signature does not start with sha256=");
    assert.equal(
      check(hmac, [
        ["x-signature", `sha256=${good}`],
        ["X-Signature", "sha256=00"],
      ]),
      "401: header x-signature is there 2 times",
    );
  });

  it("accepts a signed time within five minutes, in seconds, milliseconds or RFC 3339", () => {
    for (const time of [
      String(NOW / 1000),
      String(NOW),
      new Date(NOW).toISOString(),
      String(NOW / 1000 - 300),
      String(NOW / 1000 + 300),
    ]) {
      assert.equal(
        check(timed, [
          ["x-time", time],
          ["x-signature", sign("new-secret", `${time}:${BODY}`)],
        ]),
        "ok: secret 1",
        time,
      );
    }
  });

  it("refuses a replay, a time from the future, a changed time and no time", () => {
    const at = (time: string, signedTime = time) =>
      check(timed, [
        ["x-time", time],
        ["x-signature", sign("new-secret", `${signedTime}:${BODY}`)],
      ]);
    const seconds = NOW / 1000;
    assert.match(at(String(seconds - 360)), /^401: the request was signed 360 s ago/);
    assert.match(at(String(seconds + 360)), /^401: the request was signed -360 s ago/);
    assert.equal(at(String(seconds), String(seconds - 4000)), "401: the signature does not fit the body");
    for (const odd of ["", "soon", "-1", "1e9", "99999999999999999999"])
      assert.equal(at(odd), "401: header X-Time is not a time", odd);
    assert.equal(check(timed, [["x-signature", sign("new-secret", BODY)]]), "401: header x-time is missing");
  });

  it("knows bearer tokens, several at once", () => {
    const auth: SourceAuth = { type: "bearer", tokens: ["alpha-token", "beta-token"] };
    assert.equal(check(auth, [["Authorization", "Bearer beta-token"]]), "ok: token 2");
    assert.equal(check(auth, [["authorization", "bearer alpha-token "]]), "ok: token 1");
    for (const value of [
      "Bearer alpha-toke",
      "Bearer alpha-tokenn",
      "Bearer",
      "alpha-token",
      "Basic alpha-token",
      "Bearer a b",
      "",
    ])
      assert.match(check(auth, [["authorization", value]]), /^401/, value);
    assert.equal(
      check(auth, [
        ["authorization", "Bearer nope"],
        ["authorization", "Bearer alpha-token"],
      ]),
      "401: header authorization is there 2 times",
    );
  });

  it("knows user names and passwords, also with a colon in the password", () => {
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
    assert.equal(check(auth, [basic("am:p:w")]), "ok: am");
    assert.equal(check(auth, [basic("dt:ü")]), "ok: dt");
    for (const text of ["am:p", "am", "am:", ":p:w", "dt:p:w"])
      assert.equal(check(auth, [basic(text)]), "401: user name or password is wrong", text);
    assert.match(check(auth, [["authorization", "Basic !!!"]]), /^401: the authorization header is not/);
  });

  it("asks a source without authentication of its own for an API token with scope write", () => {
    assert.equal(check({ type: "token" }, [["authorization", "Bearer write-token-0123456"]]), "ok: ci");
    assert.match(check({ type: "token" }, [], { remote: "127.0.0.1" }), /^401/);
  });
});

describe("API tokens", () => {
  const tokens = bearerTokens([
    { name: "reader", token: "reader-0123456789", scopes: ["read"] },
    { name: "root", token: "root-0123456789ab", scopes: ["admin"] },
  ]);
  const as = (token: string) => ({ rawHeaders: ["authorization", `Bearer ${token}`], remoteAddress: "10.0.0.1" });

  it("let a wider scope do what a narrower one may, and not the other way round", () => {
    assert.equal(told(tokens(as("reader-0123456789"), "read")), "ok: reader");
    assert.equal(told(tokens(as("reader-0123456789"), "write")), "403: token reader lacks the scope write");
    for (const scope of ["read", "write", "admin"] as const)
      assert.equal(told(tokens(as("root-0123456789ab"), scope)), "ok: root");
    assert.equal(told(tokens(as("nobody"), "read")), "401: the token is not known");
  });

  it("can be left out on this machine only", () => {
    const none = bearerTokens([]);
    for (const remoteAddress of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.8.8"])
      assert.equal(none({ rawHeaders: [], remoteAddress }, "admin").ok, true, remoteAddress);
    for (const remoteAddress of ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", undefined])
      assert.equal(none({ rawHeaders: [], remoteAddress }, "read").ok, false);
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
