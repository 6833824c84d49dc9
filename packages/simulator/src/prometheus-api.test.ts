import assert from "node:assert/strict";
import { listen, type Listener } from "./http.ts";
import { prometheusApi } from "./prometheus-api.ts";
import { createTimeSeries } from "./timeseries.ts";

describe("Prometheus API", () => {
  const now = Date.parse("2026-05-04T09:00:00Z");
  const seconds = now / 1000;
  const store = createTimeSeries(600_000);
  for (let ago = 60; ago >= 0; ago -= 10) {
    store.append({ __name__: "p90", service: "carts" }, now - ago * 1000, 500 - ago);
    store.append({ __name__: "p90", service: "orders" }, now - ago * 1000, NaN);
  }
  let server: Listener;
  before(async () => {
    server = await listen(
      prometheusApi(store, () => now, () => "up 1\n"), // prettier-ignore
      "127.0.0.1",
      0,
    );
  });
  after(() => server.close());

  async function get(path: string, parameters: Record<string, string> = {}) {
    const response = await fetch(`${server.url}${path}?${new URLSearchParams(parameters)}`);
    return { status: response.status, body: (await response.json()) as unknown };
  }
  const vector = (result: unknown) => ({ status: "success", data: { resultType: "vector", result } });
  const carts = { __name__: "p90", service: "carts" };

  it("answers an instant query now and at another time, by GET and by POST", async () => {
    const query = 'p90{service="carts"}';
    assert.deepEqual(
      (await get("/api/v1/query", { query })).body,
      vector([{ metric: carts, value: [seconds, "500"] }]),
    );
    const earlier = { metric: carts, value: [seconds - 30, "470"] };
    for (const time of [String(seconds - 30), "2026-05-04T08:59:30Z"]) {
      assert.deepEqual((await get("/api/v1/query", { query, time })).body, vector([earlier]));
    }
    const response = await fetch(`${server.url}/api/v1/query`, {
      method: "POST",
      body: new URLSearchParams({ query, time: String(seconds - 30) }),
    });
    assert.deepEqual(await response.json(), vector([earlier]));
  });

  it("writes NaN as Prometheus does, and no result as an empty list", async () => {
    const { body } = await get("/api/v1/query", { query: 'p90{service="orders"}' });
    assert.deepEqual(body, vector([{ metric: { __name__: "p90", service: "orders" }, value: [seconds, "NaN"] }]));
    assert.deepEqual((await get("/api/v1/query", { query: "nothing" })).body, vector([]));
  });

  it("answers scalars and range vectors with their own types", async () => {
    const scalar = await get("/api/v1/query", { query: "2 * 3" });
    assert.deepEqual(scalar.body, { status: "success", data: { resultType: "scalar", result: [seconds, "6"] } });
    const matrix = await get("/api/v1/query", { query: 'p90{service="carts"}[20s]' });
    const values = [
      [seconds - 10, "490"],
      [seconds, "500"],
    ];
    assert.deepEqual(matrix.body, {
      status: "success",
      data: { resultType: "matrix", result: [{ metric: carts, values }] },
    });
  });

  it("answers a range query in steps", async () => {
    const range = { start: String(seconds - 20), end: String(seconds), step: "10s" };
    const { body } = await get("/api/v1/query_range", { query: 'sum(p90{service="carts"})', ...range });
    const values = [
      [seconds - 20, "480"],
      [seconds - 10, "490"],
      [seconds, "500"],
    ];
    assert.deepEqual(body, { status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } });
  });

  const good = { query: "p90", start: "0", end: "60", step: "10" };
  const refused: [title: string, path: string, parameters: Record<string, string>, error: RegExp][] = [
    ["no query", "/api/v1/query", {}, /"query": parse error: no expression found/],
    ["a bad query", "/api/v1/query", { query: "p90{" }, /"query": 1:5: parse error: unexpected end of input/],
    ["a bad time", "/api/v1/query", { query: "p90", time: "soon" }, /"time": cannot parse "soon"/],
    ["a range without a start", "/api/v1/query_range", { ...good, start: "" }, /"start": cannot parse ""/],
    ["an end before the start", "/api/v1/query_range", { ...good, start: "70" }, /"end": end timestamp must not be/],
    ["a step of zero", "/api/v1/query_range", { ...good, step: "0" }, /"step": zero or negative/],
    ["a bad step", "/api/v1/query_range", { ...good, step: "x" }, /"step": cannot parse "x"/],
    ["too many points", "/api/v1/query_range", { ...good, end: "110011", step: "10" }, /exceeded maximum resolution/],
    ["a range vector over a range", "/api/v1/query_range", { ...good, query: "p90[1m]" }, /expression type "range/],
  ];
  for (const [title, path, parameters, error] of refused) {
    it(`refuses ${title} with 400 bad_data`, async () => {
      const { status, body } = await get(path, parameters);
      const { errorType, error: message, status: word } = body as Record<string, string>;
      assert.deepEqual([status, word, errorType], [400, "error", "bad_data"]);
      assert.match(message!, error);
    });
  }

  it("is healthy, ready, tells its build and can be scraped", async () => {
    assert.equal((await fetch(`${server.url}/-/healthy`)).status, 200);
    assert.equal((await fetch(`${server.url}/-/ready`)).status, 200);
    const { body } = await get("/api/v1/status/buildinfo");
    assert.match((body as { data: { version: string } }).data.version, /simulator/);
    assert.equal(await (await fetch(`${server.url}/metrics`)).text(), "up 1\n");
  });

  it("does not know other paths and methods", async () => {
    assert.equal((await fetch(`${server.url}/api/v1/admin`)).status, 404);
    assert.equal((await fetch(`${server.url}/api/v1/query`, { method: "DELETE" })).status, 405);
  });
});
