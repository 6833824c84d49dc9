/** Literal text and the placeholders between it, as parsed from `Hello {{.problem.title}}`. */
export interface Template {
  parts: readonly (string | { path: readonly string[]; text: string })[];
}

export type ParsedTemplate = { ok: true; template: Template } | { ok: false; message: string };

export type Scalar = string | number | boolean;

/** A template that cannot be filled: the text says which part, and never shows a secret. */
export class MissingValue extends Error {
  override readonly name = "MissingValue";
}

const PATH = /^\.([\w-]+(\.[\w-]+)*)$/;
const MAX_LENGTH = 64 * 1024;
const MAX_PLACEHOLDERS = 200;

/** Reads Go template's simplest form, `{{.a.b}}`, and nothing else of it: no expressions, no functions. */
export function parseTemplate(text: string): ParsedTemplate {
  if (text.length > MAX_LENGTH) return { ok: false, message: `is longer than ${MAX_LENGTH} characters` };
  const parts: Template["parts"][number][] = [];
  let rest = text;
  while (rest !== "") {
    const open = rest.indexOf("{{");
    if (open < 0) {
      parts.push(rest);
      break;
    }
    if (open > 0) parts.push(rest.slice(0, open));
    if (parts.length > 2 * MAX_PLACEHOLDERS)
      return { ok: false, message: `has more than ${MAX_PLACEHOLDERS} placeholders` };
    const close = rest.indexOf("}}", open);
    if (close < 0)
      return { ok: false, message: `has "{{" without "}}": ${JSON.stringify(rest.slice(open, open + 40))}` };
    const found = rest.slice(open, close + 2);
    const path = PATH.exec(found.slice(2, -2).trim())?.[1];
    if (path === undefined) {
      return { ok: false, message: `has ${JSON.stringify(found.slice(0, 60))}: expected {{.name}} or {{.name.name}}` };
    }
    parts.push({ path: path.split("."), text: `{{.${path}}}` });
    rest = rest.slice(close + 2);
  }
  return { ok: true, template: { parts } };
}

/**
 * Fills a template. `escape` makes a value safe for where it goes, given the text before it.
 * Throws MissingValue naming the placeholder.
 */
export function render(
  template: Template,
  lookup: (path: readonly string[]) => Scalar,
  escape: (value: Scalar, path: readonly string[], before: string) => string,
): string {
  let result = "";
  for (const part of template.parts) {
    result += typeof part === "string" ? part : escape(lookup(part.path), part.path, result);
  }
  return result;
}

/** Own properties of plain data only: `constructor` and `__proto__` lead nowhere. */
export function lookupIn(data: unknown, path: readonly string[]): Scalar {
  let value = data;
  for (const key of path) {
    const isOwn = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    if (!isOwn) throw new MissingValue(`{{.${path.join(".")}}} has no value`);
    value = (value as Record<string, unknown>)[key];
  }
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const found = value === undefined || value === null ? "has no value" : "is not a text, number or boolean";
  throw new MissingValue(`{{.${path.join(".")}}} ${found}`);
}
