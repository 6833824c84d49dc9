import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAlive, startMark } from "./processes.ts";

interface Holder {
  pid: number;
  /** tells a process from a later one with the same pid */
  started: string;
}

/**
 * Takes the directory for this process and returns the way to give it back. A lock whose holder is dead is taken over.
 * @throws when a live process, possibly this one, holds it; names its pid
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const lock = join(directory, "lock");
  const mark = randomBytes(6).toString("hex");
  const mine = join(directory, `lock.${process.pid}.${mark}`);
  const content = JSON.stringify({ pid: process.pid, started: startMark(process.pid), mark });
  await writeFile(mine, content, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      // link() creates the lock together with its content, or not at all
      if (await link(mine, lock).then(() => true, isNot("EEXIST"))) return () => unlock(lock, content);
      const found = await readFile(lock, "utf8").catch(() => undefined);
      if (found === undefined) continue;
      const holder = parse(found);
      if (holder && isHeld(holder))
        throw new Error(
          `${directory} is in use by process ${holder.pid}: stop that one first, or choose another data directory`,
        );
      await removeStale(lock, found, mark);
    }
  } finally {
    await rm(mine, { force: true });
  }
  throw new Error(`${lock} is taken and released by other processes all the time: start only one`);
}

function isHeld({ pid, started }: Holder): boolean {
  return isAlive(pid) && startMark(pid) === started;
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(text) as Partial<Holder>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

/** Renaming lets only one of several starts remove it; what turns out to be somebody's fresh lock is put back. */
async function removeStale(lock: string, expected: string, mark: string): Promise<void> {
  const aside = `${lock}.stale.${mark}`;
  await rename(lock, aside).catch(isNot("ENOENT"));
  const moved = await readFile(aside, "utf8").catch(() => undefined);
  if (moved !== undefined && moved !== expected) await link(aside, lock).catch(isNot("EEXIST"));
  await rm(aside, { force: true });
}

async function unlock(lock: string, content: string): Promise<void> {
  if ((await readFile(lock, "utf8").catch(() => undefined)) === content) await rm(lock, { force: true });
}

function isNot(code: string): (error: NodeJS.ErrnoException) => false {
  return (error) => {
    if (error.code !== code) throw error;
    return false;
  };
}
