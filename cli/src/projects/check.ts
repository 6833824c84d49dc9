import { classify, formatFinding, parseFile, type FileKind } from "@evenkeel/specs";
import { checkUse, type CheckSettings } from "./check-use.ts";
import type { Reading } from "./read.ts";

export interface Checked {
  files: number;
  /** What is wrong, as `file:line:column: …`: the server would refuse it. */
  findings: string[];
  /** What is odd, or has no effect. */
  warnings: string[];
}

/** Checks each file by itself, and then how a project's files fit together. */
export async function checkProjects({ projects, shown, skipped }: Reading, settings: CheckSettings): Promise<Checked> {
  const checked: Checked = { files: 0, findings: [], warnings: [...skipped] };
  for (const [project, files] of projects) {
    const before = checked.findings.length;
    for (const [path, text] of files) checkFile(classify(`${project}/${path}`), shown(project, path), text, checked);
    checked.files += files.size;
    // Half a project says little of how its parts fit.
    if (checked.findings.length > before) continue;
    checked.warnings.push(
      ...(await checkUse(project, files, settings)).map(({ path, text }) => `${shown(project, path)}${text}`),
    );
  }
  return checked;
}

function checkFile(placed: ReturnType<typeof classify>, name: string, text: string, checked: Checked): void {
  if (placed?.hint) checked.warnings.push(`${name}: ${placed.hint}`);
  if (!placed || placed.kind === "other") return;
  const parsed = parseFile<FileKind>(placed.kind, text);
  if (parsed.ok) checked.warnings.push(...parsed.warnings.map((finding) => formatFinding(name, finding)));
  else checked.findings.push(...parsed.findings.map((finding) => formatFinding(name, finding)));
}
