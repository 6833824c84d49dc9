/** One thing to say about a file: where it stands, what was found there and what was expected instead. */
export interface Finding {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 code units, as editors count. */
  column: number;
  /** `spec.remediations[0].actionsOnOpen[1].value`; empty for the file as a whole. */
  path: string;
  found: string;
  expected: string;
  /** The whole sentence; safe to print on one line of a terminal or a log. */
  message: string;
}

/** A file's typed value with what is odd but harmless in it, or everything that is wrong with it. */
export type Parsed<T> = { ok: true; value: T; warnings: Finding[] } | { ok: false; findings: Finding[] };

/** Keys and list indices from the top of a file to one of its values. */
export type Path = readonly PropertyKey[];

/** `file:line:column: message`, the form that editors and terminals make clickable. */
export function formatFinding(file: string, finding: Finding): string {
  return `${file}:${finding.line}:${finding.column}: ${finding.message}`;
}

const LONGEST_QUOTE = 60;

/** Text from a file in double quotes, shortened and fit to print. */
export function quote(text: string): string {
  const short = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return printable(JSON.stringify(short));
}

/** Escapes everything that could break a line, steer a terminal or turn the direction of writing. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}

/** `["stages", 0, "name"]` → `stages[0].name`. */
export function formatPath(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (!/^[\w$-]+$/.test(String(step))) text += `[${quote(String(step))}]`;
    else text += text === "" ? String(step) : `.${String(step)}`;
  }
  return text;
}
