import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { classify } from "@evenkeel/specs";
import { CliError, EXIT, usage } from "../errors.ts";

/** Project → path inside it → text. */
export type Projects = Map<string, Map<string, string>>;

export interface Reading {
  projects: Projects;
  /** The folder's path, for messages: what a project's paths are below. */
  shown: (project: string, path: string) => string;
  /** Files that were left out, and why. */
  skipped: string[];
}

const MAX_BYTES = 1024 * 1024;
const MAX_FILES = 5000;

/** Reads every project below a folder. A folder with a shipyard.yaml of its own is one project, named like it. */
export async function readProjects(folder: string): Promise<Reading> {
  const root = await directory(folder);
  const paths = await filesBelow(root);
  const isProject = paths.includes("shipyard.yaml");
  if (!isProject) insistOnLevel(folder, paths);
  const prefix = isProject ? `${basename(root)}/` : "";
  const projects: Projects = new Map();
  const skipped: string[] = [];
  for (const path of paths) {
    const placed = classify(prefix + path);
    if (!placed) continue;
    const inside = isProject ? path : path.slice(placed.project.length + 1);
    const text = await readText(join(root, path));
    if (typeof text !== "string") {
      skipped.push(`${join(folder, path)}: ${text.why}`);
      continue;
    }
    const files = projects.get(placed.project) ?? new Map<string, string>();
    projects.set(placed.project, files.set(inside, text));
  }
  if (projects.size > 0)
    return { projects, skipped, shown: (project, path) => join(folder, isProject ? "" : project, path) };
  throw new CliError(EXIT.usage, `there is no project in ${folder}`, {
    details: ["expected DIR/<project>/shipyard.yaml and DIR/<project>/<stage>/<service>/remediation.yaml"],
    next: "evenkeel validate shipyards/demo    (an example)",
  });
}

/** One directory too high, each folder of projects would look like a project, and each project like a stage. */
function insistOnLevel(folder: string, paths: readonly string[]): void {
  const depths = paths.filter((path) => basename(path) === "shipyard.yaml").map((path) => path.split("/").length);
  if (depths.includes(2) || !depths.includes(3)) return;
  const below = paths.filter((path) => /^[^/]+\/[^/]+\/shipyard\.yaml$/.test(path)).map((path) => path.split("/")[0]!);
  const meant = [...new Set(below)].map((name) => join(folder, name));
  throw new CliError(EXIT.usage, `the projects are one level down: did you mean ${meant.join(" or ")}?`, {
    details: [
      `found ${join(meant[0]!, "<project>", "shipyard.yaml")}, expected ${join(folder, "<project>", "shipyard.yaml")}`,
    ],
  });
}

async function directory(folder: string): Promise<string> {
  const info = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (info instanceof Error)
    throw usage(`${folder} cannot be read: ${info.code === "ENOENT" ? "it does not exist" : info.message}`);
  if (!info.isDirectory()) throw usage(`${folder} is a file; expected the folder with the projects`);
  return realpath(resolve(folder));
}

/** Relative paths with slashes, sorted; hidden files and node_modules are left out. Follows links, but not in circles. */
async function filesBelow(root: string): Promise<string[]> {
  const found: string[] = [];
  async function walk(path: string, above: readonly string[]): Promise<void> {
    const real = await realpath(join(root, path));
    if (above.includes(real)) return;
    for (const name of (await readdir(real)).sort()) {
      if (name.startsWith(".") || name === "node_modules") continue;
      const inside = path === "" ? name : `${path}/${name}`;
      // A link to nothing is not ours to complain about.
      const info = await stat(join(root, inside)).catch(() => lstat(join(root, inside)));
      if (info.isDirectory()) await walk(inside, [...above, real]);
      else if (info.isFile()) found.push(inside);
      if (found.length > MAX_FILES)
        throw usage(`${root} holds more than ${MAX_FILES} files; name the folder with the projects`);
    }
  }
  await walk("", []);
  return found;
}

async function readText(path: string): Promise<string | { why: string }> {
  const bytes = await readFile(path);
  if (bytes.length > MAX_BYTES) return { why: "left out: larger than 1 MiB" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? { why: "left out: not a text" } : text;
  } catch {
    return { why: "left out: not UTF-8 text" };
  }
}
