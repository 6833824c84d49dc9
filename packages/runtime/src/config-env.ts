import type { ConfigProblem } from "./config-problem.ts";
import { childSchema, isOpen, knownKeys, settingNode, settingsRoot } from "./settings-tree.ts";
import type { SettingNode } from "./settings-tree.ts";

export const PREFIX = "EVENKEEL_";

/** Well-known names that need no prefix. The prefixed name wins over them. */
export const UNPREFIXED = {
  DATABASE_URL: "database.url",
  REDIS_URL: "queue.redisUrl",
  KUBECONFIG: "kubernetes.kubeconfig",
} as const;

/** Read by the command line itself, not settings of the server. */
const NOT_SETTINGS = new Set(
  ["CONFIG", "SERVER", "TOKEN", "TOKEN_FILE", "CONTEXT", "OUTPUT", "DEBUG", "ROLES", "FAILPOINT"].map(
    (n) => PREFIX + n,
  ),
);

/** Kubernetes sets these in every pod beside a Service called evenkeel or evenkeel-<something>. */
const SERVICE_LINK =
  /^EVENKEEL(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)$/;

export interface EnvValue {
  variable: string;
  path: string[];
  node: SettingNode;
  text: string;
  /** The variable holds the path of a file whose contents are the value. */
  fromFile: boolean;
}

/** dataDir → DATA_DIR */
export function envSegment(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[-.]/g, "_")
    .toUpperCase();
}

/** ["server", "port"] → EVENKEEL_SERVER__PORT */
export function envName(path: readonly string[]): string {
  return PREFIX + path.map(envSegment).join("__");
}

/** Picks the settings out of an environment. Least important first: a later entry wins over an earlier one. */
export function envSettings(
  env: Readonly<Record<string, string | undefined>>,
  suggestName: (variable: string) => string | undefined,
): { values: EnvValue[]; problems: ConfigProblem[] } {
  const values: EnvValue[] = [];
  const problems: ConfigProblem[] = [];
  for (const [name, dotted] of Object.entries(UNPREFIXED)) {
    const path = dotted.split(".");
    const node = path.reduce<SettingNode>((at, key) => settingNode(childSchema(at, key)!), settingsRoot);
    const file = node.secret ? env[`${name}_FILE`] : undefined;
    if (file) values.push({ variable: `${name}_FILE`, path, node, text: file, fromFile: true });
    if (env[name]) values.push({ variable: name, path, node, text: env[name], fromFile: false });
  }
  for (const [variable, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith(PREFIX) || text === undefined || text === "" || isForeign(variable, text)) continue;
    const found = locate(variable);
    if (found) values.push({ variable, text, ...found });
    else {
      const origin = { source: "env", name: variable } as const;
      problems.push({
        origin,
        path: "",
        found: "an unknown setting",
        expected: "a known one",
        suggestion: suggestName(variable),
      });
    }
  }
  return { values, problems };
}

function isForeign(variable: string, text: string): boolean {
  if (NOT_SETTINGS.has(variable) || SERVICE_LINK.test(variable)) return true;
  return variable.endsWith("_PORT") && /^(tcp|udp|sctp):\/\//.test(text);
}

function locate(variable: string): Pick<EnvValue, "path" | "node" | "fromFile"> | undefined {
  const segments = variable.slice(PREFIX.length).split("__");
  const last = segments.at(-1)!;
  if (last.endsWith("_FILE")) {
    const found = descend([...segments.slice(0, -1), last.slice(0, -"_FILE".length)]);
    if (found?.node.secret) return { ...found, fromFile: true };
  }
  const found = descend(segments);
  return found && { ...found, fromFile: false };
}

function descend(segments: readonly string[]): Pick<EnvValue, "path" | "node"> | undefined {
  let node = settingsRoot;
  const path: string[] = [];
  for (const segment of segments) {
    if (segment === "") return undefined;
    const key = knownKeys(node).find((known) => envSegment(known) === segment) ?? openKey(node, path, segment);
    const schema = key === undefined ? undefined : childSchema(node, key);
    if (key === undefined || !schema) return undefined;
    path.push(key);
    node = settingNode(schema);
  }
  return { path, node };
}

/** Names of secrets are kept as written; all others (projects, sources, headers) are lower case with dashes. */
function openKey(node: SettingNode, path: readonly string[], segment: string): string | undefined {
  if (node.kind === "array") return segment;
  if (!isOpen(node)) return undefined;
  return path.at(-1) === "secrets" ? segment : segment.toLowerCase().replaceAll("_", "-");
}
