/** Stands at the top of every generated page. */
export const GENERATED = "<!-- Generated from the code by `npm run docs`. Change the code, not this page. -->";

/** A Markdown table. Cells are Markdown; bars and line ends in them are made harmless. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `<` would begin a tag, but not in code. */
function cell(text: string): string {
  const parts = text
    .replaceAll("|", "\\|")
    .replaceAll(/\s*\n\s*/g, " ")
    .split(/(`[^`]*`)/);
  return parts.map((part, i) => (i % 2 === 0 ? part.replaceAll("<", "&lt;") : part)).join("");
}

/** Literal text. */
export function code(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("`", "'")}\``;
}

/** A JSON Schema, as far as the pages read it. */
export interface Schema {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  title?: string;
}

export interface Field {
  /** `remediations[].actions[].wait`; `<name>` stands for any key. */
  path: string;
  type: string;
  required: boolean;
  description: string;
}

/** The fields of an object's schema, those inside of it after it. */
export function fieldsOf(schema: Schema, at = ""): Field[] {
  if (schema.items) return fieldsOf(schema.items, `${at}[]`);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([key, child]): Field[] => {
    const path = at === "" ? key : `${at}.${key}`;
    const required = schema.required?.includes(key) ?? false;
    const own: Field = { path, type: typeText(child), required, description: child.description ?? "" };
    return [own, ...variants(child).flatMap((variant) => fieldsOf(variant, path))];
  });
  const any = schema.additionalProperties;
  if (typeof any !== "object" || Object.keys(any).length === 0) return inner;
  return [...inner, ...variants(any).flatMap((variant) => fieldsOf(variant, `${at}.<name>`))];
}

export const variants = (schema: Schema): Schema[] => schema.anyOf ?? schema.oneOf ?? [schema];

export function typeText(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map(String).join(", ");
  if (schema.anyOf ?? schema.oneOf) {
    const types = variants(schema)
      .map(typeText)
      .filter((type) => type !== "null");
    return [...new Set(types)].join(" or ");
  }
  if (schema.type === "array") return schema.items ? `list of ${typeText(schema.items)}` : "list";
  if (schema.type === "object") return schema.properties ? "object" : "map";
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  return schema.type ?? "any";
}
