import { quote } from "../finding.ts";

/** Puts the parser's complaint about a text at an offset into words that say what to change. */
export function explainSyntax(reason: string, source: string, offset: number): { found: string; expected: string } {
  const line = source.slice(offset).split(/[\r\n]/, 1)[0] ?? "";
  if (/tab characters/.test(reason) || /^\s*\t/.test(lineAround(source, offset))) {
    return { found: "a tab in the indentation", expected: "spaces" };
  }
  if (/a line break is expected/.test(reason)) {
    return {
      found: `${quote(lineAround(source, offset).trim())}, where > or | begins a text block`,
      expected: 'quotes around a text that begins with > or |, such as ">=5"',
    };
  }
  if (/non-printable|null byte/.test(reason)) return { found: "a control character", expected: "printable text" };
  if (/unidentified alias/.test(reason)) {
    return { found: reason.replace("unidentified ", "the "), expected: "an anchor (&name) of that name before it" };
  }
  if (/maxAliases/.test(reason)) return { found: "too many aliases (*name)", expected: "at most 50" };
  if (/maxDepth/.test(reason)) return { found: "values nested too deeply", expected: "at most 100 levels" };
  if (/unknown .* tag|explicit tag/.test(reason)) {
    return { found: `a YAML tag (${reason})`, expected: "a plain value without a tag" };
  }
  if (/complex keys/.test(reason)) return { found: "a mapping or list as a key", expected: "a text as key" };
  if (/cannot merge/.test(reason)) return { found: "<< with something else", expected: "<< with a mapping (*name)" };
  if (/unexpected end of the stream/.test(reason)) {
    return { found: `the end of the file (${reason})`, expected: "the closing quote or bracket" };
  }
  if (/bad indentation/.test(reason)) {
    return {
      found: `${quote(line)}, which does not continue what stands before it`,
      expected: "a key in the column of its neighbours, or quotes around a text with special characters",
    };
  }
  return { found: reason, expected: "valid YAML" };
}

function lineAround(source: string, offset: number): string {
  const start = Math.max(source.lastIndexOf("\n", offset - 1), source.lastIndexOf("\r", offset - 1)) + 1;
  return source.slice(start).split(/[\r\n]/, 1)[0] ?? "";
}
