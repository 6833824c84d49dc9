import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** project → path → text, of a folder that holds one folder per project. */
export function readProjects(folder: string): Map<string, Map<string, string>> {
  const projects = new Map<string, Map<string, string>>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const [project = "", ...inside] = path.slice(folder.length + 1).split(/[\\/]/);
    const files = projects.get(project) ?? new Map<string, string>();
    files.set(inside.join("/"), readFileSync(path, "utf8"));
    projects.set(project, files);
  }
  return projects;
}
