import { parseFile, type FileKind } from "./files.ts";
import type { Finding } from "./finding.ts";

export interface Complaints {
  /** What is wrong: the file must not come into force. */
  findings: Finding[];
  /** What is odd, or has no effect. */
  warnings: Finding[];
}

/** What a remediation.yaml asks for that no action can do. Only whoever has the actions knows. */
export type CheckActions = (yaml: string) => Complaints;

/** All that is to be said of one file, in the order of its lines. Whoever takes files in refuses what has findings. */
export function checkText(kind: FileKind, text: string, checkActions: CheckActions): Complaints {
  const parsed = parseFile<FileKind>(kind, text);
  const use = kind === "remediation" ? checkActions(text) : { findings: [], warnings: [] };
  return {
    findings: inReadingOrder([...(parsed.ok ? [] : parsed.findings), ...use.findings]),
    warnings: inReadingOrder([...(parsed.ok ? parsed.warnings : []), ...use.warnings]),
  };
}

const inReadingOrder = (findings: Finding[]) => findings.sort((a, b) => a.line - b.line || a.column - b.column);
