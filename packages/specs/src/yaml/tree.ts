import { EVENT_ID, SCALAR_STYLE, getScalarValue } from "js-yaml";
import type { Event, ScalarEvent } from "js-yaml";
import type { Path } from "../finding.ts";

/** Where things stand in a YAML text. Offsets count UTF-16 code units from the start of the parsed text. */
export type Node = ScalarNode | MappingNode | SequenceNode | AliasNode;

export interface ScalarNode {
  kind: "scalar";
  start: number;
  /** As written, without quotes and with escapes resolved: `+1` stays "+1", `010` stays "010". */
  text: string;
  plain: boolean;
}

export interface MappingNode {
  kind: "mapping";
  start: number;
  pairs: Pair[];
  /** The pairs whose key is a scalar, by its text. */
  byKey: Map<string, Pair>;
}

export interface Pair {
  key: Node;
  value: Node;
}

export interface SequenceNode {
  kind: "sequence";
  start: number;
  items: Node[];
}

export interface AliasNode {
  kind: "alias";
  start: number;
  /** Undefined when no such anchor stands before the alias. */
  target: Node | undefined;
}

/** The documents of an event stream as trees that share nothing: an alias stays one node, however large its target. */
export function buildTrees(source: string, events: readonly Event[]): Node[] {
  const roots: Node[] = [];
  const open: (MappingNode | SequenceNode | "document")[] = [];
  const pendingKeys = new Map<MappingNode, Node>();
  const anchors = new Map<string, Node>();
  let end = 0;

  const place = (node: Node) => {
    const parent = open.at(-1);
    if (parent === undefined || parent === "document") return void roots.push(node);
    if (parent.kind === "sequence") return void parent.items.push(node);
    const key = pendingKeys.get(parent);
    if (key === undefined) return void pendingKeys.set(parent, node);
    pendingKeys.delete(parent);
    const pair = { key, value: node };
    parent.pairs.push(pair);
    if (key.kind === "scalar" && !parent.byKey.has(key.text)) parent.byKey.set(key.text, pair);
  };
  const define = (event: { anchorStart: number; anchorEnd: number }, node: Node) => {
    if (event.anchorStart >= 0) anchors.set(source.slice(event.anchorStart, event.anchorEnd), node);
    place(node);
  };

  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        anchors.clear();
        open.push("document");
        break;
      case EVENT_ID.MAPPING: {
        const node: MappingNode = { kind: "mapping", start: event.start, pairs: [], byKey: new Map() };
        define(event, node);
        open.push(node);
        break;
      }
      case EVENT_ID.SEQUENCE: {
        const node: SequenceNode = { kind: "sequence", start: event.start, items: [] };
        define(event, node);
        open.push(node);
        break;
      }
      case EVENT_ID.SCALAR:
        define(event, scalarNode(source, event, end));
        end = Math.max(end, event.valueEnd);
        break;
      case EVENT_ID.ALIAS: {
        const name = source.slice(event.anchorStart, event.anchorEnd);
        place({ kind: "alias", start: event.anchorStart - 1, target: anchors.get(name) });
        end = event.anchorEnd;
        break;
      }
      case EVENT_ID.POP:
        open.pop();
        break;
    }
  }
  return roots;
}

function scalarNode(source: string, event: ScalarEvent, previousEnd: number): ScalarNode {
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  // An empty value has no place of its own; the end of what stands before it is where a reader would type it.
  const start = event.valueStart < 0 ? previousEnd : event.valueStart - (quoted ? 1 : 0);
  return { kind: "scalar", start, text: getScalarValue(source, event), plain: event.style === SCALAR_STYLE.PLAIN };
}

/** The node at a path, following aliases and merge keys; undefined when the text has nothing there. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const step of path) {
    node = childOf(dereference(node), step);
    if (node === undefined) return undefined;
  }
  return node;
}

/** The key that introduces the value at a path, for complaints about the key itself. */
export function keyAt(root: Node, path: Path): Node | undefined {
  const parent = dereference(nodeAt(root, path.slice(0, -1)));
  if (parent?.kind !== "mapping") return undefined;
  return parent.byKey.get(String(path.at(-1)))?.key;
}

export function dereference(node: Node | undefined): Exclude<Node, AliasNode> | undefined {
  let current = node;
  while (current?.kind === "alias") current = current.target;
  return current;
}

export function isMergeKey(key: Node): boolean {
  return key.kind === "scalar" && key.plain && key.text === "<<";
}

/** `seen` keeps a search through merged mappings from visiting one twice, or in circles. */
function childOf(node: Node | undefined, step: PropertyKey, seen = new Set<Node>()): Node | undefined {
  if (node?.kind === "sequence") return node.items[Number(step)];
  if (node?.kind !== "mapping" || seen.has(node)) return undefined;
  seen.add(node);
  const own = node.byKey.get(String(step));
  if (own) return own.value;
  for (const { key, value } of node.pairs) {
    if (!isMergeKey(key)) continue;
    const source = dereference(value);
    for (const merged of source?.kind === "sequence" ? source.items : [source]) {
      const found = childOf(dereference(merged), step, seen);
      if (found) return found;
    }
  }
  return undefined;
}
