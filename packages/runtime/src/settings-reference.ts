import * as z from "zod";
import { envName, UNPREFIXED } from "./config-env.ts";
import { Settings } from "./settings.ts";
import { childSchema, isOpen, knownKeys, settingNode, settingsRoot } from "./settings-tree.ts";
import type { SettingNode } from "./settings-tree.ts";

export interface SettingRow {
  /** Dotted; `<name>` stands for a name of the user's choice, `0` for the items of a list. */
  path: string;
  env: string;
  /** The unprefixed name, where there is one. */
  alias?: string;
  type: string;
  default: string;
  description: string;
  secret: boolean;
}

let reference: readonly SettingRow[] | undefined;

/** One row per setting, in the order of the schema, for the reference page and for suggestions. */
export function settingsReference(): readonly SettingRow[] {
  if (reference) return reference;
  const rows: SettingRow[] = [];
  walk(settingsRoot, [], rows);
  return (reference = rows);
}

/** JSON Schema (2020-12) of the settings file, for editors. */
export function settingsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(Settings, {
    io: "input",
    override: ({ jsonSchema }) => {
      delete jsonSchema["kind"];
      delete jsonSchema["defaultText"];
      if (
        jsonSchema["default"] !== undefined &&
        typeof jsonSchema["default"] === "string" &&
        jsonSchema["default"].startsWith("/")
      ) {
        // The data directory's default is a path of the machine that made the schema.
        delete jsonSchema["default"];
      }
      if (!jsonSchema["secret"]) return;
      delete jsonSchema["secret"];
      const { type, minLength, description } = jsonSchema;
      delete jsonSchema["type"];
      delete jsonSchema["minLength"];
      const reference = (key: string) =>
        ({
          type: "object",
          properties: { [key]: { type: "string" } },
          required: [key],
          additionalProperties: false,
        }) as const;
      Object.assign(jsonSchema, {
        ...(description ? { description } : {}),
        anyOf: [{ type, minLength }, reference("file"), reference("env")],
      });
    },
  }) as Record<string, unknown>;
}

function walk(node: SettingNode, path: readonly string[], rows: SettingRow[]): void {
  const known = knownKeys(node);
  for (const key of known) walk(withAllVariants(node, key), [...path, key], rows);
  if (node.kind === "array") {
    const element = settingNode(childSchema(node, "0")!);
    if (element.kind === "leaf") rows.push(row(node, path, `list of ${element.type}`, element.secret));
    else walk(element, [...path, "0"], rows);
    return;
  }
  if (node.kind === "object" || node.kind === "union" || node.kind === "record") {
    if (!isOpen(node)) return;
    const inner = settingNode(childSchema(node, "<name>")!);
    // An open group whose members are like those it lists needs no second set of rows.
    if (known.length === 0) walk(inner, [...path, "<name>"], rows);
    return;
  }
  rows.push(row(node, path, node.type === "enum" ? node.values!.join(" | ") : node.type, node.secret));
}

/** The key that tells the variants of a union apart has one value in each; the reference shows them all. */
function withAllVariants(node: SettingNode, key: string): SettingNode {
  const child = settingNode(childSchema(node, key)!);
  const def = (node.schema as z.core.$ZodTypes)._zod.def;
  if (def.type !== "union" || !child.values) return child;
  const values = def.options.flatMap((option) => {
    const schema = childSchema(settingNode(option), key);
    return (schema && settingNode(schema).values) ?? [];
  });
  return { ...child, values: [...new Set(values)] };
}

function row(node: SettingNode, path: readonly string[], type: string, secret: boolean): SettingRow {
  const dotted = path.join(".");
  const alias = Object.entries(UNPREFIXED).find(([, target]) => target === dotted)?.[0];
  return {
    path: dotted,
    env: envName(path),
    ...(alias ? { alias } : {}),
    type,
    default: defaultText(node.default),
    description: node.description ?? "",
    secret,
  };
}

function defaultText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
