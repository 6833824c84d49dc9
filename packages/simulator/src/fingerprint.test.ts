import assert from "node:assert/strict";
import { fingerprint } from "./fingerprint.ts";

describe("fingerprint", () => {
  it("is Prometheus' hash of a label set", () => {
    assert.equal(fingerprint({}), "cbf29ce484222325");
    const labels = { name: "garland, briggs", fear: "love is not enough" };
    assert.equal(BigInt(`0x${fingerprint(labels)}`), 5799056148416392346n);
  });

  it("does not depend on the order, and always has 16 digits", () => {
    assert.equal(fingerprint({ a: "1", b: "2" }), fingerprint({ b: "2", a: "1" }));
    for (let i = 0; i < 100; i++) assert.match(fingerprint({ i: String(i) }), /^[0-9a-f]{16}$/);
  });
});
