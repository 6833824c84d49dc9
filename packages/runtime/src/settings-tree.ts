import * as z from "zod";
import { Settings } from "./settings.ts";

/** One settable value, or a group of them, found by walking the schema. */
export interface SettingNode {
  kind: "object" | "record" | "array" | "union" | "leaf" | "any";
  schema: z.core.$ZodType;
  /** For leaves: string, number, boolean, enum, duration. */
  type: string;
  secret: boolean;
  optional: boolean;
  default?: unknown;
  description?: string;
  /** For enums. */
  values?: readonly string[];
}

interface Meta {
  secret?: boolean;
  kind?: string;
  description?: string;
  defaultText?: string;
}

/** What stands behind defaults, optionals and transforms. */
export function settingNode(schema: z.core.$ZodType): SettingNode {
  const node: SettingNode = { kind: "leaf", schema, type: "string", secret: false, optional: false };
  let current: z.core.$ZodType = schema;
  for (;;) {
    const meta = (z.globalRegistry.get(current) ?? {}) as Meta;
    node.description ??= meta.description;
    node.secret ||= meta.secret === true;
    if (meta.defaultText) node.default = meta.defaultText;
    const def = (current as z.core.$ZodTypes)._zod.def;
    switch (def.type) {
      case "default":
      case "prefault":
        if (node.default === undefined) node.default = def.defaultValue;
        current = def.innerType;
        continue;
      case "optional":
        node.optional = true;
        current = def.innerType;
        continue;
      case "pipe":
        current = def.in;
        continue;
      case "object":
      case "record":
      case "array":
      case "union":
        return { ...node, kind: def.type, schema: current, type: def.type };
      case "enum":
        return { ...node, schema: current, type: "enum", values: Object.values(def.entries).map(String) };
      case "number":
      case "boolean":
        return { ...node, schema: current, type: def.type };
      case "literal":
        return { ...node, schema: current, type: "enum", values: def.values.map(String) };
      case "string":
        return { ...node, schema: current, type: meta.kind ?? "string" };
      default:
        return { ...node, kind: "any", schema: current, type: "any" };
    }
  }
}

/** The schema of one key, or undefined where no such key is known. */
export function childSchema(node: SettingNode, key: string): z.core.$ZodType | undefined {
  const def = (node.schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case "object": {
      if (Object.hasOwn(def.shape, key)) return def.shape[key];
      const rest = def.catchall as z.core.$ZodTypes | undefined;
      return rest && rest._zod.def.type !== "never" ? rest : undefined;
    }
    case "record":
      return def.valueType;
    case "array":
      return /^\d+$/.test(key) ? def.element : undefined;
    case "union": {
      // Variants share their field names with equal meaning, so that the first that knows the key will do.
      for (const option of def.options) {
        const found = childSchema(settingNode(option), key);
        if (found) return found;
      }
      return undefined;
    }
    default:
      return node.kind === "any" ? node.schema : undefined;
  }
}

/** The names that a group knows by itself; records and open groups take others as well. */
export function knownKeys(node: SettingNode): string[] {
  const def = (node.schema as z.core.$ZodTypes)._zod.def;
  if (def.type === "object") return Object.keys(def.shape);
  if (def.type === "union") return [...new Set(def.options.flatMap((option) => knownKeys(settingNode(option))))];
  return [];
}

/** Whether a group takes keys that it does not list. */
export function isOpen(node: SettingNode): boolean {
  return childSchema(node, "\u0000") !== undefined;
}

export const settingsRoot = settingNode(Settings);
