import { hashOf, type Change, type Insist, type ProjectFiles } from "@evenkeel/journal";
import { problem } from "@evenkeel/runtime";
import { classify, type CheckActions } from "@evenkeel/specs";
import * as z from "zod";
import { checkFiles, strayStages } from "./check-files.ts";
import { missing } from "./missing.ts";
import type { VisibleJournal } from "./visible.ts";

const Changed = z.object({ path: z.string(), change: z.enum(["added", "changed", "removed"]) });

export const Applied = z
  .object({
    revision: z.string().optional().describe("absent after a dry run"),
    previous: z.string().optional().describe("the revision that was in force before"),
    changed: z.array(Changed),
    warnings: z.array(z.string()).describe("odd but harmless, as file:line:column: …"),
    dryRun: z.boolean(),
  })
  .meta({ id: "Applied" });

export const appliedExample: z.infer<typeof Applied> = {
  revision: "f3c1a9e0d2b4c6a8e0f1a2b3c4d5e6f708192a3b",
  previous: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  changed: [{ path: "shipyard.yaml", change: "changed" }],
  warnings: [],
  dryRun: false,
};

export interface ApplyOptions {
  replace: boolean;
  dryRun?: boolean;
  remove?: readonly string[];
  by: string;
  checkActions: CheckActions;
  /** Looks at the hash of each file in force, when nobody can change them any more; what it throws leaves all as it is. */
  insist?: Insist;
  /** Where in the request a file is; for the findings. */
  pointer?: (path: string) => string;
}

/**
 * Checks files and puts them in force.
 * @throws HttpProblem 422 with the findings; nothing is changed then
 */
export async function applyChecked(
  journal: VisibleJournal,
  project: string,
  files: ReadonlyMap<string, string>,
  options: ApplyOptions,
): Promise<z.infer<typeof Applied>> {
  const { replace, remove = [], dryRun = false, by, checkActions, insist, pointer } = options;
  const warnings = checkFiles(project, files, checkActions, pointer);
  const before = await journal.files(project);
  const after = new Map(replace ? files : [...(before?.files ?? []), ...files]);
  for (const path of remove) if (!files.has(path)) after.delete(path);
  warnings.push(...strayStages(project, after));
  if (dryRun) {
    const changed = changes(before?.files ?? new Map(), after);
    return { ...(before && { previous: before.revision }), changed, warnings, dryRun };
  }
  const applied = await journal.apply(project, files, { replace, remove, by, insist });
  return { ...applied, warnings, dryRun };
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Change[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): Change[] => {
    if (before.get(path) === after.get(path)) return [];
    if (!before.has(path)) return [{ path, change: "added" }];
    return [{ path, change: after.has(path) ? "changed" : "removed" }];
  });
}

/** A project's files; 404 names the projects that exist. */
export async function filesOf(journal: VisibleJournal, project: string, revision?: string): Promise<ProjectFiles> {
  const files = await journal.files(project, revision);
  if (files) return files;
  if (revision !== undefined && (await journal.files(project)))
    throw problem(404, "no-such-revision", `project ${project} has no revision ${revision}`);
  throw await noSuchProject(journal, project);
}

export async function noSuchProject(journal: VisibleJournal, project: string) {
  const names = (await journal.projects()).map((known) => known.project);
  return missing("project", project, names, "there are projects");
}

/** Strong: the same for the same text, whatever the revision. */
export function etagOf(content: string): string {
  return etagOfHash(hashOf(content));
}

/** The same by a file's hash, as `Insist` sees it. */
export const etagOfHash = (hash: string) => `"${hash}"`;

export function resourceView(project: string, path: string, content: string) {
  const { stage, service, uri = path, kind = "other" } = classify(`${project}/${path}`) ?? {};
  const bytes = Buffer.byteLength(content);
  return { path, ...(stage && { stage }), ...(service && { service }), uri, kind, bytes, etag: etagOf(content) };
}
