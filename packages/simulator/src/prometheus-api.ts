import type { IncomingMessage } from "node:http";
import { readBody, send, sendJson, sendMetrics, type Handler } from "./http.ts";
import { formatValue } from "./metrics.ts";
import { evaluate, type Value } from "./promql/evaluate.ts";
import { parse, type Expression } from "./promql/parse.ts";
import { parseDuration, PromqlError } from "./promql/tokens.ts";
import { labelKey, type Labels, type TimeSeries } from "./timeseries.ts";

type Answer = { status: number; body: unknown };
const maxPointsPerSeries = 11_000;

/** Prometheus' HTTP API over a store: instant and range queries, health, and `/metrics` with `exposition()`. */
export function prometheusApi(store: TimeSeries, now: () => number, exposition: () => string): Handler {
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/-/healthy") return send(response, 200, textType, "Prometheus Server is Healthy.\n");
    if (pathname === "/-/ready") return send(response, 200, textType, "Prometheus Server is Ready.\n");
    if (pathname === "/metrics") return sendMetrics(response, exposition());
    if (pathname === "/api/v1/status/buildinfo") return sendJson(response, 200, success(buildInfo));
    if (pathname !== "/api/v1/query" && pathname !== "/api/v1/query_range") {
      return send(response, 404, textType, "404 page not found\n");
    }
    if (request.method !== "GET" && request.method !== "POST") {
      return send(response, 405, { ...textType, allow: "GET, POST" }, "Method Not Allowed\n");
    }
    const parameters = await readParameters(request, searchParams);
    const answer = attempt(() =>
      pathname === "/api/v1/query" ? instant(store, now(), parameters) : range(store, parameters),
    );
    sendJson(response, answer.status, answer.body);
  };
}

const textType = { "content-type": "text/plain; charset=utf-8" };
const buildInfo = {
  version: "2.53.0-evenkeel-simulator",
  revision: "",
  branch: "",
  buildUser: "",
  buildDate: "",
  goVersion: "",
};
const success = (data: unknown) => ({ status: "success", data });

/** A parameter that cannot be used; the API answers 400 with its text. */
class BadParameter extends Error {}

function attempt(run: () => unknown): Answer {
  try {
    return { status: 200, body: success(run()) };
  } catch (error) {
    if (!(error instanceof BadParameter)) throw error;
    return { status: 400, body: { status: "error", errorType: "bad_data", error: error.message } };
  }
}

async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<URLSearchParams> {
  if (request.method !== "POST") return query;
  const form = new URLSearchParams((await readBody(request)) ?? "");
  for (const [name, value] of query) if (!form.has(name)) form.append(name, value);
  return form;
}

function instant(store: TimeSeries, now: number, parameters: URLSearchParams): unknown {
  const at = parameters.has("time") ? readTime(parameters, "time") : now;
  const value = query(parameters, (expression) => evaluate(expression, store, at));
  return render(value, at);
}

function render(value: Value, at: number): unknown {
  if (value.kind === "scalar") return { resultType: "scalar", result: pair(at, value.value) };
  if (value.kind === "matrix") {
    const result = value.series.map(({ labels, points }) => ({
      metric: labels,
      values: points.map((point) => pair(point.at, point.value)),
    }));
    return { resultType: "matrix", result };
  }
  const result = value.elements.map((element) => ({ metric: element.metric, value: pair(at, element.value) }));
  return { resultType: "vector", result };
}

function range(store: TimeSeries, parameters: URLSearchParams): unknown {
  const start = readTime(parameters, "start");
  const end = readTime(parameters, "end");
  if (end < start) throw new BadParameter('invalid parameter "end": end timestamp must not be before start time');
  const step = readStep(parameters);
  if ((end - start) / step > maxPointsPerSeries) {
    throw new BadParameter(
      "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    );
  }
  const rows = new Map<string, { metric: Labels; values: [number, string][] }>();
  query(parameters, (expression) => {
    for (let at = start; at <= end; at += step) {
      for (const { metric, value } of elementsOf(evaluate(expression, store, at))) {
        const row = rows.get(labelKey(metric)) ?? { metric, values: [] };
        row.values.push(pair(at, value));
        rows.set(labelKey(metric), row);
      }
    }
  });
  return { resultType: "matrix", result: [...rows.values()] };
}

function elementsOf(value: Value) {
  if (value.kind === "scalar") return [{ metric: {}, value: value.value }];
  if (value.kind === "vector") return value.elements;
  throw new PromqlError(
    'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    undefined,
  );
}

function query<T>(parameters: URLSearchParams, run: (expression: Expression) => T): T {
  try {
    return run(parse(parameters.get("query") ?? ""));
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    const place = error.column === undefined ? "" : `1:${error.column}: `;
    throw new BadParameter(`invalid parameter "query": ${place}parse error: ${error.message}`);
  }
}

/** Seconds since the epoch, or RFC 3339. */
function readTime(parameters: URLSearchParams, name: string): number {
  const text = parameters.get(name) ?? "";
  const at = /^-?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text)
    ? Number(text) * 1000
    : /^\d{4}-\d\d-\d\dT/.test(text)
      ? Date.parse(text)
      : NaN;
  if (Number.isFinite(at)) return Math.round(at);
  throw new BadParameter(`invalid parameter "${name}": cannot parse ${JSON.stringify(text)} to a valid timestamp`);
}

function readStep(parameters: URLSearchParams): number {
  const text = parameters.get("step") ?? "";
  const step = text === "" || Number.isNaN(Number(text)) ? parseDuration(text) : Number(text) * 1000;
  if (step === undefined) {
    throw new BadParameter(`invalid parameter "step": cannot parse ${JSON.stringify(text)} to a valid duration`);
  }
  if (step > 0) return step;
  throw new BadParameter(
    'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
  );
}

function pair(at: number, value: number): [number, string] {
  return [at / 1000, formatValue(value)];
}
