import { jsonPointer, problem, suggest } from "@evenkeel/runtime";
import * as z from "zod";

type Given = Readonly<Record<string, unknown>>;
type Type = "string" | "number" | "boolean" | "list";

/** Reads the texts of a query by its schema. Built once per route. */
export function queryReader(schema: z.ZodObject = z.object({})): (given: Given) => unknown {
  const types = new Map(Object.entries(schema.shape).map(([name, field]) => [name, typeOf(field)]));
  return (given) => {
    const errors: { pointer: string; detail: string }[] = [];
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(given)) {
      const type = types.get(name);
      const pointer = jsonPointer(["query", name]);
      if (type === undefined) errors.push({ pointer, detail: unknownParameter(name, [...types.keys()]) });
      else if (type !== "list" && Array.isArray(value))
        errors.push({ pointer, detail: `${name} is there ${value.length} times; once is expected` });
      else values[name] = read(type, value);
    }
    const parsed = schema.safeParse(values);
    if (!parsed.success) errors.push(...parsed.error.issues.map((issue) => fault("query", issue)));
    if (errors.length > 0) throw badParameters(errors);
    return parsed.data;
  };
}

/** Checks the parts of a path or the headers. */
export function textReader(where: "path" | "header", schema: z.ZodObject): (given: Given) => unknown {
  return (given) => {
    const known = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, given[name]]));
    const parsed = schema.safeParse(known);
    if (!parsed.success) throw badParameters(parsed.error.issues.map((issue) => fault(where, issue)));
    return parsed.data;
  };
}

/** What JSON type a field of a schema takes; asking for its JSON Schema spares us the inside of the library. */
function typeOf(field: z.core.$ZodType): Type {
  const { type } = z.toJSONSchema(field, { io: "input" });
  if (type === "array") return "list";
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" ? "boolean" : "string";
}

function read(type: Type, value: unknown): unknown {
  if (type === "list") {
    const texts = Array.isArray(value) ? value : [value];
    return texts.flatMap((text) => String(text).split(",")).map((text) => text.trim());
  }
  if (type === "number" && typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  return value;
}

function unknownParameter(name: string, known: readonly string[]): string {
  const shown = JSON.stringify(name.slice(0, 100));
  if (known.length === 0) return `unknown parameter ${shown}; this route takes none`;
  const meant = suggest(name.slice(0, 100), known);
  return `unknown parameter ${shown}; ${meant ? `did you mean ${meant}?` : `known are ${known.join(", ")}`}`;
}

function fault(where: string, issue: z.core.$ZodIssue) {
  return { pointer: jsonPointer([where, ...issue.path]), detail: `${String(issue.path[0])}: ${issue.message}` };
}

function badParameters(errors: readonly { pointer: string; detail: string }[]) {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return problem(400, "bad-parameter", `${errors[0]!.detail}${more}`, { errors });
}
