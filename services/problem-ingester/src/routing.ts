import { kindOf, typeOf, type Target } from "@evenkeel/events";
import type { SourceSettings } from "@evenkeel/runtime";
import { cut } from "./text.ts";

/** How labels name a service; a part of each source's settings. */
export type Mapping = SourceSettings["mapping"];

/** Where an alert belongs, or why that cannot be said. `target` then holds what could be found and is a valid name. */
export type Route = { routed: true; target: Target } | { routed: false; target: Partial<Target>; reason: string };

export interface Clues {
  /** All different values of a label. Senders that report several services at once have several. */
  find: (label: string) => readonly string[];
  mapping: Mapping;
  /** Named by the notification outright; wins over labels. */
  explicit?: Partial<Target>;
  /** For what no label says. */
  fallback?: Partial<Target>;
}

const FIELDS = ["project", "stage", "service"] as const;
type Field = (typeof FIELDS)[number];
type Found = { value: string } | { reason: string } | undefined;

/** Finds project, stage and service: explicit fields, then labels in the mapping's order, then fallbacks, then the namespace. */
export function routeBy(clues: Clues): Route {
  const found: Record<Field, Found> = {
    project: findField("project", clues),
    stage: findField("stage", clues),
    service: findField("service", clues),
  };
  const namespace = clues.find("namespace")[0];
  const known = { project: valueOf(found.project), stage: valueOf(found.stage) };
  const split = namespace === undefined ? {} : splitNamespace(namespace, clues.mapping.namespacePattern, known);
  for (const field of ["project", "stage"] as const) {
    const value = split[field];
    if (!found[field] && value !== undefined) found[field] = { value };
  }

  const target: Partial<Target> = {};
  const reasons: string[] = [];
  for (const field of FIELDS) {
    const reason = faultOf(field, found[field], clues.mapping, namespace);
    if (reason) reasons.push(reason);
    else target[field] = valueOf(found[field]);
  }
  const { project, stage, service } = target;
  if (project && stage && service) return { routed: true, target: { project, stage, service } };
  return { routed: false, target, reason: reasons.join("; ") };
}

function findField(field: Field, { find, mapping, explicit, fallback }: Clues): Found {
  if (explicit?.[field]) return { value: explicit[field] };
  for (const label of mapping[field]) {
    const values = find(label).filter((value) => value !== "");
    // Choosing one would mean to act on a service that may be healthy.
    if (values.length > 1) return { reason: `${label} names more than one ${field}: ${cut(values.join(", "), 200)}` };
    if (values[0] !== undefined) return { value: values[0] };
  }
  return fallback?.[field] ? { value: fallback[field] } : undefined;
}

function faultOf(field: Field, found: Found, mapping: Mapping, namespace: string | undefined): string | undefined {
  if (found && "reason" in found) return found.reason;
  if (found) return nameFault(field, found.value);
  const looked = `no label says which ${field}: looked at ${mapping[field].join(", ")}`;
  if (field === "service") return looked;
  if (namespace === undefined) return `${looked}, namespace`;
  return `${looked}; namespace ${JSON.stringify(cut(namespace, 80))} does not fit ${mapping.namespacePattern}`;
}

function valueOf(found: Found): string | undefined {
  return found && "value" in found ? found.value : undefined;
}

/**
 * What is wrong with the name of a project, stage or service, or undefined. Names end up in event types, namespaces and
 * file paths: lower-case letters, digits and hyphens, at most 63, no hyphen first.
 */
export function nameFault(field: Field, name: string): string | undefined {
  const shown = `${field} ${JSON.stringify(cut(name, 80))}`;
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
    return `${shown} is not a valid name: expected at most 63 lower-case letters, digits and hyphens, no hyphen first`;
  }
  // The stage is a part of event types, and must be found again when they are read.
  const isReadBack = field !== "stage" || kindOf(typeOf("remediation.triggered", name)) === "remediation.triggered";
  return isReadBack ? undefined : `${shown} cannot be a part of an event type`;
}

/**
 * Takes a namespace apart by a pattern such as `{project}-{stage}`. Both parts may hold the separator: the second
 * placeholder takes as little as it can, so that `sock-shop-production` is split at the last hyphen. What labels say
 * already is not guessed again, and settles where to split.
 */
export function splitNamespace(
  namespace: string,
  pattern: string,
  known: { project?: string; stage?: string } = {},
): { project?: string; stage?: string } {
  const seen = new Set<string>();
  const source = pattern.replace(/\{(project|stage)\}|[^{]+|\{/g, (part, name: "project" | "stage" | undefined) => {
    if (!name) return escapeRegExp(part);
    if (known[name] !== undefined) return escapeRegExp(known[name]);
    if (seen.has(name)) return `\\k<${name}>`;
    const group = seen.size === 0 ? `(?<${name}>.+)` : `(?<${name}>[^-]+)`;
    seen.add(name);
    return group;
  });
  return { ...new RegExp(`^${source}$`).exec(namespace)?.groups };
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
