import assert from "node:assert/strict";
import { age, localTime, span, timeRange } from "./time.ts";
import { renderTable, type Column } from "./table.ts";

interface Row {
  name: string;
  text?: string;
}

const columns: Column<Row>[] = [
  { header: "NAME", value: ({ name }) => name },
  { header: "TEXT", value: ({ text }) => text, flexible: true },
  { header: "LENGTH", value: ({ name }) => name.length },
  { header: "MORE", value: () => "more", wide: true },
];
const rows = [{ name: "carts", text: "a\nlong\u001b[2J text that goes on" }, { name: "orders-service" }];

describe("tables", () => {
  it("align columns two blanks apart, with - for what is missing and nothing that steers a terminal", () => {
    assert.deepEqual(renderTable(rows, columns, { wide: false }), [
      "NAME            TEXT                          LENGTH",
      "carts           a long [2J text that goes on  5",
      "orders-service  -                             14",
    ]);
  });

  it("cut the flexible column to the terminal's width", () => {
    const lines = renderTable(rows, columns, { wide: false, width: 40 });
    assert.equal(lines[1], "carts           a long [2J text…  5");
    assert.ok(lines.every((line) => line.length <= 40));
  });

  it("wide shows every column and cuts nothing", () => {
    const lines = renderTable(rows, columns, { wide: true, width: 20 });
    assert.match(lines[0]!, /MORE$/);
    assert.match(lines[1]!, /goes on/);
  });

  it("colour does not shift columns", () => {
    const painted = columns.map((column) => ({ ...column, color: (text: string) => `<${text}>` }));
    assert.match(renderTable(rows, painted, { wide: false })[1]!, /^<carts> {11}<a long/);
  });
});

describe("times", () => {
  for (const [ms, text] of [
    [12, "12ms"],
    [1_499, "1s"],
    [90_000, "90s"],
    [125_000, "2m5s"],
    [3_600_000, "60m"],
    [4 * 3_600_000, "4h"],
    [5 * 3_600_000 + 120_000, "5h2m"],
    [72 * 3_600_000, "3d"],
  ] as const) {
    it(`${ms} ms is ${text}`, () => assert.equal(span(ms), text));
  }

  const now = new Date("2026-01-31T12:00:00.000Z");

  it("ages count from now, and never below zero", () => {
    assert.equal(age("2026-01-31T11:59:00Z", now), "60s");
    assert.equal(age("2026-01-31T12:00:05Z", now), "0ms");
    assert.equal(age(undefined, now), undefined);
  });

  it("--since is a time before now; --from takes a day", () => {
    assert.deepEqual(timeRange({ since: "1h30m" }, now), { from: "2026-01-31T10:30:00.000Z", to: undefined });
    assert.deepEqual(timeRange({ from: "2026-01-30" }, now), { from: "2026-01-30T00:00:00.000Z", to: undefined });
  });

  it("tables show the reader's own time", () => {
    assert.equal(localTime("2026-01-31T23:30:00.000Z", "Europe/Vienna"), "2026-02-01 00:30:00");
  });
});
