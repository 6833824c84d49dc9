import assert from "node:assert/strict";
import { backoffMs } from "./index.ts";

describe("backoff", () => {
  it("doubles up to the most, with half of it left to chance", () => {
    assert.deepEqual(
      [1, 2, 3, 7, 8, 1000].map((attempt) => backoffMs(attempt, {}, 0)),
      [500, 1000, 2000, 30_000, 30_000, 30_000],
    );
    assert.deepEqual(
      [1, 2, 3].map((attempt) => backoffMs(attempt, {}, 0.5)),
      [750, 1500, 3000],
    );
    assert.equal(backoffMs(1, { base: 10, max: 20 }, 0.999), 10);
  });
  it("waits as long as it was asked to, within reason", () => {
    assert.equal(backoffMs(1, { retryAfterMs: 5000 }, 0), 5000);
    assert.equal(backoffMs(8, { retryAfterMs: 5000 }, 0), 30_000);
    assert.equal(backoffMs(1, { retryAfterMs: 1e12 }, 0), 600_000);
  });
});
