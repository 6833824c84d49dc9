import assert from "node:assert/strict";
import { evaluationWindow, type WindowRequest } from "./evaluation-window.ts";

const NOW = Date.parse("2026-01-31T12:00:00.000Z");

describe("the window of an evaluation by hand", () => {
  const accepted: [WindowRequest, string, string][] = [
    [{}, "2026-01-31T11:55:00.000Z", "2026-01-31T12:00:00.000Z"],
    [{ timeframe: "1h30m" }, "2026-01-31T10:30:00.000Z", "2026-01-31T12:00:00.000Z"],
    [{ start: "2026-01-31T10:00:00Z", timeframe: "10m" }, "2026-01-31T10:00:00.000Z", "2026-01-31T10:10:00.000Z"],
    [
      { start: "2026-01-31T10:00:00+02:00", end: "2026-01-31T08:01:00.500Z" },
      "2026-01-31T08:00:00.000Z",
      "2026-01-31T08:01:00.500Z",
    ],
    [
      { start: "2026-01-31T10:00:00", end: "2026-01-31T10:01:00" },
      "2026-01-31T10:00:00.000Z",
      "2026-01-31T10:01:00.000Z",
    ],
    [
      { start: "2026-01-31T11:00:00Z", end: "2026-01-31T12:00:30Z" },
      "2026-01-31T11:00:00.000Z",
      "2026-01-31T12:00:30.000Z",
    ],
  ];
  for (const [request, start, end] of accepted) {
    it(`${JSON.stringify(request)} is ${start} to ${end}`, () =>
      assert.deepEqual(evaluationWindow(request, NOW), { ok: true, start, end }));
  }

  const refused: [WindowRequest, string, RegExp][] = [
    [
      { start: "2026-01-31T10:00:00Z", end: "2026-01-31T11:00:00Z", timeframe: "5m" },
      "timeframe",
      /mutually exclusive/,
    ],
    [{ end: "2026-01-31T11:00:00Z", timeframe: "5m" }, "timeframe", /mutually exclusive/],
    [{ end: "2026-01-31T11:00:00Z" }, "end", /needs a start/],
    [{ start: "2026-01-31T11:00:00Z" }, "start", /needs an end or a timeframe/],
    [{ timeframe: "59s" }, "timeframe", /at least 1 minute/],
    [{ timeframe: "5" }, "timeframe", /such as 5m/],
    [{ timeframe: "-5m" }, "timeframe", /such as 5m/],
    [{ timeframe: "90000000h" }, "timeframe", /before the year 1|no duration/],
    [{ start: "yesterday", timeframe: "5m" }, "start", /RFC 3339/],
    [{ start: "2026-02-30T10:00:00Z", timeframe: "5m" }, "start", /RFC 3339/],
    [{ start: "2026-01-31T10:00:00Z", end: "2026-01-31 11:00" }, "end", /RFC 3339/],
    [{ start: "2026-01-31T10:00:00Z", end: "2026-01-31T09:00:00Z" }, "end", /ends before it begins/],
    [{ start: "2026-01-31T10:00:00Z", end: "2026-01-31T10:00:59Z" }, "end", /at least 1 minute/],
    [{ start: "2026-01-31T11:00:00Z", end: "2026-01-31T13:00:00Z" }, "end", /future/],
    [{ start: "2026-01-31T11:58:00Z", timeframe: "5m" }, "timeframe", /future/],
  ];
  for (const [request, field, why] of refused) {
    it(`${JSON.stringify(request)} is refused for its ${field}`, () => {
      const window = evaluationWindow(request, NOW);
      assert.ok(!window.ok);
      assert.equal(window.field, field);
      assert.match(window.why, why);
    });
  }
});
