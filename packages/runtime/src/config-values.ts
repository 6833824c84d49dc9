import { parseDuration } from "./duration.ts";
import type { ConfigProblem, Origin } from "./config-problem.ts";
import { childSchema, settingNode, settingsRoot } from "./settings-tree.ts";
import type { SettingNode } from "./settings-tree.ts";

export type Dictionary = Record<string, unknown>;

const DANGEROUS = new Set(["__proto__", "constructor", "prototype"]);

export function isDictionary(value: unknown): value is Dictionary {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lays `layer` over `target`: groups are merged, all else is replaced. Notes for every value who wrote it. */
export function mergeLayer(
  target: Dictionary,
  layer: Dictionary,
  origin: Origin,
  origins: Map<string, Origin>,
  path: string[] = [],
): void {
  for (const [key, value] of Object.entries(layer)) {
    const at = [...path, key];
    const dotted = at.join(".");
    if (isDictionary(value) && Object.keys(value).length > 0) {
      const existing = Object.hasOwn(target, key) ? target[key] : undefined;
      // A list that a lower layer gave as a whole can still have its items addressed one by one.
      const inner = isDictionary(existing) ? existing : Array.isArray(existing) ? { ...existing } : {};
      define(target, key, inner);
      mergeLayer(inner as Dictionary, value, origin, origins, at);
      continue;
    }
    for (const known of origins.keys()) if (known.startsWith(`${dotted}.`)) origins.delete(known);
    define(target, key, value);
    origins.set(dotted, origin);
  }
}

/** Plain assignment to `__proto__` would change the object instead of adding a key. */
function define(target: Dictionary, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Text of a variable or flag → what the schema wants to see. Pushes a problem and gives undefined when it cannot be that. */
export function textToValue(
  text: string,
  node: SettingNode,
  path: string,
  origin: Origin,
  problems: ConfigProblem[],
): unknown {
  const refuse = (expected: string): undefined => {
    problems.push({ origin, path, found: node.secret ? "a text" : JSON.stringify(text), expected });
    return undefined;
  };
  const trimmed = text.trim();
  if (node.kind === "leaf") {
    if (node.type === "number") return /^[+-]?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : refuse("a number");
    if (node.type === "boolean")
      return trimmed === "true" ? true : trimmed === "false" ? false : refuse("true or false");
    if (node.type === "duration")
      return parseDuration(trimmed) === undefined ? refuse("a duration such as 30s or 10m") : trimmed;
    return text;
  }
  if (node.kind === "any" && !/^[[{]/.test(trimmed)) return text;
  if (node.kind === "array" && !trimmed.startsWith("[")) {
    return trimmed
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  }
  try {
    return JSON.parse(trimmed) as unknown;
  } catch {
    problems.push({
      origin,
      path,
      found: "a text that is not JSON",
      expected: node.kind === "array" ? "a list" : "a JSON object",
    });
    return undefined;
  }
}

export interface SecretSources {
  env: Readonly<Record<string, string | undefined>>;
  read: (origin: Origin, path: string, file: string) => string | undefined;
}

/** Replaces `{ file: path }` and `{ env: NAME }` by what they point at, wherever a secret (or something unknown) may stand. */
export function resolveSecrets(
  value: unknown,
  node: SettingNode | undefined,
  origin: Origin,
  path: readonly string[],
  sources: SecretSources,
  problems: ConfigProblem[],
): unknown {
  const dotted = path.join(".");
  if (Array.isArray(value)) {
    return value.map((item, i) =>
      resolveSecrets(item, childNode(node, String(i)), origin, [...path, String(i)], sources, problems),
    );
  }
  if (!isDictionary(value)) return value;
  const reference = secretReference(value);
  if (reference && (!node || node.kind === "any" || (node.kind === "leaf" && node.secret))) {
    if (reference.kind === "file") return sources.read(origin, dotted, reference.name);
    const text = sources.env[reference.name];
    if (text) return text;
    problems.push({
      origin,
      path: dotted,
      found: `variable ${reference.name}, which is not set`,
      expected: "one that is",
    });
    return undefined;
  }
  const resolved: Dictionary = {};
  for (const [key, inner] of Object.entries(value)) {
    if (DANGEROUS.has(key)) {
      problems.push({ origin, path: dotted, found: `key ${JSON.stringify(key)}`, expected: "another name" });
      continue;
    }
    resolved[key] = resolveSecrets(inner, childNode(node, key), origin, [...path, key], sources, problems);
  }
  return resolved;
}

function childNode(node: SettingNode | undefined, key: string): SettingNode | undefined {
  const schema = node && childSchema(node, key);
  return schema && settingNode(schema);
}

function secretReference(value: Dictionary): { kind: "file" | "env"; name: string } | undefined {
  const [key, ...rest] = Object.keys(value);
  const name = key === undefined ? undefined : value[key];
  if (rest.length > 0 || typeof name !== "string") return undefined;
  return key === "file" || key === "env" ? { kind: key, name } : undefined;
}

/** All texts that stand where the schema says secret. Short ones are left out: masking "a" would mask everything. */
export function secretTexts(settings: unknown): string[] {
  const found = new Set<string>();
  const walk = (value: unknown, node: SettingNode): void => {
    if (typeof value === "string" && node.secret && value.length >= 6) found.add(value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const schema = childSchema(node, key);
      if (schema) walk(inner, settingNode(schema));
    }
  };
  walk(settings, settingsRoot);
  return [...found];
}

export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
