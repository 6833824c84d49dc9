import assert from "node:assert/strict";
import { ProviderError } from "@evenkeel/runtime";
import type { OutboundRequest, Reason } from "@evenkeel/runtime";
import { prometheus } from "./prometheus.ts";
import { localSource, plainOutbound, sliQuery } from "./support/local-source.ts";
import type { LocalSource, Reply } from "./support/local-source.ts";
import type { SliDeps, SliQuery, SliResult } from "./types.ts";

function vector(...values: string[]): unknown {
  const result = values.map((value, at) => ({ metric: { instance: `${at}` }, value: [1714557000, value] }));
  return { status: "success", data: { resultType: "vector", result } };
}

function refusal(errorType: string, error: string): unknown {
  return { status: "error", errorType, error };
}

describe("the prometheus SLI provider", () => {
  let source: LocalSource;
  let deps: SliDeps;
  beforeEach(async () => {
    source = await localSource();
    source.reply = { body: vector("321.5") };
    deps = { outbound: plainOutbound(), signal: new AbortController().signal };
  });
  afterEach(() => source.close());

  function settings(given: Record<string, unknown> = {}) {
    return prometheus.settings.parse({ url: source.url, ...given });
  }

  function fetch(given: Partial<SliQuery> = {}, with_: Record<string, unknown> = {}): Promise<SliResult> {
    return prometheus.fetch(settings(with_), sliQuery({ query: "up", ...given }), deps);
  }

  async function sentQuery(given: Partial<SliQuery>): Promise<string> {
    await fetch(given);
    return source.asked.at(-1)?.parameters.get("query") ?? "";
  }

  async function trouble(reply: Reply, with_: Record<string, unknown> = {}): Promise<ProviderError> {
    source.reply = reply;
    try {
      await fetch({}, with_);
    } catch (error) {
      assert.ok(error instanceof ProviderError, String(error));
      return error;
    }
    return assert.fail("expected a ProviderError");
  }

  it("sends the query as a form, at the end of the window", async () => {
    assert.deepEqual(await fetch({ query: "sum(up)" }), { value: 321.5 });
    const asked = source.asked[0];
    assert.equal(asked?.method, "POST");
    assert.equal(asked?.path, "/api/v1/query");
    assert.equal(asked?.headers["content-type"], "application/x-www-form-urlencoded");
    assert.equal(asked?.parameters.get("query"), "sum(up)");
    assert.equal(asked?.parameters.get("time"), "1714558200");
  });

  it("keeps the path prefix of the address", async () => {
    await fetch({}, { url: `${source.url}/prometheus/` });
    assert.equal(source.asked[0]?.path, "/prometheus/api/v1/query");
  });

  describe("answers", () => {
    const none = "query did not return any values";
    const scalar = { status: "success", data: { resultType: "scalar", result: [1714557000, "3"] } };
    const histogram = {
      status: "success",
      data: { resultType: "vector", result: [{ metric: {}, histogram: [1714557000, { count: "1", sum: "1" }] }] },
    };
    const table: [title: string, body: unknown, result: SliResult][] = [
      ["one element", vector("0.25"), { value: 0.25 }],
      ["zero", vector("0"), { value: 0 }],
      ["a scalar", scalar, { value: 3 }],
      ["an exponent", vector("1.5e+06"), { value: 1_500_000 }],
      ["no element", vector(), { value: null, message: none }],
      ["two elements", vector("1", "2"), { value: null, message: "query did return multiple values (2)" }],
      ["NaN", vector("NaN"), { value: null, message: "query did not return valid values" }],
      ["+Inf", vector("+Inf"), { value: null, message: "query did not return valid values" }],
      ["-Inf", vector("-Inf"), { value: null, message: "query did not return valid values" }],
      ["an empty value", vector(""), { value: null, message: "query did not return valid values" }],
      ["a native histogram", histogram, { value: null, message: "query did not return valid values" }],
    ];
    for (const [title, body, result] of table) {
      it(`${title}: ${result.value ?? `no value, "${"message" in result ? result.message : ""}"`}`, async () => {
        source.reply = { body };
        assert.deepEqual(await fetch(), result);
      });
    }
  });

  describe("trouble", () => {
    const parseError = 'invalid parameter "query": 1:5: parse error: unexpected end of input';
    const table: [title: string, reply: Reply, reason: Reason, message: RegExp][] = [
      [
        "400",
        { status: 400, body: refusal("bad_data", parseError) },
        "refused",
        /400: invalid parameter "query": 1:5: parse error/,
      ],
      [
        "422",
        { status: 422, body: refusal("execution", "found duplicate series") },
        "refused",
        /found duplicate series/,
      ],
      ["401", { status: 401, body: "Unauthorized\n" }, "auth", /401$/],
      ["403", { status: 403, body: "" }, "auth", /403$/],
      ["404", { status: 404, body: "404 page not found" }, "not-found", /404$/],
      ["500", { status: 500, body: "<html>oops" }, "server-error", /500$/],
      ["503", { status: 503, body: refusal("timeout", "query timed out") }, "server-error", /query timed out/],
      ["a redirect", { status: 302, headers: { location: "http://169.254.169.254/" } }, "refused", /302$/],
      ["not JSON", { body: "<html>" }, "bad-response", /not JSON/],
      ["an empty answer", { body: "" }, "bad-response", /not JSON/],
      ["a cut answer", { body: '{"status":"success","da' }, "bad-response", /not JSON/],
      ["another shape", { body: { status: "success", data: 5 } }, "bad-response", /at data/],
      ["an error with 200", { body: refusal("bad_data", "x") }, "bad-response", /at status/],
      [
        "a matrix",
        { body: { status: "success", data: { resultType: "matrix", result: [] } } },
        "refused",
        /returned a matrix, expected an instant vector or a scalar/,
      ],
    ];
    for (const [title, reply, reason, message] of table) {
      it(`${title}: ${reason}`, async () => {
        const error = await trouble(reply);
        assert.equal(error.reason, reason);
        assert.match(error.message, message);
        assert.match(error.message, /response_time_p90/);
      });
    }

    it("429: rate-limited, with the wait in seconds", async () => {
      const error = await trouble({ status: 429, headers: { "retry-after": "7" } });
      assert.equal(error.reason, "rate-limited");
      assert.equal(error.retryAfterMs, 7000);
    });

    it("429: rate-limited, with the wait as a date", async () => {
      const headers = { date: "Wed, 01 May 2024 10:00:00 GMT", "retry-after": "Wed, 01 May 2024 10:00:30 GMT" };
      assert.equal((await trouble({ status: 429, headers })).retryAfterMs, 30_000);
    });

    it("429: rate-limited, without a usable wait", async () => {
      assert.equal((await trouble({ status: 429, headers: { "retry-after": "soon" } })).retryAfterMs, undefined);
    });

    it("a hanging server: gives up when told to", async () => {
      source.reply = { hang: true };
      const stop = new AbortController();
      const result = prometheus.fetch(settings(), sliQuery({ query: "up" }), { ...deps, signal: stop.signal });
      await source.nextRequest();
      stop.abort();
      await assert.rejects(result, { name: "ProviderError", reason: "timeout" });
    });

    it("a closed port: unreachable, not healthy", async () => {
      const gone = await localSource();
      await gone.close();
      await assert.rejects(fetch({}, { url: gone.url }), { reason: "unreachable" });
    });

    it("keeps our secrets and control characters out of messages", async () => {
      const error = await trouble(
        { status: 400, body: refusal("bad_data", "token s3cret\u001b[31m\nrefused") },
        { auth: { type: "bearer", token: "s3cret" } },
      );
      assert.match(error.message, /token \*\*\* \[31m refused/);
      const basic = await trouble(
        { status: 400, body: refusal("bad_data", "got Basic dTpwdw== with pw") },
        { auth: { type: "basic", username: "u", password: "pw" } },
      );
      assert.match(basic.message, /got Basic \*\*\* with \*\*\*/);
    });
  });

  describe("access", () => {
    it("sends no credentials unless it has some", async () => {
      await fetch();
      assert.equal(source.asked[0]?.headers.authorization, undefined);
    });
    it("sends basic credentials", async () => {
      await fetch({}, { auth: { type: "basic", username: "u", password: "p:w" } });
      assert.equal(source.asked[0]?.headers.authorization, `Basic ${Buffer.from("u:p:w").toString("base64")}`);
    });
    it("sends a bearer token and extra headers", async () => {
      await fetch({}, { auth: { type: "bearer", token: "abc" }, headers: { "X-Scope-OrgID": "team-a" } });
      assert.equal(source.asked[0]?.headers.authorization, "Bearer abc");
      assert.equal(source.asked[0]?.headers["x-scope-orgid"], "team-a");
    });
    it("hands TLS settings, deadline and size limit to the way out", async () => {
      const sent: OutboundRequest[] = [];
      const tls = { ca: "CA", cert: "CERT", key: "KEY", insecureSkipVerify: false };
      await prometheus.fetch(settings({ tls, timeoutMs: 5000 }), sliQuery({ query: "up" }), {
        ...deps,
        outbound: plainOutbound(sent),
      });
      assert.deepEqual(sent[0]?.tls, tls);
      assert.equal(sent[0]?.deadlineMs, 5000);
      assert.ok((sent[0]?.maxBytes ?? Infinity) < 300e6);
    });

    const refusedSettings: [title: string, given: Record<string, unknown>][] = [
      ["credentials in the address", { url: "http://u:p@localhost:9090" }],
      ["another protocol", { url: "ftp://localhost" }],
      ["both kinds of credentials", { auth: { type: "bearer", token: "x", password: "p" } }],
      ["a token with a line break", { auth: { type: "bearer", token: "a\r\nb: c" } }],
      ["a certificate without its key", { tls: { cert: "x" } }],
      ["an unknown setting", { token: "x" }],
    ];
    for (const [title, given] of refusedSettings) {
      it(`refuses ${title}`, () => {
        assert.equal(prometheus.settings.safeParse({ url: "http://localhost:9090", ...given }).success, false);
      });
    }
  });

  describe("placeholders", () => {
    const table: [title: string, given: Partial<SliQuery>, sent: string][] = [
      ["names", { query: 'x{job="$SERVICE-$PROJECT-$STAGE"}' }, 'x{job="carts-sockshop-production"}'],
      ["deployment", { query: 'x{d="$DEPLOYMENT"}', deployment: "canary" }, 'x{d="canary"}'],
      ["deployment is primary when not given", { query: 'x{d="$DEPLOYMENT"}', deployment: "" }, 'x{d="primary"}'],
      ["window", { query: "rate(x[$DURATION_SECONDS])" }, "rate(x[600s])"],
      [
        "window rounded up",
        { query: "rate(x[$DURATION_SECONDS])", end: new Date("2024-05-01T10:00:59.001Z") },
        "rate(x[60s])",
      ],
      [
        "an empty window is one second",
        { query: "rate(x[$DURATION_SECONDS])", end: new Date("2024-05-01T10:00:00Z") },
        "rate(x[1s])",
      ],
      ["label", { query: 'x{pod="$LABEL.pod"}', labels: { pod: "carts-1" } }, 'x{pod="carts-1"}'],
      ["longest label name", { query: '"$LABEL.pod_ip"', labels: { pod: "a", pod_ip: "b" } }, '"b"'],
      ["filters in both spellings", { query: '"$handler $HANDLER"', filters: { handler: "Items" } }, '"Items Items"'],
      ["name inside a word", { query: "$SERVICE_total" }, "carts_total"],
      ["unknown ones stay", { query: 'x{a="$NOPE",b=~"foo$"}' }, 'x{a="$NOPE",b=~"foo$"}'],
      ["values are not filled in again", { query: '"$LABEL.a"', labels: { a: "$PROJECT" } }, '"$PROJECT"'],
      [
        "double quotes and backslashes",
        { query: 'x{a="$LABEL.a"}', labels: { a: `"} or vector(0) #\\'\n` } },
        `x{a="\\"} or vector(0) #\\\\'\\n"}`,
      ],
      ["single quotes", { query: "x{a='$LABEL.a'}", labels: { a: `'"` } }, `x{a='\\'"'}`],
      ["quotes after an escaped one", { query: `x{a="\\"$LABEL.a"}`, labels: { a: '"' } }, `x{a="\\"\\""}`],
      ["backtick strings", { query: "x{a=~`\\d$LABEL.a`}", labels: { a: `\\"` } }, 'x{a=~`\\d\\"`}'],
      ["comments are left alone", { query: "# isn't $SERVICE\nup{a='$SERVICE'}" }, "# isn't $SERVICE\nup{a='carts'}"],
    ];
    for (const [title, given, sent] of table) {
      it(`fills in: ${title}`, async () => assert.equal(await sentQuery(given), sent));
    }

    it("refuses foreign text outside quotation marks", async () => {
      const labels = { metric: "up} or vector(0)" };
      await assert.rejects(fetch({ query: "sum($LABEL.metric)", labels }), {
        reason: "refused",
        message: /\$LABEL\.metric/,
      });
      assert.equal(
        await sentQuery({ query: "sum($LABEL.metric)", labels: { metric: "http_total" } }),
        "sum(http_total)",
      );
      assert.equal(source.asked.length, 1);
    });

    it("refuses a backtick in a backtick string", async () => {
      await assert.rejects(fetch({ query: "x{a=`$LABEL.a`}", labels: { a: "`} or up" } }), { reason: "refused" });
    });
  });

  describe("built-in queries", () => {
    const job = "job='carts-sockshop-production-canary'";
    const table: [indicator: string, sent: string][] = [
      ["throughput", `sum(rate(http_requests_total{${job}}[600s]))`],
      [
        "error_rate",
        `sum(rate(http_requests_total{${job},status!~'2..'}[600s])) / sum(rate(http_requests_total{${job}}[600s]))`,
      ],
      [
        "response_time_p50",
        `histogram_quantile(0.5, sum(rate(http_response_time_milliseconds_bucket{${job}}[600s])) by (le))`,
      ],
      [
        "response_time_p90",
        `histogram_quantile(0.9, sum(rate(http_response_time_milliseconds_bucket{${job}}[600s])) by (le))`,
      ],
      [
        "response_time_p95",
        `histogram_quantile(0.95, sum(rate(http_response_time_milliseconds_bucket{${job}}[600s])) by (le))`,
      ],
    ];
    for (const [indicator, sent] of table) {
      it(`serve ${indicator}`, async () => assert.equal(await sentQuery({ indicator, query: "" }), sent));
    }

    it("take filters, with their operators, and a job of one's own", async () => {
      const filters = { job: "carts", handler: "!=health", path: "=~'a|b'", note: "it's" };
      assert.equal(
        await sentQuery({ indicator: "throughput", query: " ", filters }),
        `sum(rate(http_requests_total{job='carts',handler!='health',path=~'a|b',note='it\\'s'}[600s]))`,
      );
    });

    it("refuse a filter that is no label name", async () => {
      const filters = { "a}": "x" };
      await assert.rejects(fetch({ indicator: "throughput", query: "", filters }), { reason: "refused" });
    });

    it("leave any other name without a value, and ask nobody", async () => {
      const result = await fetch({ indicator: "cpu", query: "" });
      assert.deepEqual(result, { value: null, message: "unsupported SLI cpu" });
      assert.equal(source.asked.length, 0);
    });
  });

  describe("range", () => {
    const range = (given: Partial<SliQuery> = {}) => prometheus.range!(settings(), sliQuery(given), 60, deps);

    function matrix(...series: [number, string][][]): unknown {
      return {
        status: "success",
        data: { resultType: "matrix", result: series.map((values) => ({ metric: {}, values })) },
      };
    }

    it("gives a point per step, without the ones that are not numbers", async () => {
      source.reply = {
        body: matrix([
          [1714557600, "1"],
          [1714557660, "NaN"],
          [1714557720, "2.5"],
        ]),
      };
      const query = 'rate(x{s="$SERVICE"}[$DURATION_SECONDS])';
      const { points, lookBackSeconds } = await range({ query, durationSeconds: 90 });
      assert.equal(lookBackSeconds, 90);
      assert.deepEqual(points, [
        [1714557600, 1],
        [1714557720, 2.5],
      ]);
      const asked = source.asked[0];
      assert.equal(asked?.path, "/api/v1/query_range");
      assert.equal(asked?.parameters.get("query"), 'rate(x{s="carts"}[90s])');
      assert.equal(asked?.parameters.get("start"), "1714557600");
      assert.equal(asked?.parameters.get("end"), "1714558200");
      assert.equal(asked?.parameters.get("step"), "60");
    });

    it("is empty without data", async () => {
      source.reply = { body: matrix() };
      assert.deepEqual((await range()).points, []);
    });

    it("refuses several series", async () => {
      source.reply = { body: matrix([], []) };
      await assert.rejects(range(), {
        reason: "refused",
        message: /multiple series \(2\)/,
      });
    });
  });

  it("is ready when a query is answered", async () => {
    source.reply = { body: vector("1") };
    await prometheus.ready?.(settings(), deps);
    source.reply = { status: 401 };
    await assert.rejects(prometheus.ready?.(settings(), deps) ?? Promise.resolve(), { reason: "auth" });
  });
});
