import { checkText, classify, formatFinding, type CheckActions } from "@evenkeel/specs";
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
  const { checkActions } = await import("@evenkeel/remediation-engine");
  for (const [project, files] of projects) {
    const before = checked.findings.length;
    for (const [path, text] of files)
      checkFile(classify(`${project}/${path}`), shown(project, path), text, checked, checkActions);
    checked.files += files.size;
    // Half a project says little of how its parts fit.
    if (checked.findings.length > before) continue;
    checked.warnings.push(
      ...(await checkUse(project, files, settings)).map(({ path, text }) => `${shown(project, path)}${text}`),
    );
  }
  return checked;
}

function checkFile(
  placed: ReturnType<typeof classify>,
  name: string,
  text: string,
  checked: Checked,
  checkActions: CheckActions,
): void {
  if (placed?.hint) checked.warnings.push(`${name}: ${placed.hint}`);
  if (!placed || placed.kind === "other") return;
  const { findings, warnings } = checkText(placed.kind, text, checkActions);
  checked.findings.push(...findings.map((finding) => formatFinding(name, finding)));
  checked.warnings.push(...warnings.map((finding) => formatFinding(name, finding)));
}
