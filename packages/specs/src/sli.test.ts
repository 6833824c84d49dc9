import assert from "node:assert/strict";
import { accepted, refused } from "./parsed-for-test.ts";
import { mergeSli, parseSli } from "./sli.ts";
import type { Sli } from "./sli.ts";

const sli = (indicators: Record<string, string>): Sli => ({ indicators });

describe("sli.yaml", () => {
  it("maps indicators to queries, over several lines too", () => {
    const { indicators } = accepted(
      parseSli(
        "spec_version: '1.0'\nindicators:\n  throughput: sum(rate(x{job='$SERVICE'}[$DURATION_SECONDS]))\n  p90: |-\n    histogram_quantile(0.9,\n      x)\n",
      ),
    );
    assert.deepEqual(
      { ...indicators },
      {
        throughput: "sum(rate(x{job='$SERVICE'}[$DURATION_SECONDS]))",
        p90: "histogram_quantile(0.9,\n  x)",
      },
    );
  });

  it("knows no indicator that was not written", () => {
    const { indicators } = accepted(parseSli("indicators: {a: b}"));
    assert.equal(indicators["toString"], undefined);
    assert.equal(Object.getPrototypeOf(indicators), null);
  });

  it("may be without indicators", () => assert.deepEqual({ ...accepted(parseSli("indicators: {}")).indicators }, {}));

  it("merges service over stage over project, indicator by indicator", () => {
    const merged = mergeSli(sli({ a: "p", b: "p", c: "p" }), sli({ b: "s", c: "s" }), sli({ c: "v", d: "v" }));
    assert.deepEqual({ ...merged.indicators }, { a: "p", b: "s", c: "v", d: "v" });
    assert.deepEqual({ ...mergeSli(undefined, sli({ a: "s" })).indicators }, { a: "s" });
    assert.deepEqual({ ...mergeSli().indicators }, {});
  });

  const refusals: [string, string, string[]][] = [
    ["no indicators", "spec_version: 1.0", ["1:1: indicators is missing, expected a mapping of indicator to query"]],
    [
      "a list of indicators",
      "indicators: [a]",
      ["1:13: indicators: found a list, expected a mapping of indicator to query"],
    ],
    [
      "a number as query",
      "indicators: {a: 1}",
      ["1:17: indicators.a: found the number 1, expected a query, in quotes"],
    ],
    [
      "an empty query",
      "indicators:\n  a:\n  b: ''\n",
      ["2:4: indicators.a: found nothing, expected a query", '3:6: indicators.b: found "", expected a query'],
    ],
    [
      "a query that is a mapping",
      "indicators: {a b: {c: d}}",
      ['1:19: indicators["a b"]: found a mapping, expected a query'],
    ],
    [
      "__proto__ as indicator",
      "indicators: {__proto__: x}",
      ['1:14: found the key "__proto__", expected another name'],
    ],
  ];
  for (const [name, text, complaints] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(refused(parseSli(text)), complaints));
  }
});
