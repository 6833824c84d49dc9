import { parseSli, mergeSli } from "./sli.ts";
import type { Sli } from "./sli.ts";
import type { FileKind } from "./files.ts";
import type { Finding } from "./finding.ts";
import { nearest } from "./nearest.ts";

/** Where a file of a directory belongs. */
export interface Placed {
  project: string;
  /** Missing at project level. */
  stage?: string;
  /** Missing at project and stage level. */
  service?: string;
  /** The name below that level: `slo.yaml`, `prometheus/sli.yaml`. */
  uri: string;
  kind: FileKind | "other";
  /** What the author probably meant, for a file that is not read although its name comes close. */
  hint?: string;
}

const AT_ANY_LEVEL: Readonly<Record<string, FileKind>> = {
  "remediation.yaml": "remediation",
  "slo.yaml": "slo",
  "service.yaml": "service",
};
const KNOWN_NAMES = ["shipyard.yaml", "remediation.yaml", "slo.yaml", "sli.yaml", "service.yaml"];
const KNOWN_PROVIDERS = ["dynatrace", "prometheus"];

/**
 * Where the file at a path like `sockshop/production/carts/slo.yaml` belongs. Undefined for paths outside of any project:
 * files directly at the top, and paths with empty, hidden, `.` or `..` parts.
 */
export function classify(path: string): Placed | undefined {
  const parts = path
    .replace(/\\/g, "/")
    .replace(/^(?:\.\/)+/, "")
    .split("/");
  if (parts.length < 2 || parts.some((part) => part === "" || part.startsWith("."))) return undefined;
  const [project = "", ...inside] = parts;
  const name = inside.at(-1) ?? "";
  // An SLI file's folder names its provider, so it is not a stage or service.
  const uriParts = name === "sli.yaml" && inside.length > 1 ? 2 : 1;
  const levels = Math.min(2, inside.length - uriParts);
  const [stage, service] = inside.slice(0, levels);
  const uri = inside.slice(levels).join("/");
  const placed: Placed = { project, ...(stage && { stage }), ...(service && { service }), uri, kind: "other" };
  return { ...placed, ...recognise(placed) };
}

function recognise({ stage, uri }: Placed): Pick<Placed, "kind" | "hint"> {
  if (uri === "shipyard.yaml") {
    return stage ? { kind: "other", hint: "shipyard.yaml belongs at project level" } : { kind: "shipyard" };
  }
  if (Object.hasOwn(AT_ANY_LEVEL, uri)) return { kind: AT_ANY_LEVEL[uri] ?? "other" };
  const [provider = "", name, ...deeper] = uri.split("/");
  if (name === "sli.yaml" && deeper.length === 0) {
    const hint = `sli.yaml is read as the queries for the SLI provider ${provider}`;
    return { kind: "sli", ...(!KNOWN_PROVIDERS.includes(provider) && { hint }) };
  }
  if (uri === "sli.yaml") {
    return { kind: "other", hint: "sli.yaml belongs in a folder with its provider's name, as prometheus/sli.yaml" };
  }
  const meant = deeper.length === 0 ? nearest((name ?? provider).replace(/\.yml$/, ".yaml"), KNOWN_NAMES) : undefined;
  return { kind: "other", ...(meant && { hint: `not read; did you mean ${meant}?` }) };
}

/** The places of a file inside one project, the most specific first. */
function candidates(stage: string, service: string, uri: string): string[] {
  return [`${stage}/${service}/${uri}`, `${stage}/${uri}`, uri];
}

/**
 * Which of one project's files counts for a service: the service's own, else its stage's, else the project's. The keys
 * of `files` are paths inside the project, such as `production/carts/slo.yaml` or `shipyard.yaml`.
 */
export function lookup(
  files: ReadonlyMap<string, unknown>,
  stage: string,
  service: string,
  uri: string,
): string | undefined {
  return candidates(stage, service, uri).find((path) => files.has(path));
}

export type SliFiles =
  | { ok: true; value: Sli; paths: readonly string[] }
  /** `path` is the file that is wrong. */
  | { ok: false; path: string; findings: Finding[] };

/** The indicators of a provider for a service, merged from all three levels; `paths` are the files that were read. */
export function sliFiles(
  files: ReadonlyMap<string, string>,
  stage: string,
  service: string,
  provider: string,
): SliFiles {
  const paths: string[] = [];
  let value = mergeSli();
  for (const path of candidates(stage, service, `${provider}/sli.yaml`).reverse()) {
    const text = files.get(path);
    if (text === undefined) continue;
    const parsed = parseSli(text);
    if (!parsed.ok) return { ok: false, path, findings: parsed.findings };
    value = mergeSli(value, parsed.value);
    paths.push(path);
  }
  return { ok: true, value, paths };
}
