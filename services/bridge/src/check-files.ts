import { jsonPointer, problem } from "@evenkeel/runtime";
import { checkText, classify, formatFinding, parseShipyard, type CheckActions } from "@evenkeel/specs";

const MOST_ERRORS = 200;

/**
 * Checks the files that are about to come into force.
 * @param files path inside the project → text
 * @param pointer where in the request a file is, as an RFC 6901 pointer
 * @returns what is odd but harmless, as `file:line:column: …`
 * @throws HttpProblem 422 with every finding
 */
export function checkFiles(
  project: string,
  files: ReadonlyMap<string, string>,
  checkActions: CheckActions,
  pointer: (path: string) => string = (path) => jsonPointer(["files", path]),
): string[] {
  const errors: { pointer: string; detail: string }[] = [];
  const warnings: string[] = [];
  for (const [path, text] of files) {
    const placed = classify(`${project}/${path}`);
    if (!placed || placed.kind === "other") {
      if (placed?.hint) warnings.push(`${path}: ${placed.hint}`);
      continue;
    }
    const complaints = checkText(placed.kind, text, checkActions);
    warnings.push(...complaints.warnings.map((finding) => formatFinding(path, finding)));
    for (const finding of complaints.findings)
      errors.push({ pointer: pointer(path), detail: formatFinding(path, finding) });
  }
  if (errors.length === 0) return warnings;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  throw problem(422, "invalid-files", `${errors[0]!.detail}${more}; nothing was changed`, {
    errors: errors.slice(0, MOST_ERRORS),
  });
}

/** Files of stages that shipyard.yaml does not name are never read: most often a misspelt folder. */
export function strayStages(project: string, files: ReadonlyMap<string, string>): string[] {
  const shipyard = files.get("shipyard.yaml");
  if (shipyard === undefined) return ["shipyard.yaml: missing, so that no problem of this project is acted on"];
  const parsed = parseShipyard(shipyard);
  if (!parsed.ok) return [];
  const known = new Set(parsed.value.stages.map(({ name }) => name));
  const strays = new Map<string, string>();
  for (const path of files.keys()) {
    const placed = classify(`${project}/${path}`);
    if (placed?.stage && placed.kind !== "other" && !known.has(placed.stage)) strays.set(placed.stage, path);
  }
  return [...strays].map(
    ([stage, path]) => `${path}: shipyard.yaml has no stage ${stage}; it has ${[...known].join(", ")}`,
  );
}
