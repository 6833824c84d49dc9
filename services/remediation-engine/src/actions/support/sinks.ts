import type { Scalar } from "./template.ts";

/** How a body's values are made safe, chosen by its content type. */
export type BodySink = (value: Scalar, before: string) => string;

export function bodySink(contentType: string): BodySink {
  const [type = ""] = contentType.toLowerCase().split(";");
  if (/[/+]json$/.test(type.trim())) return intoJson;
  if (type.trim() === "application/x-www-form-urlencoded") return (value) => encodeText(String(value));
  if (/[/+](xml|html)$/.test(type.trim())) return (value) => intoMarkup(String(value));
  return (value) => String(value);
}

/** Inside quotes: the text's escaped inside. Elsewhere: the whole JSON value, so that a text brings its own quotes. */
function intoJson(value: Scalar, before: string): string {
  return endsInsideString(before) ? JSON.stringify(String(value)).slice(1, -1) : JSON.stringify(value);
}

function endsInsideString(json: string): boolean {
  let inside = false;
  for (let at = 0; at < json.length; at++) {
    if (json[at] === "\\" && inside) at++;
    else if (json[at] === '"') inside = !inside;
  }
  return inside;
}

const MARKUP: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const intoMarkup = (text: string): string => text.replace(/[&<>"']/g, (character) => MARKUP[character] ?? character);

/** One header's worth of text: no line breaks or other controls, and only what HTTP/1.1 can carry (Latin-1). */
export const intoHeader = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/[^\u0020-\u00ff]/g, "?")
    .trim();

/** A secret is set by the operator and may hold several path segments; a value from the problem stays within one. */
export const intoUrl = (value: Scalar, isSecret: boolean): string =>
  isSecret ? String(value).split("/").map(encodeText).join("/") : encodeText(String(value));

/** encodeURIComponent throws on half of a surrogate pair, which JSON can carry. */
const encodeText = (text: string): string => encodeURIComponent(text.toWellFormed());
