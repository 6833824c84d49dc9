import { formatPath } from "./finding.ts";
import type { Finding, Path } from "./finding.ts";
import { nearest } from "./nearest.ts";
import { describe, finding, loadDocument } from "./yaml/document.ts";

/** An action as somebody wrote it; apart from its kind nothing of it has been checked. */
export interface WrittenAction {
  action: string;
  /** As `parseRemediation` would give it: a scalar is its source text. */
  value: unknown;
  /** A finding at `action:`; names the known kind that was probably meant. */
  unknownAction(known: readonly string[]): Finding;
  /** A finding at the value, at a part of it, or, without one, at the action. `message` says what was expected. */
  badValue(message: string, part?: Path): Finding;
}

/**
 * Every action of a remediation.yaml of either generation, in the order of the file, for whoever knows which actions
 * there are. Also reads files that the schema refuses, as far as they have actions; none where the text is not YAML.
 */
export function writtenActions(yaml: string): WrittenAction[] {
  const loaded = loadDocument(yaml);
  if (!loaded.ok) return [];
  const { document } = loaded;
  const found: WrittenAction[] = [];
  for (const [listPath, key] of LISTS) {
    const entries = itemsAt(document.value, listPath);
    entries.forEach((entry, index) => {
      const path = [...listPath, index, key];
      itemsAt(entry, [key]).forEach((block, at) => {
        if (!isMapping(block) || typeof block.action !== "string" || block.action === "") return;
        found.push(written(block.action, block.value, [...path, at]));
      });
    });
  }
  return found;

  function written(action: string, raw: unknown, path: Path): WrittenAction {
    const valuePath = [...path, "value"];
    const text = raw === undefined || raw === null ? undefined : document.text(valuePath);
    return {
      action,
      value: text ?? raw ?? undefined,
      unknownAction(known) {
        const at = [...path, "action"];
        const complaint = finding(document.place(at), at, describe(action), known.join(", "));
        const meant = nearest(action, known);
        return meant ? { ...complaint, message: `${complaint.message}; did you mean ${meant}?` } : complaint;
      },
      badValue(message, part = []) {
        const at = [...valuePath, ...part];
        const complaint = finding(document.place(at), at, describe(text ?? raw), message);
        return { ...complaint, message: `${formatPath(at)}: ${message}` };
      },
    };
  }
}

const LISTS: readonly (readonly [path: readonly string[], key: string])[] = [
  [["remediations"], "actions"],
  [["spec", "remediations"], "actionsOnOpen"],
];

function itemsAt(value: unknown, path: readonly string[]): unknown[] {
  let current = value;
  for (const key of path) {
    if (!isMapping(current) || !Object.hasOwn(current, key)) return [];
    current = current[key];
  }
  return Array.isArray(current) ? current : [];
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
