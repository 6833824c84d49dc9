import * as z from "zod";

type Json = Record<string, unknown>;

/** Collects the named schemas of a document, so that each is written once. */
export interface Components {
  /** The JSON Schema of a zod schema; what has an `id` in its meta becomes a reference. */
  add(schema: z.ZodType): Json;
  all(): Json;
}

export function createComponents(): Components {
  const named = new Map<string, Json>();
  return {
    add(schema) {
      // As a property, a schema that has an id itself is given as a reference, too.
      const whole: z.core.JSONSchema.BaseSchema = z.toJSONSchema(z.object({ it: schema }), { io: "input" });
      for (const [name, definition] of Object.entries(whole.$defs ?? {})) named.set(name, tidy(definition) as Json);
      return tidy(whole.properties?.["it"]) as Json;
    },
    all: () => Object.fromEntries([...named].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** References to where OpenAPI keeps schemas; and without the patterns of formats, which nobody can read. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key !== "$schema" && key !== "id" && !(key === "pattern" && "format" in value),
  );
  return Object.fromEntries(
    entries.map(([key, inner]) =>
      key === "$ref" && typeof inner === "string"
        ? [key, inner.replace("#/$defs/", "#/components/schemas/")]
        : key === "properties"
          ? [key, mapValues(inner as Json, tidy)]
          : [key, tidy(inner)],
    ),
  );
}

function mapValues(record: Json, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
