import type { OutboundRequest } from "@evenkeel/runtime";
import type { ActionContext } from "../types.ts";
import type { SecretKeeper } from "./secrets.ts";
import { bodySink, intoHeader, intoUrl } from "./sinks.ts";
import { templateData } from "./template-data.ts";
import { lookupIn, MissingValue, render, type Scalar, type Template } from "./template.ts";
import { hasDotSegment, type JsonTemplate, type WebhookValue } from "./webhook-value.ts";

export interface WebhookRequest {
  url: string;
  method: NonNullable<OutboundRequest["method"]>;
  headers: Record<string, string>;
  body?: string;
}

/** Fills the templates, each value made safe for its place. Throws MissingValue when one cannot be filled. */
export function webhookRequest(value: WebhookValue, context: ActionContext, secrets: SecretKeeper): WebhookRequest {
  const data = templateData(context);
  const lookup = (path: readonly string[]): Scalar =>
    isSecret(path) ? secrets.use(path.slice(1).join(".")) : lookupIn(data, path);

  const url = render(value.url, lookup, (found, path) => intoUrl(found, isSecret(path)));
  if (hasDotSegment(url)) throw new MissingValue('the url would have "." or ".." as a part of its path');

  const headers: Record<string, string> = {};
  for (const [name, template] of Object.entries(value.headers)) {
    headers[name.toLowerCase()] = render(template, lookup, (found) => intoHeader(String(found)));
  }
  headers["idempotency-key"] = context.step;
  if (value.body === undefined) return { url, method: value.method, headers };

  headers["content-type"] ??= "application/json";
  const body = bodyText(value.body, headers["content-type"], lookup);
  return { url, method: value.method, headers, body };
}

const isSecret = (path: readonly string[]): boolean => path[0] === "secret";

type Lookup = (path: readonly string[]) => Scalar;

function bodyText(body: NonNullable<WebhookValue["body"]>, contentType: string, lookup: Lookup): string {
  if ("json" in body) return JSON.stringify(fillJson(body.json, lookup));
  const sink = bodySink(contentType);
  const text = render(body.text, lookup, (found, _path, before) => sink(found, before));
  if (!contentType.toLowerCase().includes("json") || isJson(text)) return text;
  throw new MissingValue("the body is not JSON once it is filled; set a content-type header if it should not be");
}

function fillJson(node: JsonTemplate, lookup: Lookup): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((child) => fillJson(child, lookup));
  if ("parts" in node) return fillText(node, lookup);
  return Object.fromEntries(node.fields.map(([key, child]) => [key, fillJson(child, lookup)]));
}

const fillText = (template: Template, lookup: Lookup): string => render(template, lookup, (found) => String(found));

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
