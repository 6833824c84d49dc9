import { CORE_SCHEMA, YAMLException, constructFromEvents, mergeTag, parseEvents } from "js-yaml";
import { formatPath, printable, quote } from "../finding.ts";
import type { Finding, Path } from "../finding.ts";
import { LIMITS, tooLarge, troubleWithKeys } from "./limits.ts";
import type { KeyTrouble } from "./limits.ts";
import { lineIndex } from "./lines.ts";
import { explainSyntax } from "./syntax.ts";
import { buildTrees, dereference, keyAt, nodeAt } from "./tree.ts";

/** A YAML text that was read within the bounds: its plain value, and where each part of it stands. */
export interface Document {
  value: Readonly<Record<string, unknown>>;
  /** A scalar as written, quotes removed: `+1` is "+1". Undefined for anything else and for nothing. */
  text(path: Path): string | undefined;
  /** 1-based place of the value at a path or, where the text has none, of the nearest part around it. */
  place(path: Path): { line: number; column: number };
  /** The same for the key that introduces the value. */
  keyPlace(path: Path): { line: number; column: number };
}

const SCHEMA = CORE_SCHEMA.withTags(mergeTag);

type Loaded = { ok: true; document: Document } | { ok: false; findings: Finding[] };

/**
 * Reads one YAML 1.2 document whose top is a mapping. Merge keys work; `on`, `off`, `yes`, `no` stay texts. Refused with
 * a finding: syntax errors, several documents, an empty text, duplicate keys, keys such as `__proto__`, unknown tags, and
 * whatever passes LIMITS.
 */
export function loadDocument(input: string): Loaded {
  const bytes = Buffer.byteLength(input);
  if (bytes > LIMITS.bytes) {
    return refuse({ line: 1, column: 1 }, `a file of ${Math.ceil(bytes / 1024)} KiB`, "at most 256 KiB");
  }
  const source = input.startsWith("\ufeff") ? input.slice(1) : input;
  const placeOf = lineIndex(source);
  try {
    return loadBounded(source, placeOf);
  } catch (error) {
    // js-yaml asks its callers to catch whatever a text makes it throw, not only its own exception.
    const reason = printable(error instanceof YAMLException ? error.reason : String(error)).slice(0, 200);
    const offset = error instanceof YAMLException ? (error.mark?.position ?? 0) : 0;
    const { found, expected } = explainSyntax(reason, source, offset);
    return refuse(placeOf(offset), found, expected);
  }
}

function loadBounded(source: string, placeOf: ReturnType<typeof lineIndex>): Loaded {
  const events = parseEvents(source, { maxDepth: LIMITS.depth });
  const roots = buildTrees(source, events);
  const [root, second] = roots;
  if (second)
    return refuse(placeOf(second.start), `${roots.length} YAML documents`, "one document, without a second ---");
  if (!root || (root.kind === "scalar" && root.plain && root.text === "")) {
    return refuse({ line: 1, column: 1 }, "an empty file", "a YAML mapping");
  }
  const troubles = troubleWithKeys(root);
  if (troubles.length > 0) {
    return { ok: false, findings: troubles.map((trouble) => keyFinding(trouble, placeOf)) };
  }
  const value = constructFromEvents(events, { source, schema: SCHEMA, maxAliases: LIMITS.aliases })[0];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse(placeOf(root.start), describe(value), "a YAML mapping (lines of the form key: value)");
  }
  const excess = tooLarge(value);
  if (excess) return refuse(placeOf(root.start), ...EXCESS[excess]);

  const place = (path: Path) => {
    for (let length = path.length; length > 0; length--) {
      const node = nodeAt(root, path.slice(0, length));
      if (node) return placeOf(node.start);
    }
    return placeOf(root.start);
  };
  const document: Document = {
    value: value as Record<string, unknown>,
    text: (path) => {
      const node = dereference(nodeAt(root, path));
      return node?.kind === "scalar" ? node.text : undefined;
    },
    place,
    keyPlace: (path) => {
      const key = keyAt(root, path);
      return key ? placeOf(key.start) : place(path);
    },
  };
  return { ok: true, document };
}

const EXCESS: Record<"depth" | "nodes", readonly [found: string, expected: string]> = {
  depth: ["values nested without end or too deeply", `at most ${LIMITS.depth} levels, aliases included`],
  nodes: ["more values than any real file has", `at most ${LIMITS.nodes} values, aliases included`],
};

/** What a value is, in a reader's words: `"text"`, `5`, `true`, `a list`, `nothing`. */
export function describe(value: unknown, text?: string): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return quote(value);
  return `the ${typeof value === "boolean" ? "boolean" : "number"} ${text ?? String(value)}`;
}

/** A finding whose message is the usual sentence `path: found …, expected …`. */
export function finding(place: { line: number; column: number }, path: Path, found: string, expected: string): Finding {
  const where = formatPath(path);
  const message = `${where === "" ? "" : `${where}: `}found ${found}, expected ${expected}`;
  return { ...place, path: where, found, expected, message };
}

function refuse(place: { line: number; column: number }, found: string, expected: string): Loaded {
  return { ok: false, findings: [finding(place, [], found, expected)] };
}

function keyFinding(trouble: KeyTrouble, placeOf: ReturnType<typeof lineIndex>): Finding {
  const place = placeOf(trouble.start);
  if (trouble.kind === "forbidden") return finding(place, [], `the key ${quote(trouble.text)}`, "another name");
  const first = placeOf(trouble.first).line;
  return finding(place, [], `the key ${quote(trouble.text)} a second time (first on line ${first})`, "each key once");
}
