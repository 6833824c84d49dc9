import assert from "node:assert/strict";
import { ProviderError } from "@evenkeel/runtime";
import type { OutboundRequest, Reason } from "@evenkeel/runtime";
import { dynatrace } from "./dynatrace.ts";
import { localSource, plainOutbound, sliQuery } from "./support/local-source.ts";
import type { Asked, LocalSource, Reply } from "./support/local-source.ts";
import type { SliDeps, SliQuery, SliResult } from "./types.ts";

const TOKEN = "dt0c01.ABC.secret";
const METRIC = "metricSelector=builtin:host.cpu.usage";

/** An answer of GET /api/v2/metrics/query. */
function metrics(...values: (number | null)[]): unknown {
  const data = values.map((value) => ({
    dimensions: [],
    dimensionMap: {},
    timestamps: [1714558200000],
    values: [value],
  }));
  const result = [{ metricId: "builtin:service.response.time:percentile(90)", dataPointCountRatio: 0.1, data }];
  return { totalCount: values.length, nextPageKey: null, resolution: "Inf", result };
}

describe("the dynatrace SLI provider", () => {
  let source: LocalSource;
  let deps: SliDeps;
  beforeEach(async () => {
    source = await localSource();
    source.reply = { body: metrics(42) };
    deps = { outbound: plainOutbound(), signal: new AbortController().signal };
  });
  afterEach(() => source.close());

  function settings(given: Record<string, unknown> = {}) {
    return dynatrace.settings.parse({ tenantUrl: source.url, apiToken: TOKEN, ...given });
  }

  function fetch(query: string, given: Partial<SliQuery> = {}): Promise<SliResult> {
    return dynatrace.fetch(settings(), sliQuery({ query, ...given }), deps);
  }

  async function asked(query: string, given: Partial<SliQuery> = {}): Promise<Asked> {
    await fetch(query, given);
    const last = source.asked.at(-1);
    assert.ok(last);
    return last;
  }

  function parameters({ parameters }: Asked): Record<string, string> {
    const { from, to, ...rest } = Object.fromEntries(parameters);
    assert.equal(from, "1714557600000");
    assert.equal(to, "1714558200000");
    return rest;
  }

  async function refusal(query: string, given: Partial<SliQuery> = {}): Promise<string> {
    try {
      await fetch(query, given);
    } catch (error) {
      assert.ok(error instanceof ProviderError, String(error));
      assert.equal(error.reason, "refused");
      assert.equal(source.asked.length, 0, "a wrong query must not be sent");
      return error.message;
    }
    return assert.fail("expected a ProviderError");
  }

  describe("forms of queries", () => {
    it("asks for a metric over the window, as one point", async () => {
      const query =
        "metricSelector=builtin:service.response.time:percentile(90)&entitySelector=type(SERVICE)&mzSelector=mzId(7)";
      const request = await asked(query);
      assert.equal(request.path, "/api/v2/metrics/query");
      assert.equal(request.method, "GET");
      assert.equal(request.headers.authorization, `Api-Token ${TOKEN}`);
      assert.deepEqual(parameters(request), {
        resolution: "Inf",
        metricSelector: "builtin:service.response.time:percentile(90)",
        entitySelector: "type(SERVICE)",
        mzSelector: "mzId(7)",
      });
    });

    it("keeps the resolution that the query asks for", async () => {
      assert.equal((await asked(`${METRIC}&resolution=5m`)).parameters.get("resolution"), "5m");
    });

    it("does not scale a metric on its own: 42 stays 42", async () => {
      assert.deepEqual(await fetch("metricSelector=builtin:service.response.time"), { value: 42 });
    });

    for (const unit of ["MicroSecond", "Microsecond", "microsecond", "Byte", "byte"]) {
      it(`divides by 1000 for MV2;${unit};`, async () => {
        source.reply = { body: metrics(250_000) };
        assert.deepEqual(await fetch(`MV2;${unit};${METRIC}`), { value: 250 });
        assert.equal(source.asked[0]?.parameters.get("metricSelector"), "builtin:host.cpu.usage");
      });
    }

    it("reads the form of 0.6 files with a scope, in milliseconds", async () => {
      source.reply = { body: metrics(250_000) };
      const query =
        "builtin:service.response.time:merge(0):percentile(90)?scope=tag(keptn_project:$PROJECT),tag(keptn_stage:$STAGE)";
      assert.deepEqual(await fetch(query), { value: 250 });
      assert.deepEqual(parameters(source.asked[0] as Asked), {
        resolution: "Inf",
        metricSelector: "builtin:service.response.time:merge(0):percentile(90)",
        entitySelector: "tag(keptn_project:sockshop),tag(keptn_stage:production),type(SERVICE)",
      });
    });

    it("reads the form of 0.6 files without a scope, unscaled for other metrics", async () => {
      assert.deepEqual(await fetch("builtin:service.requestCount.total:merge(0):sum?"), { value: 42 });
      assert.equal(source.asked[0]?.parameters.get("entitySelector"), null);
    });

    it("asks for an SLO over the window", async () => {
      source.reply = {
        body: { id: "524ca177-849b-3e8c", evaluatedPercentage: 95.66, error: "NONE", status: "FAILURE" },
      };
      assert.deepEqual(await fetch("SLO;524ca177-849b-3e8c"), { value: 95.66 });
      assert.equal(source.asked[0]?.path, "/api/v2/slo/524ca177-849b-3e8c");
      assert.deepEqual(parameters(source.asked[0] as Asked), { timeFrame: "GTF" });
    });

    it("counts problems", async () => {
      source.reply = { body: { totalCount: 2, pageSize: 50, problems: [] } };
      assert.deepEqual(await fetch('PV2;problemSelector=status("open")&entitySelector=type(SERVICE)'), { value: 2 });
      assert.equal(source.asked[0]?.path, "/api/v2/problems");
      assert.deepEqual(parameters(source.asked[0] as Asked), {
        problemSelector: 'status("open")',
        entitySelector: "type(SERVICE)",
      });
    });

    it("counts security problems, also none", async () => {
      source.reply = { body: { totalCount: 0, pageSize: 50 } };
      assert.deepEqual(await fetch('SECPV2;securityProblemSelector=status("OPEN")'), { value: 0 });
      assert.equal(source.asked[0]?.path, "/api/v2/securityProblems");
    });

    it("says that USQL is not supported, and asks nobody", async () => {
      const result = await fetch("USQL;SINGLE_VALUE;;SELECT count(*) FROM usersession");
      assert.equal(result.value, null);
      assert.match("message" in result ? result.message : "", /unsupported query form USQL/);
      assert.equal(source.asked.length, 0);
    });

    it("keeps the environment's path of a Managed address", async () => {
      await dynatrace.fetch(settings({ tenantUrl: `${source.url}/e/abc/` }), sliQuery({ query: METRIC }), deps);
      assert.equal(source.asked[0]?.path, "/e/abc/api/v2/metrics/query");
    });
  });

  describe("queries that are wrong as written", () => {
    const table: [title: string, query: string, message: RegExp][] = [
      ["unknown key", `${METRIC}&foo=bar`, /unknown key foo, expected metricSelector, /],
      ["duplicate key", `${METRIC}&${METRIC}`, /duplicate key metricSelector/],
      ["key without a value", `${METRIC}&entitySelector=`, /expected key=value, found "entitySelector="/],
      ["key alone", `${METRIC}&entitySelector`, /expected key=value/],
      ["no metricSelector", "entitySelector=type(HOST)", /metricSelector is missing/],
      ["unknown unit", `MV2;Parsec;${METRIC}`, /expected unit MicroSecond or Byte after MV2;, found "Parsec"/],
      ["MV2 without a query", "MV2;Byte", /expected key=value/],
      ["SLO without an id", "SLO;", /expected an SLO id/],
      ["SLO with a path", "SLO;../problems", /expected an SLO id/],
      ["problems without a selector", "PV2;", /expected key=value/],
      ["unknown problem key", "PV2;pageSize=1", /unknown key pageSize/],
      ["unknown security key", 'SECPV2;problemSelector=status("open")', /unknown key problemSelector/],
      ["legacy key other than scope", "builtin:host.cpu.usage?from=now-1h", /unknown key from, expected scope/],
      ["legacy scope without a value", "builtin:host.cpu.usage?scope=", /expected key=value/],
      [
        "an environment variable",
        `${METRIC}&entitySelector=tag($ENV.DT_API_TOKEN)`,
        /\$ENV placeholders are not supported/,
      ],
      ["a placeholder without a value", `${METRIC}&entitySelector=tag($CONTEXT)`, /\$CONTEXT has no value here/],
    ];
    for (const [title, query, message] of table) {
      it(`refuses: ${title}`, async () => assert.match(await refusal(query), message));
    }
  });

  describe("placeholders", () => {
    it("fills in what Keptn filled in", async () => {
      const names = [
        "PROJECT",
        "STAGE",
        "SERVICE",
        "DEPLOYMENT",
        "CONTEXT",
        "EVENT",
        "SOURCE",
        "TESTSTRATEGY",
        "LABEL.team",
        "zone",
      ];
      const query = `${METRIC}&entitySelector=${names.map((name) => `tag("$${name}")`).join(",")}`;
      const request = await asked(query, {
        labels: { team: "a" },
        filters: { zone: "eu" },
        context: "c-1",
        eventType: "sh.keptn.event.get-sli.triggered",
        source: "evaluation-worker",
        testStrategy: "performance",
      });
      const values = ["sockshop", "production", "carts", "primary", "c-1", "sh.keptn.event.get-sli.triggered"];
      values.push("evaluation-worker", "performance", "a", "eu");
      assert.equal(parameters(request)["entitySelector"], values.map((value) => `tag("${value}")`).join(","));
    });

    it("escapes values for quoted text", async () => {
      const request = await asked(`${METRIC}&entitySelector=tag("$LABEL.a")`, { labels: { a: '~"),type(HOST' } });
      assert.equal(parameters(request)["entitySelector"], 'tag("~~~"),type(HOST")');
    });

    it("never lets a value add a key", async () => {
      const request = await asked(`${METRIC}&entitySelector=tag("$LABEL.a")`, { labels: { a: "x&resolution=1m" } });
      assert.equal(parameters(request)["entitySelector"], 'tag("x&resolution=1m")');
      assert.equal(parameters(request)["resolution"], "Inf");
    });

    it("refuses foreign text outside quotation marks", async () => {
      const labels = { a: "x),type(HOST" };
      assert.match(await refusal(`${METRIC}&entitySelector=tag($LABEL.a)`, { labels }), /\$LABEL\.a/);
      assert.match(await refusal("SLO;$LABEL.a", { labels: { a: ".." } }), /expected an SLO id/);
    });
  });

  describe("built-in queries", () => {
    it("give response times in milliseconds, for the service's tags", async () => {
      source.reply = { body: metrics(250_000) };
      assert.deepEqual(await fetch("", { indicator: "response_time_p95" }), { value: 250 });
      assert.deepEqual(parameters(source.asked[0] as Asked), {
        resolution: "Inf",
        metricSelector: 'builtin:service.response.time:merge("dt.entity.service"):percentile(95)',
        entitySelector:
          'type(SERVICE),tag("keptn_project:sockshop"),tag("keptn_stage:production"),tag("keptn_service:carts"),tag("keptn_deployment:primary")',
      });
    });

    for (const indicator of ["throughput", "error_rate", "response_time_p50", "response_time_p90"]) {
      it(`serve ${indicator}`, async () => {
        assert.notEqual((await fetch("", { indicator })).value, null);
      });
    }

    it("leave any other name without a value", async () => {
      assert.deepEqual(await fetch("", { indicator: "cpu" }), { value: null, message: "unsupported SLI cpu" });
    });
  });

  describe("answers without one value", () => {
    const none = "query did not return any values";
    const warned = { totalCount: 0, result: [{ metricId: "x", data: [], warnings: ["No such metric"] }] };
    const table: [title: string, query: string, body: unknown, message: string][] = [
      ["no series", METRIC, metrics(), none],
      ["no result", METRIC, { totalCount: 0, nextPageKey: null, result: [] }, none],
      ["a null point", METRIC, metrics(null), none],
      ["several series", METRIC, metrics(1, 2), "query did return multiple values (2)"],
      ["a warning", METRIC, warned, `${none}; Dynatrace warns: No such metric`],
      ["an SLO without data", "SLO;a", { evaluatedPercentage: -1, error: "NONE" }, none],
      [
        "an SLO that failed",
        "SLO;a",
        { evaluatedPercentage: -1, error: "METRIC_MISSING" },
        "SLO was not evaluated: METRIC_MISSING",
      ],
    ];
    for (const [title, query, body, message] of table) {
      it(`${title}: "${message}"`, async () => {
        source.reply = { body };
        assert.deepEqual(await fetch(query), { value: null, message });
      });
    }
  });

  describe("trouble", () => {
    const violated = {
      error: {
        code: 400,
        message: "Constraints violated.",
        constraintViolations: [
          { path: "metricSelector", message: "unknown metric", parameterLocation: "QUERY", location: null },
        ],
      },
    };
    const denied = { error: { code: 401, message: `Token ${TOKEN} is missing required scope` } };
    const table: [title: string, reply: Reply, reason: Reason, message: RegExp][] = [
      [
        "400",
        { status: 400, body: violated },
        "refused",
        /400: Constraints violated\. metricSelector: unknown metric$/,
      ],
      ["401", { status: 401, body: denied }, "auth", /401: Token \*\*\* is missing required scope$/],
      ["403", { status: 403, body: "" }, "auth", /403$/],
      ["404", { status: 404, body: { error: { code: 404, message: "SLO not found" } } }, "not-found", /SLO not found/],
      ["500", { status: 500, body: "<html>" }, "server-error", /500$/],
      ["503", { status: 503, body: "" }, "server-error", /503$/],
      ["not JSON", { body: "<html>sign in" }, "bad-response", /not JSON/],
      ["another shape", { body: { result: 5 } }, "bad-response", /at result/],
      [
        "a value as text",
        { body: { result: [{ data: [{ values: ["5"] }] }] } },
        "bad-response",
        /at result\.0\.data\.0\.values\.0/,
      ],
    ];
    for (const [title, reply, reason, message] of table) {
      it(`${title}: ${reason}, without the token`, async () => {
        source.reply = reply;
        await assert.rejects(fetch(METRIC), (error) => {
          assert.ok(error instanceof ProviderError);
          assert.equal(error.reason, reason);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        });
      });
    }

    it("429: rate-limited, with the wait", async () => {
      source.reply = {
        status: 429,
        headers: { "retry-after": "3" },
        body: { error: { code: 429, message: "Too many" } },
      };
      await assert.rejects(fetch(METRIC), { reason: "rate-limited", retryAfterMs: 3000 });
    });

    it("a hanging tenant: gives up when told to", async () => {
      source.reply = { hang: true };
      const stop = new AbortController();
      const result = dynatrace.fetch(settings(), sliQuery({ query: METRIC }), { ...deps, signal: stop.signal });
      await source.nextRequest();
      stop.abort();
      await assert.rejects(result, { name: "ProviderError", reason: "timeout" });
    });
  });

  describe("range", () => {
    const range = (query: string, stepSeconds = 8, given: Partial<SliQuery> = {}) =>
      dynatrace.range!(settings(), sliQuery({ query, ...given }), stepSeconds, deps);

    function series(...given: [number, number | null][][]): unknown {
      const data = given.map((points) => ({
        dimensions: [],
        timestamps: points.map(([time]) => time),
        values: points.map(([, value]) => value),
      }));
      return { totalCount: data.length, nextPageKey: null, resolution: "1m", result: [{ metricId: "m", data }] };
    }

    beforeEach(() => {
      source.reply = {
        body: series([
          [1714557660000, 1_200_000],
          [1714557720000, null],
          [1714557780000, 400_000],
        ]),
      };
    });

    it("asks for the same metric, point by point, and leaves gaps out", async () => {
      const { points, lookBackSeconds } = await range(`MV2;MicroSecond;${METRIC}&resolution=Inf`);
      assert.deepEqual(points, [
        [1714557660, 1200],
        [1714557780, 400],
      ]);
      assert.equal(lookBackSeconds, 60);
      const last = source.asked.at(-1)!;
      assert.equal(last.path, "/api/v2/metrics/query");
      assert.deepEqual(parameters(last), { metricSelector: "builtin:host.cpu.usage", resolution: "1m" });
    });

    for (const [step, resolution] of [
      [1, "1m"],
      [60, "1m"],
      [61, "2m"],
      [400, "7m"],
    ] as const) {
      it(`a step of ${step} s is a resolution of ${resolution}`, async () => {
        await range(METRIC, step);
        assert.equal(source.asked.at(-1)!.parameters.get("resolution"), resolution);
      });
    }

    it("serves the built-in indicators", async () => {
      const { points } = await range("", 8, { indicator: "response_time_p90" });
      assert.deepEqual(
        points.map(([, value]) => value),
        [1200, 400],
      );
    });

    for (const [query, message] of [
      ["SLO;abc", /curves of metrics only/],
      ["PV2;problemSelector=status(open)", /curves of metrics only/],
      ["USQL;SINGLE_VALUE;;SELECT 1", /USQL/],
    ] as const) {
      it(`${query} has no curve, says why, and asks nobody`, async () => {
        const curve = await range(query);
        assert.deepEqual(curve.points, []);
        assert.match(curve.message!, message);
        assert.equal(source.asked.length, 0);
      });
    }

    it("is empty without data", async () => {
      source.reply = { body: series() };
      assert.deepEqual((await range(METRIC)).points, []);
    });

    it("refuses several series", async () => {
      source.reply = { body: series([[1714557660000, 1]], [[1714557660000, 2]]) };
      await assert.rejects(range(METRIC), { reason: "refused", message: /multiple series \(2\)/ });
    });

    it("says what the tenant says, without the token", async () => {
      source.reply = { status: 403, body: { error: { code: 403, message: `Token ${TOKEN} is missing a scope` } } };
      await assert.rejects(range(METRIC), (error: ProviderError) => {
        assert.equal(error.reason, "auth");
        assert.ok(!error.message.includes(TOKEN));
        return true;
      });
    });
  });

  it("hands TLS settings and the deadline to the way out", async () => {
    const sent: OutboundRequest[] = [];
    const tls = { ca: "CA" };
    const outbound = plainOutbound(sent);
    await dynatrace.fetch(settings({ tls, timeoutMs: 5000 }), sliQuery({ query: METRIC }), { ...deps, outbound });
    assert.deepEqual(sent[0]?.tls, tls);
    assert.equal(sent[0]?.deadlineMs, 5000);
  });

  it("is ready when the token may read metrics", async () => {
    source.reply = { body: { totalCount: 1, metrics: [] } };
    await dynatrace.ready?.(settings(), deps);
    assert.equal(source.asked[0]?.path, "/api/v2/metrics");
    source.reply = { status: 401 };
    await assert.rejects(dynatrace.ready?.(settings(), deps) ?? Promise.resolve(), { reason: "auth" });
  });
});
