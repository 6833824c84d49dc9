import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "./duration.ts";

describe("durations", () => {
  const readable: [string, number][] = [
    ["10m", 600_000],
    ["1h30m", 5_400_000],
    ["90s", 90_000],
    ["PT5M", 300_000],
    ["500ms", 500],
    ["1.5h", 5_400_000],
    ["1h15m30.918s", 4_530_918],
    ["2d", 172_800_000],
    ["0s", 0],
    ["1500us", 2],
    ["1500µs", 2],
    ["P1DT2H", 93_600_000],
    ["PT1.5S", 1500],
  ];
  for (const [text, ms] of readable) it(`reads ${text}`, () => assert.equal(parseDuration(text), ms));

  const unreadable = [
    "",
    "10",
    "0",
    "m",
    "10 m",
    "-10m",
    "+10m",
    "10min",
    "1h-5m",
    "P",
    "PT",
    "P1DT",
    "P1M",
    "pt5m",
    "∞",
  ];
  for (const text of [...unreadable, "9".repeat(40) + "h", "1m".repeat(30)]) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), undefined));
  }

  const written: [number, string][] = [
    [0, "0s"],
    [500, "500ms"],
    [90_000, "1m30s"],
    [600_000, "10m"],
    [3_600_000, "1h"],
    [5_400_000, "1h30m"],
    [86_400_000, "24h"],
    [61_001, "1m1s1ms"],
    [-90_000, "-1m30s"],
    [0.4, "0s"],
    [NaN, "NaN"],
  ];
  for (const [ms, text] of written) it(`writes ${ms} ms as ${text}`, () => assert.equal(formatDuration(ms), text));

  it("reads back whatever it writes", () => {
    fc.assert(fc.property(fc.nat({ max: 2 ** 45 }), (ms) => parseDuration(formatDuration(ms)) === ms));
  });
});
