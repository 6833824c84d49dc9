import assert from "node:assert/strict";
import { duration, formatDuration, parseDuration } from "./index.ts";

describe("durations", () => {
  it("are numbers with units, largest first or not, and zero", () => {
    const cases: [string, number][] = [
      ["500ms", 500],
      ["30s", 30_000],
      ["10m", 600_000],
      ["1h30m", 5_400_000],
      ["1.5h", 5_400_000],
      ["2d", 172_800_000],
      ["1w", 604_800_000],
      ["0", 0],
      ["0s", 0],
      ["0.4ms", 0],
    ];
    for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text);
  });
  it("are nothing else", () => {
    for (const text of [
      "",
      "10",
      "m",
      "-1m",
      "1 m",
      "1M",
      "1e3s",
      "1m2",
      "P1D",
      "10min",
      "99999w",
      ".5s",
      "Infinitys",
    ]) {
      assert.equal(parseDuration(text), undefined, text);
      assert.equal(duration.safeParse(text).success, false, text);
    }
  });
  it("are written so that they read back the same", () => {
    for (const ms of [0, 1, 999, 1000, 61_000, 90_000, 600_000, 86_400_000, 90_061_001])
      assert.equal(parseDuration(formatDuration(ms)), ms);
    assert.equal(formatDuration(90_000), "1m30s");
  });
});
