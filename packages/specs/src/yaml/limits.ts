import { isMergeKey } from "./tree.ts";
import type { Node } from "./tree.ts";

/** What one file may hold. Real files have a few hundred nodes; these bounds stop texts made to exhaust a parser. */
export const LIMITS = { bytes: 256 * 1024, depth: 100, nodes: 20_000, aliases: 50, complaints: 50 } as const;

/** `toString`: an object that brings its own, and no function, throws wherever somebody writes or compares it. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype", "toString"]);

export type KeyTrouble =
  | { kind: "forbidden"; start: number; text: string }
  | { kind: "duplicate"; start: number; text: string; first: number };

/** Keys that reach into JavaScript's prototypes, and keys that stand twice in one mapping. */
export function troubleWithKeys(root: Node): KeyTrouble[] {
  const troubles: KeyTrouble[] = [];
  const visit = (node: Node) => {
    if (troubles.length >= LIMITS.complaints) return;
    if (node.kind === "sequence") node.items.forEach(visit);
    if (node.kind !== "mapping") return;
    const seen = new Map<string, number>();
    for (const { key, value } of node.pairs) {
      visit(value);
      if (key.kind !== "scalar" || isMergeKey(key)) continue;
      const { start, text } = key;
      if (FORBIDDEN_KEYS.has(text)) troubles.push({ kind: "forbidden", start, text });
      const first = seen.get(text);
      if (first === undefined) seen.set(text, start);
      else troubles.push({ kind: "duplicate", start, text, first });
    }
  };
  visit(root);
  return troubles.slice(0, LIMITS.complaints);
}

/**
 * Why a loaded value is too large to be walked: aliases may multiply a small text a million times, or close a circle.
 * Stops counting at the bound, so it is quick on exactly those.
 */
export function tooLarge(value: unknown): "depth" | "nodes" | undefined {
  let left: number = LIMITS.nodes;
  const visit = (current: unknown, depth: number): "depth" | "nodes" | undefined => {
    if (--left < 0) return "nodes";
    if (typeof current !== "object" || current === null) return undefined;
    if (depth >= LIMITS.depth) return "depth";
    for (const child of Object.values(current)) {
      const trouble = visit(child, depth + 1);
      if (trouble) return trouble;
    }
    return undefined;
  };
  return visit(value, 0);
}
