import assert from "node:assert/strict";
import { createTimeSeries } from "../timeseries.ts";
import { evaluate } from "./evaluate.ts";
import { parse } from "./parse.ts";
import { increase } from "./rate.ts";
import { parseDuration, PromqlError } from "./tokens.ts";

const store = createTimeSeries(600_000);
for (let second = 0; second <= 100; second += 10) {
  const at = second * 1000;
  store.append({ __name__: "p90", service: "carts", stage: "production" }, at, second);
  store.append({ __name__: "p90", service: "orders", stage: "production" }, at, 1000);
  store.append({ __name__: "total", service: "carts", code: "200" }, at, second * 8);
  store.append({ __name__: "total", service: "carts", code: "503" }, at, second * 2);
  store.append({ __name__: "empty", service: "carts" }, at, NaN);
}

function run(query: string, at = 100_000): [Record<string, string>, number][] {
  const value = evaluate(parse(query), store, at);
  assert.equal(value.kind, "vector");
  return value.kind === "vector" ? value.elements.map(({ metric, value }) => [{ ...metric }, value]) : [];
}

const carts = { service: "carts", stage: "production" };
const orders = { service: "orders", stage: "production" };

describe("PromQL subset", () => {
  const answers: [query: string, result: [Record<string, string>, number][]][] = [
    ['p90{service="carts"}', [[{ __name__: "p90", ...carts }, 100]]],
    ['p90{service!="carts"}', [[{ __name__: "p90", ...orders }, 1000]]],
    ["p90{service='carts',}", [[{ __name__: "p90", ...carts }, 100]]],
    ['{__name__="p90",service="carts"}', [[{ __name__: "p90", ...carts }, 100]]],
    ['p90{service="carts",absent=""}', [[{ __name__: "p90", ...carts }, 100]]],
    ["nothing", []],
    ['avg_over_time(p90{service="carts"}[30s])', [[carts, 90]]],
    ['max_over_time(p90{service="carts"}[1m])', [[carts, 100]]],
    ['min_over_time(p90{service="carts"}[1m])', [[carts, 50]]],
    ['last_over_time(p90{service="carts"}[1m])', [[{ __name__: "p90", ...carts }, 100]]],
    ['rate(total{code="200"}[40s])', [[{ service: "carts", code: "200" }, 8]]],
    ['increase(total{code="200"}[40s])', [[{ service: "carts", code: "200" }, 320]]],
    ["sum(rate(total[40s]))", [[{}, 10]]],
    ["sum by (service) (rate(total[40s]))", [[{ service: "carts" }, 10]]],
    ["sum(rate(total[40s])) by (service)", [[{ service: "carts" }, 10]]],
    ["avg(p90) by (stage)", [[{ stage: "production" }, 550]]],
    ["max(p90)", [[{}, 1000]]],
    ["min(p90)", [[{}, 100]]],
    ["count(p90)", [[{}, 2]]],
    ["p90 > 999", [[{ __name__: "p90", ...orders }, 1000]]],
    ["p90 <= 100", [[{ __name__: "p90", ...carts }, 100]]],
    ["p90 > -1 ", run("p90")],
    ["sum(p90) < 1", []],
    ['sum(rate(total{code="503"}[40s])) / sum(rate(total[40s])) * 100', [[{}, 20]]],
    ['(p90{service="carts"} + 1) * 2', [[carts, 202]]],
    ['2 - p90{service="carts"}', [[carts, -98]]],
  ];
  for (const [query, result] of answers) {
    it(query, () => assert.deepEqual(run(query), result));
  }

  it("keeps NaN apart from a number: no comparison holds", () => {
    assert.equal(run("empty").length, 1);
    assert.ok(Number.isNaN(run("avg_over_time(empty[30s])")[0]![1]));
    assert.ok(Number.isNaN(run("max_over_time(empty[30s])")[0]![1]));
    assert.deepEqual(run("empty > 0"), []);
  });

  it("sees a point for five minutes and not before its time", () => {
    assert.equal(run("p90", 399_999).length, 2);
    assert.equal(run("p90", 400_000).length, 0);
    assert.equal(run("p90", -1).length, 0);
    assert.equal(run('p90{service="carts"}', 59_999)[0]![1], 50);
  });

  const refused: [query: string, message: RegExp, column: number | undefined][] = [
    ["", /no expression found/, undefined],
    ['p90{service=~"c.*"}', /regular expression matchers are not supported/, 12],
    ['p90{service!~"c.*"}', /regular expression matchers are not supported/, 12],
    ['p90{service="carts"', /unexpected end of input/, 20],
    ["p90{service=carts}", /expected a label value in quotes/, 13],
    ["p90[30]", /expected a duration/, 5],
    ["histogram_quantile(0.9, x)", /unknown function with name "histogram_quantile"/, 1],
    ["rate(total)", /expected type range vector in call to function "rate"/, 6],
    ["p90 offset 5m", /unexpected "offset"/, 5],
    ["p90 > p90", /only a comparison with a number/, 10],
    ["p90 > bool 5", /bool modifier is not supported/, 7],
    ["1 > 2", /comparisons between scalars must use BOOL modifier/, 6],
    ["sum without (code) (total)", /without \(...\) is not supported/, 5],
    ["p90 and p90", /unexpected "and"/, 5],
    ["p90 % 2", /unexpected character: "%"/, 5],
    ["{}", /at least one non-empty matcher/, 1],
    ['{a!="b"}', /at least one non-empty matcher/, 1],
    ["p90)", /unexpected "\)"/, 4],
    ["5abc", /unexpected character: "5"/, 1],
  ];
  for (const [query, message, column] of refused) {
    it(`refuses ${query === "" ? "the empty query" : query}`, () => {
      assert.throws(
        () => parse(query),
        (error: unknown) => {
          assert.ok(error instanceof PromqlError);
          assert.match(error.message, message);
          assert.equal(error.column, column);
          return true;
        },
      );
    });
  }

  it("refuses types that do not fit", () => {
    assert.throws(() => evaluate(parse("sum(1)"), store, 0), /expected type instant vector in aggregation, got scalar/);
    assert.throws(() => evaluate(parse("p90[1m] > 1"), store, 0), /instant vector in comparison, got matrix/);
    assert.throws(() => evaluate(parse("sum(p90[1m])"), store, 0), /got matrix/);
  });

  it("reads durations", () => {
    assert.deepEqual(["30s", "1m30s", "500ms", "2h", "1d", "5", ""].map(parseDuration), [
      30_000,
      90_000,
      500,
      7_200_000,
      86_400_000,
      undefined,
      undefined,
    ]);
  });
});

describe("rate", () => {
  const cases: [name: string, points: [number, number][], end: number, rate: number | undefined][] = [
    ["steady counter", [[15, 115], [30, 130], [45, 145], [60, 160]], 60, 1], // prettier-ignore
    ["steady counter, window ends after the last point", [[15, 115], [30, 130], [45, 145], [60, 160]], 65, 1], // prettier-ignore
    ["one increment", [[15, 7], [30, 7], [45, 8], [60, 8]], 60, 0.022222], // prettier-ignore
    ["fresh series that stays at 1", [[30, 1], [45, 1], [60, 1]], 60, 0], // prettier-ignore
    ["fresh series, extended by half an interval", [[30, 1], [45, 1], [60, 2]], 60, 0.020833], // prettier-ignore
    ["counter reset", [[15, 100], [30, 115], [45, 3], [60, 18]], 60, 0.73333], // prettier-ignore
    ["a single point", [[60, 5]], 60, undefined],
    ["no extension below zero", [[15, 0], [30, 0], [45, 100], [60, 100]], 60, 1.66667], // prettier-ignore
    ["two points of a slow scrape", [[30, 30], [60, 60]], 60, 1], // prettier-ignore
  ];
  for (const [name, points, end, expected] of cases) {
    it(name, () => {
      const total = increase(points.map(([at, value]) => ({ at: at * 1000, value })), end * 1000, 60_000); // prettier-ignore
      const rate = total === undefined ? undefined : Number((total / 60).toPrecision(5));
      assert.equal(rate, expected === undefined ? undefined : Number(expected.toPrecision(5)));
    });
  }
});
