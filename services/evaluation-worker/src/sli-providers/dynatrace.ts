import { ProviderError, type OutboundResponse } from "@evenkeel/runtime";
import { z } from "zod";
import { parseDynatraceQuery, type DynatraceQuery } from "./support/dynatrace-query.ts";
import { assertOk, parseAnswer, plain, tryJson } from "./support/answers.ts";
import { BaseUrl, hostOf, Tls, under } from "./support/connection.ts";
import type { SliDeps, SliProvider, SliQuery, SliResult } from "./types.ts";

const Settings = z.strictObject({
  /** `https://<id>.live.dynatrace.com`, or `https://<domain>/e/<id>` for Managed. */
  tenantUrl: BaseUrl,
  /** Scopes by what the queries use: metrics.read, slo.read, problems.read, securityProblems.read. */
  apiToken: z.string().regex(/^\S+$/, "expected a token without blanks"),
  tls: Tls.optional(),
  timeoutMs: z.int().min(100).max(300_000).default(30_000),
});
type Settings = z.infer<typeof Settings>;

const Metrics = z.object({
  result: z.array(
    z.object({
      data: z.array(z.object({ timestamps: z.array(z.number()).default([]), values: z.array(z.number().nullable()) })),
      warnings: z.array(z.string()).nullish(),
    }),
  ),
});
const SloStatus = z.object({ evaluatedPercentage: z.number().nullish(), error: z.string().nullish() });
const Count = z.object({ totalCount: z.int().min(0) });
const Refusal = z.object({
  error: z.object({
    message: z.string(),
    constraintViolations: z.array(z.object({ path: z.string().nullish(), message: z.string().nullish() })).nullish(),
  }),
});

/** Dynatrace Environment API v2: metrics, SLOs, problems and security problems. */
export const dynatrace: SliProvider<typeof Settings> = {
  name: "dynatrace",
  settings: Settings,

  async fetch(settings, query, deps) {
    const parsed = parsedQuery(query);
    const ask = (path: string, parameters: Record<string, string>) =>
      get(settings, path, { ...parameters, ...windowOf(query) }, query, deps);
    const what = describe(settings, query.indicator);
    switch (parsed.kind) {
      case "metrics":
        return metricValue(
          parseAnswer(await ask("metrics/query", parsed.parameters), what, Metrics),
          parsed.divideBy,
          settings.apiToken,
        );
      case "slo": {
        // Without GTF Dynatrace answers for the SLO's own timeframe and ignores from and to.
        const answer = await ask(`slo/${parsed.id}`, { timeFrame: "GTF" });
        return sloValue(parseAnswer(answer, what, SloStatus), settings.apiToken);
      }
      case "problems":
        return { value: parseAnswer(await ask("problems", parsed.parameters), what, Count).totalCount };
      case "security-problems":
        return { value: parseAnswer(await ask("securityProblems", parsed.parameters), what, Count).totalCount };
      case "unsupported":
        return { value: null, message: parsed.message };
    }
  },

  async range(settings, query, stepSeconds, deps) {
    const parsed = parsedQuery(query);
    const resolution = Math.max(1, Math.ceil(stepSeconds / MINUTE));
    const lookBackSeconds = resolution * MINUTE;
    if (parsed.kind === "unsupported") return { points: [], lookBackSeconds, message: parsed.message };
    if (parsed.kind !== "metrics")
      return { points: [], lookBackSeconds, message: "Dynatrace has curves of metrics only, not of SLOs and problems" };
    // Whatever the query asks for: it is written for one value.
    const parameters = { ...parsed.parameters, ...windowOf(query), resolution: `${resolution}m` };
    const answer = await get(settings, "metrics/query", parameters, query, deps);
    const { result } = parseAnswer(answer, describe(settings, query.indicator), Metrics);
    return { points: pointsOf(result, parsed.divideBy, query.indicator), lookBackSeconds };
  },

  async ready(settings, deps) {
    await get(settings, "metrics", { pageSize: "1" }, { indicator: "readiness" }, deps);
  },
};

/** The finest resolution that there is, in seconds. */
const MINUTE = 60;

function parsedQuery(query: SliQuery): DynatraceQuery {
  const written = query.query.trim() || builtIn(query.indicator);
  if (written === undefined) return { kind: "unsupported", message: `unsupported SLI ${query.indicator}` };
  return parseDynatraceQuery(written, query);
}

function windowOf({ start, end }: SliQuery): { from: string; to: string } {
  return { from: String(start.getTime()), to: String(end.getTime()) };
}

async function get(
  settings: Settings,
  path: string,
  parameters: Record<string, string>,
  { indicator }: Pick<SliQuery, "indicator">,
  { outbound, signal }: SliDeps,
): Promise<OutboundResponse> {
  const response = await outbound({
    url: `${under(settings.tenantUrl, `api/v2/${path}`)}?${new URLSearchParams(parameters).toString()}`,
    method: "GET",
    headers: { authorization: `Api-Token ${settings.apiToken}`, accept: "application/json" },
    deadlineMs: settings.timeoutMs,
    maxBytes: 8 * 1024 * 1024,
    ...(settings.tls && { tls: settings.tls }),
    signal,
  });
  assertOk(response, describe(settings, indicator), refusal(response, settings));
  return response;
}

function describe(settings: Settings, indicator: string): string {
  return `query ${indicator} at ${hostOf(settings.tenantUrl)}`;
}

function refusal(response: OutboundResponse, { apiToken }: Settings): string {
  const parsed = Refusal.safeParse(tryJson(response.body));
  if (!parsed.success) return "";
  const { message, constraintViolations } = parsed.data.error;
  const violations = (constraintViolations ?? []).map((one) => [one.path, one.message].filter(Boolean).join(": "));
  return plain([message, ...violations].join(" "), [apiToken]);
}

function pointsOf(result: z.infer<typeof Metrics>["result"], divideBy: number, indicator: string): [number, number][] {
  const series = result.flatMap(({ data }) => data);
  if (series.length > 1)
    throw new ProviderError("refused", `range query ${indicator} returned multiple series (${series.length})`);
  const { timestamps = [], values = [] } = series[0] ?? {};
  return timestamps.flatMap((time, at): [number, number][] => {
    const value = values[at];
    return typeof value === "number" && Number.isFinite(value) ? [[time / 1000, value / divideBy]] : [];
  });
}

function metricValue({ result }: z.infer<typeof Metrics>, divideBy: number, apiToken: string): SliResult {
  const values = result.flatMap(({ data }) => data.flatMap((series) => series.values));
  const warnings = result.flatMap((one) => one.warnings ?? []).join(", ");
  const note = warnings === "" ? "" : `; Dynatrace warns: ${plain(warnings, [apiToken])}`;
  if (values.length > 1) return { value: null, message: `query did return multiple values (${values.length})${note}` };
  const value = values[0] ?? null;
  if (value === null) return { value: null, message: `query did not return any values${note}` };
  return { value: value / divideBy };
}

/** -1 is how Dynatrace writes an SLO that it could not evaluate. */
function sloValue({ evaluatedPercentage, error }: z.infer<typeof SloStatus>, apiToken: string): SliResult {
  if (error && error !== "NONE") return { value: null, message: `SLO was not evaluated: ${plain(error, [apiToken])}` };
  if (evaluatedPercentage === null || evaluatedPercentage === undefined || evaluatedPercentage < 0) {
    return { value: null, message: "query did not return any values" };
  }
  return { value: evaluatedPercentage };
}

/** Keptn's five standard indicators for services tagged by Keptn. Response times in milliseconds, as SLOs expect them. */
function builtIn(indicator: string): string | undefined {
  const tags = ["project", "stage", "service", "deployment"].map((tag) => `tag("keptn_${tag}:$${tag.toUpperCase()}")`);
  const selector = `entitySelector=type(SERVICE),${tags.join(",")}`;
  const quantile = (q: number) =>
    `MV2;MicroSecond;metricSelector=builtin:service.response.time:merge("dt.entity.service"):percentile(${q})&${selector}`;
  switch (indicator) {
    case "throughput":
      return `metricSelector=builtin:service.requestCount.total:merge("dt.entity.service"):sum&${selector}`;
    case "error_rate":
      return `metricSelector=builtin:service.errors.total.rate:merge("dt.entity.service"):avg&${selector}`;
    case "response_time_p50":
      return quantile(50);
    case "response_time_p90":
      return quantile(90);
    case "response_time_p95":
      return quantile(95);
    default:
      return undefined;
  }
}
