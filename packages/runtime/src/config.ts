import { readFileSync } from "node:fs";
import { load, CORE_SCHEMA, mergeTag, YAMLException } from "js-yaml";
import { envName, envSettings, PREFIX } from "./config-env.ts";
import { ConfigError } from "./config-problem.ts";
import type { ConfigProblem, Origin } from "./config-problem.ts";
import { describeIssues } from "./config-issues.ts";
import { isDictionary, mergeLayer, secretTexts, resolveSecrets, textToValue } from "./config-values.ts";
import type { Dictionary } from "./config-values.ts";
import { defaultDataDir, Settings } from "./settings.ts";
import { settingsReference } from "./settings-reference.ts";
import { childSchema, settingNode, settingsRoot } from "./settings-tree.ts";
import type { SettingNode } from "./settings-tree.ts";
import { suggest } from "./suggest.ts";

const MAX_FILE_BYTES = 262_144;

export interface ConfigSources {
  env: Readonly<Record<string, string | undefined>>;
  /** A YAML or JSON file; without it EVENKEEL_CONFIG is looked at. */
  configPath?: string;
  /** Dotted path → value, as given on the command line: { "server.port": 9000 }. Undefined values are skipped. */
  flags?: Readonly<Record<string, unknown>>;
  /** Names that exist in this build. With them a misspelt source or provider is refused. */
  known?: { sources?: readonly string[]; sliProviders?: readonly string[] };
  readFile?: (path: string) => string;
}

export interface LoadedConfig {
  settings: Settings;
  /** Where the value at a dotted path was written. */
  originOf: (path: string) => Origin;
  /** Every secret text in the settings, for the log to mask. */
  secrets: readonly string[];
  configPath?: string;
}

/**
 * Defaults ← file ← environment ← flags, checked by one schema.
 * @throws ConfigError naming every problem with its source, path, what was found and what was expected.
 */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const { env, flags = {}, readFile = (path: string) => readFileSync(path, "utf8") } = sources;
  const configPath = sources.configPath ?? env[`${PREFIX}CONFIG`] ?? undefined;
  const problems: ConfigProblem[] = [];
  const origins = new Map<string, Origin>();
  const merged: Dictionary = {};
  const read = (origin: Origin, path: string, file: string) => {
    try {
      return readFile(file).replace(/\r?\n$/, "");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      problems.push({
        origin,
        path,
        found: `a file that cannot be read: ${file} (${code})`,
        expected: "a readable file",
      });
      return undefined;
    }
  };
  const secretSources = { env, read };

  if (configPath) {
    const origin: Origin = { source: "file", name: configPath };
    const text = read(origin, "", configPath);
    const document = text === undefined ? {} : parseFile(text, origin, problems);
    mergeLayer(
      merged,
      resolveSecrets(document, settingsRoot, origin, [], secretSources, problems) as Dictionary,
      origin,
      origins,
    );
  }

  const known = settingsReference().map((row) => row.env);
  const fromEnv = envSettings(env, (variable) => suggest(variable, known));
  problems.push(...fromEnv.problems);
  for (const { variable, path, node, text, fromFile } of fromEnv.values) {
    const origin: Origin = { source: "env", name: variable };
    const content = fromFile ? read(origin, path.join("."), text) : text;
    if (content !== undefined) put(path, node, content, origin);
  }

  for (const [flag, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const origin: Origin = { source: "flag", name: flag };
    const path = flag.split(".");
    const node = nodeAt(path);
    if (node) put(path, node, value, origin);
    else {
      const suggestion = suggest(
        flag,
        settingsReference().map((row) => row.path),
      );
      problems.push({ origin, path: "", found: "an unknown setting", expected: "a known one", suggestion });
    }
  }

  function put(path: string[], node: SettingNode, given: unknown, origin: Origin): void {
    const value = typeof given === "string" ? textToValue(given, node, path.join("."), origin, problems) : given;
    if (value === undefined) return;
    const resolved = resolveSecrets(value, node, origin, path, secretSources, problems);
    mergeLayer(
      merged,
      path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), resolved) as Dictionary,
      origin,
      origins,
    );
  }

  merged["dataDir"] ??= defaultDataDir(env);
  const originOf = (path: string): Origin => nearestOrigin(origins, path);
  const parsed = Settings.safeParse(asArrays(merged, settingsRoot));
  if (!parsed.success) problems.push(...describeIssues(parsed.error.issues, merged, (path) => blamed(origins, path)));
  if (parsed.success) problems.push(...unknownPlugins(parsed.data, sources.known ?? {}, originOf));
  if (problems.length > 0 || !parsed.success) throw new ConfigError(problems);
  return { settings: parsed.data, originOf, secrets: secretTexts(parsed.data), ...(configPath ? { configPath } : {}) };
}

function parseFile(text: string, origin: Origin, problems: ConfigProblem[]): Dictionary {
  const fail = (found: string, expected: string): Dictionary => {
    problems.push({ origin, path: "", found, expected });
    return {};
  };
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return fail("more than 256 KiB", "a smaller file");
  if (text.trim() === "") return {};
  try {
    const document = load(text, { schema: CORE_SCHEMA.withTags(mergeTag), maxAliases: 50 });
    if (document === null) return {};
    if (isEndless(document)) return fail("values nested without end, or far too many", "plain settings");
    return isDictionary(document) ? document : fail("no mapping", "keys and values, such as `server: { port: 8484 }`");
  } catch (error) {
    // js-yaml asks its callers to catch whatever a text makes it throw, not only its own exception.
    const message = error instanceof YAMLException ? error.message : String(error);
    return fail(message.split("\n")[0]!, "YAML or JSON");
  }
}

const MOST_VALUES = 20_000;
const MOST_LEVELS = 50;

/** Aliases may multiply a small text a million times, or close a circle. Stops counting at the bound. */
function isEndless(value: unknown): boolean {
  let left = MOST_VALUES;
  const visit = (current: unknown, depth: number): boolean => {
    if (--left < 0 || depth > MOST_LEVELS) return true;
    if (typeof current !== "object" || current === null) return false;
    return Object.values(current).some((child) => visit(child, depth + 1));
  };
  return visit(value, 0);
}

function nodeAt(path: readonly string[]): SettingNode | undefined {
  let node = settingsRoot;
  for (const key of path) {
    const schema = childSchema(node, key);
    if (!schema) return undefined;
    node = settingNode(schema);
  }
  return node;
}

/** Layers address the items of a list by number (TOKENS__0__NAME); where they did, the schema wants a list. */
function asArrays(value: unknown, node: SettingNode): unknown {
  if (!isDictionary(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => {
    const schema = childSchema(node, key);
    return [key, schema ? asArrays(inner, settingNode(schema)) : inner];
  });
  if (node.kind !== "array") return Object.fromEntries(entries);
  return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, inner]) => inner);
}

function nearestOrigin(origins: ReadonlyMap<string, Origin>, path: string): Origin {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const origin = origins.get(at);
    if (origin) return origin;
  }
  return { source: "default" };
}

/** A value that is missing was written nowhere: then whoever wrote its neighbours is to look. */
function blamed(origins: ReadonlyMap<string, Origin>, path: string): Origin {
  const nearest = nearestOrigin(origins, path);
  if (nearest.source !== "default") return nearest;
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    for (const [written, origin] of origins) if (written.startsWith(`${at}.`)) return origin;
  }
  return nearest;
}

function unknownPlugins(
  settings: Settings,
  known: NonNullable<ConfigSources["known"]>,
  originOf: (path: string) => Origin,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const check = (path: string, name: string, names: readonly string[] | undefined, what: string) => {
    if (!names || names.includes(name)) return;
    const expected = `${what}: ${names.join(", ")}`;
    problems.push({
      origin: originOf(path),
      path,
      found: JSON.stringify(name),
      expected,
      suggestion: suggest(name, names),
    });
  };
  const sliNames = known.sliProviders;
  // These three are listed by the schema itself, so they are present even where nobody wrote them.
  const sources = known.sources && [...known.sources, "alertmanager", "dynatrace", "events"];
  for (const name of Object.keys(settings.intake.sources))
    check(`intake.sources.${name}`, name, sources && [...new Set(sources)], "an alert source");
  const slis: [string, object][] = [["sli", settings.sli]];
  for (const [name, project] of Object.entries(settings.projects))
    if (project.sli) slis.push([`projects.${name}.sli`, project.sli]);
  for (const [path, sli] of slis) {
    const { provider, ...others } = sli as { provider?: string };
    if (provider) check(`${path}.provider`, provider, sliNames, "an SLI provider");
    for (const name of Object.keys(others))
      check(
        `${path}.${name}`,
        name,
        sliNames && [...new Set([...sliNames, "prometheus", "dynatrace"])],
        "an SLI provider",
      );
  }
  return problems;
}

/** Rows for `config view --show-origin`: every value in force, secrets masked, and where it came from. */
export function configRows({
  settings,
  originOf,
}: LoadedConfig): { path: string; value: string; origin: Origin; env: string }[] {
  const rows: { path: string; value: string; origin: Origin; env: string }[] = [];
  const walk = (value: unknown, node: SettingNode, path: string[]): void => {
    if (value === undefined) return;
    if (isDictionary(value) && (node.kind === "object" || Object.keys(value).length > 0)) {
      for (const [key, inner] of Object.entries(value)) {
        const schema = childSchema(node, key);
        if (schema) walk(inner, settingNode(schema), [...path, key]);
      }
      return;
    }
    if (Array.isArray(value) && value.length > 0 && node.kind === "array") {
      const element = settingNode(childSchema(node, "0")!);
      if (element.kind !== "leaf" || element.secret)
        return value.forEach((item, i) => walk(item, element, [...path, String(i)]));
    }
    const dotted = path.join(".");
    rows.push({
      path: dotted,
      value: node.secret ? "***" : JSON.stringify(value),
      origin: originOf(dotted),
      env: envName(path),
    });
  };
  walk(settings, settingsRoot, []);
  return rows;
}
