import assert from "node:assert/strict";
import { requestedWindow } from "./window.ts";

const NOW = Date.parse("2026-01-31T12:00:00Z");

describe("the window of a posted evaluation", () => {
  for (const [request, expected] of [
    [{ timeframe: "5m" }, "2026-01-31T11:55:00.000Z 2026-01-31T12:00:00.000Z"],
    [{ timeframe: "1h30m" }, "2026-01-31T10:30:00.000Z 2026-01-31T12:00:00.000Z"],
    [{ start: "2026-01-31T10:00:00Z", timeframe: "5m" }, "2026-01-31T10:00:00.000Z 2026-01-31T10:05:00.000Z"],
    [
      { start: "2026-01-31T10:00:00", end: "2026-01-31T10:01:00.000Z" },
      "2026-01-31T10:00:00.000Z 2026-01-31T10:01:00.000Z",
    ],
    [
      { start: "2026-01-31T10:00:00+01:00", end: "2026-01-31T10:01:00" },
      "2026-01-31T09:00:00.000Z 2026-01-31T10:01:00.000Z",
    ],
  ] as const) {
    it(`${JSON.stringify(request)} is ${expected}`, () => {
      const window = requestedWindow(request, NOW);
      assert.ok(window.ok, window.ok ? "" : window.why);
      assert.equal(`${window.start} ${window.end}`, expected);
    });
  }

  for (const [request, why] of [
    [{}, /^timeframe: expected start and end, or a timeframe/],
    [{ start: "2026-01-31T10:00:00Z" }, /^timeframe: expected/],
    [{ end: "2026-01-31T10:00:00Z" }, /^end: end needs a start/],
    [{ end: "2026-01-31T10:00:00Z", timeframe: "5m" }, /^end: 'end' and 'timeframe' are mutually exclusive/],
    [{ timeframe: "59s" }, /^timeframe: the window must be at least 1 minute long/],
    [{ timeframe: "10" }, /^timeframe: "10" is no duration/],
    [{ timeframe: "0" }, /^timeframe: the window ends before it begins/],
    [{ start: "2026-01-31T10:00:00Z", end: "2026-01-31T09:00:00Z" }, /^end: the window ends before it begins/],
    [{ start: "yesterday", end: "2026-01-31T09:00:00Z" }, /^start: "yesterday" is no time/],
    [{ start: "2026-02-30T10:00:00Z", timeframe: "5m" }, /^start: .* is no time/],
    [{ start: "2026-01-31T10:00:00Z", end: "2026-13-31T09:00:00Z" }, /^end: .* is no time/],
  ] as const) {
    it(`${JSON.stringify(request)} is refused`, () => {
      const window = requestedWindow(request, NOW);
      assert.ok(!window.ok);
      assert.match(`${window.field}: ${window.why}`, why);
    });
  }
});
