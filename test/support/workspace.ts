import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface WorkspacePackage {
  /** Path from the root, such as `packages/journal`. */
  folder: string;
  name: string;
  dependencies: readonly string[];
  devDependencies: readonly string[];
  /** Subpath → file from the root, such as `./testing` → `packages/embedded/src/testing.ts`. */
  exports: Readonly<Record<string, string>>;
}

export interface Import {
  /** Path from the root of the file that imports. */
  file: string;
  specifier: string;
  /** Erased when the file runs. */
  typeOnly: boolean;
  /** Loaded when the line is reached, so that it makes no cycle. */
  dynamic: boolean;
}

/** Every package of the workspace. */
export function workspacePackages(): WorkspacePackage[] {
  const folders = ["packages", "services"].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${group}/${entry.name}`),
  );
  return [...folders, "cli", "test"].sort().map(readPackage);
}

function readPackage(folder: string): WorkspacePackage {
  const file = readJson(`${folder}/package.json`) as {
    name: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
    exports?: Record<string, string>;
  };
  const exports = Object.entries(file.exports ?? {}).map(([path, target]) => [path, posix.join(folder, target)]);
  return {
    folder,
    name: file.name,
    dependencies: Object.keys(file.dependencies ?? {}),
    devDependencies: Object.keys(file.devDependencies ?? {}),
    exports: Object.fromEntries(exports) as Record<string, string>,
  };
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Files below a folder, as paths from the root in alphabetical order; installed packages are left out. */
export function filesBelow(folder: string, wanted: (path: string) => boolean = () => true): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.includes("node_modules/") && wanted(path))
    .sort();
}

const isSource = (path: string) => /\.[cm]?[jt]s$/.test(path);

/** TypeScript of a package: below src, and of the tests all. */
export function sourceFiles({ folder }: WorkspacePackage): string[] {
  return filesBelow(folder === "test" ? "test" : `${folder}/src`, isSource);
}

/** Tests, and what only tests use. */
export function isTestCode(path: string): boolean {
  return path.startsWith("test/") || /(\.test|-for-test|\/testing|\/contract|\/fixtures)\.ts$/.test(path);
}

const FROM = /(?:^|\n)\s*(import|export)(\s+type)?\b(?:[^;"'`(]*?\bfrom)?\s*["']([^"'\n]+)["']/g;
const CALL = /\bimport\(\s*["']([^"'\n]+)["']\s*\)(\.[A-Z])?/g;

/** What a file imports, found by its text. `import("x").Name` in a type is erased like `import type`. */
export function importsOf(file: string): Import[] {
  const text = readText(file).replace(/\/\*[\s\S]*?\*\//g, "");
  const found: Import[] = [];
  for (const [, , type, specifier = ""] of text.matchAll(FROM)) {
    found.push({ file, specifier, typeOnly: type !== undefined, dynamic: false });
  }
  for (const [, specifier = "", asType] of text.matchAll(CALL)) {
    found.push({ file, specifier, typeOnly: asType !== undefined, dynamic: true });
  }
  return found;
}

/** `pg` of `pg/lib/x`, `@kubernetes/client-node` of `@kubernetes/client-node/dist`; undefined for files and `node:`. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("node:")) return undefined;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
}

/** The file of the workspace that an import means; undefined for libraries. */
export function resolveImport({ file, specifier }: Import, packages: readonly WorkspacePackage[]): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(file), specifier);
  const owner = packages.find(({ name }) => name === packageOf(specifier));
  return owner?.exports[`.${specifier.slice(owner.name.length)}`];
}
