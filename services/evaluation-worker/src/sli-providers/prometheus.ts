import { ProviderError } from "@evenkeel/runtime";
import type { OutboundResponse } from "@evenkeel/runtime";
import { z } from "zod";
import { assertOk, parseAnswer, plain, tryJson } from "./support/answers.ts";
import { BaseUrl, hostOf, Tls, under } from "./support/connection.ts";
import { commonReplacements, fillIn, unsafe } from "./support/placeholders.ts";
import type { Replacement, Syntax } from "./support/placeholders.ts";
import type { SliDeps, SliProvider, SliQuery, SliResult } from "./types.ts";

const Auth = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({ type: z.literal("basic"), username: z.string().min(1), password: z.string() }),
  z.strictObject({ type: z.literal("bearer"), token: z.string().regex(/^\S+$/, "expected a token without blanks") }),
]);

const Settings = z.strictObject({
  url: BaseUrl,
  auth: Auth.default({ type: "none" }),
  /** Sent with every request, such as X-Scope-OrgID of Mimir and Thanos. */
  headers: z.record(z.string(), z.string()).default({}),
  tls: Tls.optional(),
  timeoutMs: z.int().min(100).max(300_000).default(30_000),
});
type Settings = z.infer<typeof Settings>;

const PROMQL: Syntax = { quotes: "\"'`", escape: "\\", comment: "#" };

const Sample = z.tuple([z.number(), z.string()]);
// An element of native histograms has `histogram` instead of `value`.
const Vector = z.object({ resultType: z.literal("vector"), result: z.array(z.object({ value: Sample.optional() })) });
const Scalar = z.object({ resultType: z.literal("scalar"), result: Sample });
const Matrix = z.object({
  resultType: z.literal("matrix"),
  result: z.array(z.object({ values: z.array(Sample).default([]) })),
});
const Text = z.object({ resultType: z.literal("string"), result: Sample });
const Answer = z.object({
  status: z.literal("success"),
  data: z.discriminatedUnion("resultType", [Vector, Scalar, Matrix, Text]),
});
const Refusal = z.object({ error: z.string() });

/** Prometheus and what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics): https://prometheus.io/docs/prometheus/latest/querying/api/ */
export const prometheus: SliProvider<typeof Settings> = {
  name: "prometheus",
  settings: Settings,

  async fetch(settings, query, deps) {
    const expression = expressionFor(query);
    if (expression === undefined) return { value: null, message: `unsupported SLI ${query.indicator}` };
    const form = { query: expression, time: unixSeconds(query.end) };
    const data = await post(settings, "query", form, query.indicator, deps);
    return singleValue(data, query.indicator);
  },

  async range(settings, query, stepSeconds, deps) {
    const expression = expressionFor(query);
    if (expression === undefined) throw new ProviderError("refused", `unsupported SLI ${query.indicator}`);
    const window = { start: unixSeconds(query.start), end: unixSeconds(query.end) };
    const form = { query: expression, ...window, step: String(stepSeconds) };
    const data = await post(settings, "query_range", form, query.indicator, deps);
    return { points: pointsOf(data, query.indicator), lookBackSeconds: durationSeconds(query) };
  },

  async ready(settings, deps) {
    // Health addresses differ between the servers that speak this API, and need no credentials on some; a query tells.
    await post(settings, "query", { query: "1" }, "readiness", deps);
  },
};

async function post(
  settings: Settings,
  endpoint: "query" | "query_range",
  form: Record<string, string>,
  subject: string,
  { outbound, signal }: SliDeps,
): Promise<z.infer<typeof Answer>["data"]> {
  const what = `query ${subject} at ${hostOf(settings.url)}`;
  const response = await outbound({
    // A form, because queries outgrow what proxies accept as an address.
    url: under(settings.url, `api/v1/${endpoint}`),
    method: "POST",
    headers: { ...settings.headers, ...authorization(settings), "content-type": "application/x-www-form-urlencoded" },
    // Prometheus stops working on the query when we stop waiting for it.
    body: new URLSearchParams({ ...form, timeout: `${settings.timeoutMs}ms` }).toString(),
    deadlineMs: settings.timeoutMs,
    maxBytes: 8 * 1024 * 1024,
    ...(settings.tls && { tls: settings.tls }),
    signal,
  });
  assertOk(response, what, refusal(response, settings));
  return parseAnswer(response, what, Answer).data;
}

function authorization({ auth }: Settings): Record<string, string> {
  if (auth.type === "none") return {};
  if (auth.type === "bearer") return { authorization: `Bearer ${auth.token}` };
  const pair = Buffer.from(`${auth.username}:${auth.password}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}

/** Prometheus explains a refused query in its body; a proxy in front of it may answer with a page instead. */
function refusal(response: OutboundResponse, settings: Settings): string {
  const parsed = Refusal.safeParse(tryJson(response.body));
  if (!parsed.success) return "";
  const sent = authorization(settings)["authorization"]?.split(" ")[1];
  const secrets = [
    sent,
    ...(settings.auth.type === "basic" ? [settings.auth.password] : []),
    ...Object.values(settings.headers),
  ];
  return plain(parsed.data.error, secrets);
}

function pointsOf(data: z.infer<typeof Answer>["data"], indicator: string): [number, number][] {
  const what = `range query ${indicator}`;
  if (data.resultType !== "matrix") throw new ProviderError("bad-response", `${what}: unexpected ${data.resultType}`);
  if (data.result.length > 1)
    throw new ProviderError("refused", `${what} returned multiple series (${data.result.length})`);
  const points = (data.result[0]?.values ?? []).map(([time, text]): [number, number] => [time, numberOf(text)]);
  return points.filter(([, value]) => Number.isFinite(value));
}

function singleValue(data: z.infer<typeof Answer>["data"], indicator: string): SliResult {
  if (data.resultType === "matrix" || data.resultType === "string") {
    const expected = "expected an instant vector or a scalar";
    throw new ProviderError("refused", `query ${indicator} returned a ${data.resultType}, ${expected}`);
  }
  const samples = data.resultType === "scalar" ? [data.result] : data.result.map(({ value }) => value);
  if (samples.length === 0) return { value: null, message: "query did not return any values" };
  if (samples.length > 1) return { value: null, message: `query did return multiple values (${samples.length})` };
  const value = numberOf(samples[0]?.[1] ?? "");
  return Number.isFinite(value) ? { value } : { value: null, message: "query did not return valid values" };
}

/** NaN for everything but a decimal number: Prometheus also sends "NaN", "+Inf" and "-Inf". */
function numberOf(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

/** The PromQL to send, or undefined when neither the files nor we know the indicator. */
function expressionFor(query: SliQuery): string | undefined {
  const replacements = commonReplacements(query);
  replacements.set("DURATION_SECONDS", { value: duration(query), trusted: true });
  const written = query.query.trim();
  if (written !== "") return fillIn(written, replacements, PROMQL, insert);
  return builtIn(query);
}

function insert(name: string, { value, trusted }: Replacement, quote: string | undefined): string {
  if (quote === "`") {
    if (value.includes("`")) throw unsafe(name, "in a backtick string");
    return value;
  }
  if (quote !== undefined) return escaped(value, quote);
  if (!trusted && !/^[\w:.]+$/.test(value)) throw unsafe(name, "outside quotation marks");
  return value;
}

/** For a string in these quotation marks. Only the mark itself may be escaped: PromQL refuses `\'` inside `"…"`. */
function escaped(value: string, quote: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`).replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

/** Keptn's five standard indicators, on the metric names its tutorial services export. */
function builtIn(query: SliQuery): string | undefined {
  const labels = matchers(query);
  const window = duration(query);
  const requests = (extra: string) => `sum(rate(http_requests_total{${labels}${extra}}[${window}]))`;
  const quantile = (q: string) =>
    `histogram_quantile(${q}, sum(rate(http_response_time_milliseconds_bucket{${labels}}[${window}])) by (le))`;
  switch (query.indicator) {
    case "throughput":
      return requests("");
    case "error_rate":
      return `${requests(",status!~'2..'")} / ${requests("")}`;
    case "response_time_p50":
      return quantile("0.5");
    case "response_time_p90":
      return quantile("0.9");
    case "response_time_p95":
      return quantile("0.95");
    default:
      return undefined;
  }
}

/** The scrape job of the deployment under test, and the custom filters; a filter may bring its own operator (`!=health`). */
function matchers({ project, stage, service, filters }: SliQuery): string {
  const list = Object.hasOwn(filters, "job") ? [] : [`job='${escaped(`${service}-${project}-${stage}-canary`, "'")}'`];
  for (const [label, text] of Object.entries(filters)) {
    if (!/^[a-zA-Z_]\w*$/.test(label)) throw new ProviderError("refused", `filter ${label} is not a label name`);
    const [, operator = "=", rest = ""] = /^(=~|!~|!=|=)?(.*)$/s.exec(text.trim()) ?? [];
    const quoted = /^(['"])(.*)\1$/s.exec(rest);
    list.push(`${label}${operator}'${escaped(quoted?.[2] ?? rest, "'")}'`);
  }
  return list.join(",");
}

function duration(query: SliQuery): string {
  return `${durationSeconds(query)}s`;
}

/** The whole window, rounded up, unless told. At least a second, as a range of 0s is refused. */
function durationSeconds({ start, end, durationSeconds: told }: SliQuery): number {
  return told ?? Math.max(1, Math.ceil((end.getTime() - start.getTime()) / 1000));
}

function unixSeconds(date: Date): string {
  return String(date.getTime() / 1000);
}
