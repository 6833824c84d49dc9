import { z } from "zod";
import { parseTemplate, type Template } from "./template.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Set by us or by the connection.
const RESERVED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "idempotency-key",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
// No brace inside: two lazy runs that may overlap would take quadratic time on a long text of braces.
const PLACEHOLDERS = /\{\{[^{}]*\}\}/g;
// Scheme, host and port in plain text: what comes from a problem must not choose the receiver.
const ORIGIN = /^https?:\/\/[^/?#\\@\s{}]+([/?#]|$)/i;
const CONTROL = /\p{Cc}/u;

const TemplateText = z.string().transform((text, refinement): Template => {
  const parsed = parseTemplate(text);
  if (parsed.ok) return parsed.template;
  refinement.addIssue({ code: "custom", message: parsed.message });
  return z.NEVER;
});

const Url = z
  .string()
  .regex(ORIGIN, 'expected "https://host/…" with neither a template nor a user name before the path')
  .refine((text) => !/[\s\\]/.test(plain(text)), "has a blank, a line break or a backslash")
  .refine((text) => !hasDotSegment(text), 'has "." or ".." as a part of its path')
  .refine((text) => URL.canParse(plain(text)), "is not a URL")
  .pipe(TemplateText);

const plain = (text: string): string => text.replace(PLACEHOLDERS, "x");

/** Servers and URL parsers resolve these, so that a path would end elsewhere than it is written. */
export function hasDotSegment(url: string): boolean {
  const [path = ""] = url.replace(/^https?:\/\/[^/?#]*/i, "").split(/[?#]/);
  return path.split("/").some((segment) => /^(\.|%2e){1,2}$/i.test(segment));
}

const HeaderName = z
  .string()
  .regex(TOKEN, "is not a header name")
  .refine((name) => !RESERVED.has(name.toLowerCase()), "is a header that cannot be set here");
const HeaderText = z
  .string()
  .refine((text) => !CONTROL.test(text), "has a line break or another control character")
  .pipe(TemplateText);

export type JsonTemplate = Template | number | boolean | null | JsonTemplate[] | { fields: [string, JsonTemplate][] };

/** The value of a `webhook` action. */
export const WebhookValue = z
  .strictObject({
    url: Url,
    method: z.enum(["GET", "HEAD", "POST", "PUT"]).default("POST"),
    headers: z.record(HeaderName, HeaderText).default({}),
    /** Text, or a structure that is sent as JSON, with templates in its texts. */
    body: z.json({ error: "expected a text, a map or a list" }).transform(intoBody).optional(),
    /** The statuses that count as success; every 2xx when left out. */
    expect: z
      .union([z.coerce.number(), z.array(z.coerce.number())])
      .transform((statuses) => [statuses].flat())
      .pipe(z.array(z.number().int().min(200).max(499)).min(1))
      .optional(),
  })
  .refine(({ method, body }) => body === undefined || method === "POST" || method === "PUT", {
    path: ["body"],
    error: "is only sent with POST and PUT",
  });
export type WebhookValue = z.infer<typeof WebhookValue>;

type Body = { text: Template } | { json: JsonTemplate };

function intoBody(value: z.core.util.JSONType, refinement: z.RefinementCtx): Body {
  const template = (text: string): Template => {
    const parsed = parseTemplate(text);
    if (parsed.ok) return parsed.template;
    refinement.addIssue({ code: "custom", message: parsed.message });
    return { parts: [] };
  };
  const convert = (node: z.core.util.JSONType): JsonTemplate => {
    if (typeof node === "string") return template(node);
    if (Array.isArray(node)) return node.map(convert);
    if (typeof node !== "object" || node === null) return node;
    return { fields: Object.entries(node).map(([key, child]): [string, JsonTemplate] => [key, convert(child)]) };
  };
  return typeof value === "string" ? { text: template(value) } : { json: convert(value) };
}
