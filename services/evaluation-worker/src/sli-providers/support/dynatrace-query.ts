import { ProviderError } from "@evenkeel/runtime";
import type { SliQuery } from "../types.ts";
import { commonReplacements, fillIn, unsafe } from "./placeholders.ts";
import type { Insert, Replacements, Syntax } from "./placeholders.ts";

/** A query of dynatrace/sli.yaml, placeholders filled in. */
export type DynatraceQuery =
  | { kind: "metrics"; parameters: Record<string, string>; divideBy: number }
  | { kind: "slo"; id: string }
  | { kind: "problems" | "security-problems"; parameters: Record<string, string> }
  | { kind: "unsupported"; message: string };

const SELECTOR: Syntax = { quotes: `"`, escape: "~" };

/**
 * Reads every form of query that Keptn's dynatrace-service knew. Throws ProviderError("refused") for a query that is
 * wrong as written: unknown, duplicate or empty keys, an unknown unit, a placeholder that we will not or cannot fill in.
 */
export function parseDynatraceQuery(text: string, query: SliQuery): DynatraceQuery {
  // Environment variables hold our secrets, and a query's text can reach logs and other people's servers.
  if (text.includes("$ENV.")) throw refused(query, "$ENV placeholders are not supported; use $LABEL or a filter");
  const fill = filler(query);
  const [head = "", ...tail] = text.split(";");
  const rest = tail.join(";");
  switch (head) {
    case "USQL":
      return { kind: "unsupported", message: "unsupported query form USQL; use a metricSelector query" };
    case "SLO":
      return { kind: "slo", id: sloId(fill(rest.trim()), query) };
    case "PV2":
      return { kind: "problems", parameters: fields(rest, ["problemSelector", "entitySelector"], query, fill) };
    case "SECPV2":
      return { kind: "security-problems", parameters: fields(rest, ["securityProblemSelector"], query, fill) };
    case "MV2":
      return withUnit(tail, query, fill);
    default:
      return /^\s*\w+=/.test(text) ? metrics(text, query, fill, 1) : legacyMetrics(text, query, fill);
  }
}

type Fill = (text: string) => string;

/** `MV2;<unit>;<query>`: the tenant's unit is a thousand times finer than the SLO's. */
function withUnit([unit = "", ...query]: string[], asked: SliQuery, fill: Fill): DynatraceQuery {
  if (!/^([Mm]icro[Ss]econd|[Bb]yte)$/.test(unit)) {
    throw refused(asked, `expected unit MicroSecond or Byte after MV2;, found ${JSON.stringify(unit)}`);
  }
  return metrics(query.join(";"), asked, fill, 1000);
}

function metrics(text: string, query: SliQuery, fill: Fill, divideBy: number): DynatraceQuery {
  const known = ["metricSelector", "entitySelector", "resolution", "mzSelector"];
  const parameters = fields(text, known, query, fill);
  if (parameters["metricSelector"] === undefined) throw refused(query, "metricSelector is missing");
  // One data point for the whole window unless the query asks otherwise.
  return { kind: "metrics", parameters: { resolution: "Inf", ...parameters }, divideBy };
}

/**
 * `<metric path>?scope=<entity selector>`, the form of Keptn 0.6. The service of that time turned this one metric from
 * microseconds to milliseconds by itself, and the thresholds next to such queries rely on it.
 */
function legacyMetrics(text: string, query: SliQuery, fill: Fill): DynatraceQuery {
  const at = text.indexOf("?");
  const path = (at === -1 ? text : text.slice(0, at)).trim();
  const parameters: Record<string, string> = { resolution: "Inf", metricSelector: fill(path) };
  const written = at === -1 ? "" : text.slice(at + 1).trim();
  if (written !== "") {
    const { scope = "" } = fields(written, ["scope"], query, fill);
    parameters["entitySelector"] = scope.includes("type(") ? scope : `${scope},type(SERVICE)`;
  }
  return { kind: "metrics", parameters, divideBy: path.startsWith("builtin:service.response.time") ? 1000 : 1 };
}

/** It becomes part of a path, so nothing but the characters of an id. */
function sloId(id: string, query: SliQuery): string {
  if (!/^[\w-]+$/.test(id)) throw refused(query, `expected an SLO id after SLO;, found ${JSON.stringify(id)}`);
  return id;
}

/** `key=value&key=value`. Split before filling in, so that no value can add a key. */
function fields(text: string, known: readonly string[], query: SliQuery, fill: Fill): Record<string, string> {
  const found = new Map<string, string>();
  for (const pair of text.trim().split("&")) {
    const at = pair.indexOf("=");
    const key = pair.slice(0, Math.max(at, 0)).trim();
    const value = pair.slice(at + 1).trim();
    if (key === "" || value === "") throw refused(query, `expected key=value, found ${JSON.stringify(pair)}`);
    if (!known.includes(key)) throw refused(query, `unknown key ${key}, expected ${known.join(", ")}`);
    if (found.has(key)) throw refused(query, `duplicate key ${key}`);
    found.set(key, fill(value));
  }
  return Object.fromEntries(found);
}

function filler(query: SliQuery): Fill {
  const replacements: Replacements = withEvent(query);
  const insert: Insert = (name, { value, trusted }, quote) => {
    if (quote !== undefined) return value.replace(/[~"]/g, "~$&");
    if (!trusted && !/^[\w:.@/-]*$/.test(value)) throw unsafe(name, "outside quotation marks");
    return value;
  };
  return (text) => {
    for (const [, name = ""] of text.matchAll(/\$(CONTEXT|EVENT|SOURCE|TESTSTRATEGY)/g)) {
      if (!replacements.has(name)) throw refused(query, `$${name} has no value here`);
    }
    return fillIn(text, replacements, SELECTOR, insert);
  };
}

function withEvent(query: SliQuery): Replacements {
  const replacements = commonReplacements(query);
  const { context, eventType, source, testStrategy } = query;
  const own = { CONTEXT: context, EVENT: eventType, SOURCE: source, TESTSTRATEGY: testStrategy };
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !replacements.has(name)) replacements.set(name, { value, trusted: false });
  }
  return replacements;
}

function refused({ indicator }: SliQuery, why: string): ProviderError {
  return new ProviderError("refused", `query ${indicator}: ${why}`);
}
