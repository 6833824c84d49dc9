import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Place } from "./place.ts";
import { run } from "./processes.ts";
import type { Programs } from "./programs.ts";

export const USER = "evenkeel";
const PASSWORD_FILE = "evenkeel.password";

export interface ClusterOptions {
  /** ends up on disk before we go on; false only for data that is thrown away anyway */
  durable: boolean;
  say: (line: string) => void;
  /** told the pid of initdb, for the watchdog */
  onSpawn: (pid: number) => void;
}

/** Makes the data directory when there is none yet, and returns the password of its superuser. */
export async function ensureCluster(programs: Programs, place: Place, options: ClusterOptions): Promise<string> {
  for (const entry of await readdir(place.store))
    if (entry.startsWith("pgdata.new-"))
      await rm(join(place.store, entry), { recursive: true, force: true, maxRetries: 5 });

  const found = await readFile(join(place.pgdata, "PG_VERSION"), "utf8").catch(() => undefined);
  if (found === undefined) return createCluster(programs, place, options);

  const major = programs.version.split(".")[0];
  if (found.trim() !== major)
    throw new Error(
      `${place.pgdata} was made by PostgreSQL ${found.trim()} and this is ${programs.version}: dump it with the old version and load the dump into a new data directory`,
    );
  return readFile(join(place.pgdata, PASSWORD_FILE), "utf8").catch((cause: unknown) => {
    throw new Error(`${join(place.pgdata, PASSWORD_FILE)} cannot be read: was the data directory made by evenkeel?`, {
      cause,
    });
  });
}

/** Everything happens in a temporary directory, whose renaming is the one step that makes the data directory exist. */
async function createCluster(programs: Programs, place: Place, options: ClusterOptions): Promise<string> {
  if (await stat(place.pgdata).catch(() => undefined))
    throw new Error(`${place.pgdata} exists and is not a PostgreSQL data directory: move it away`);
  options.say(`creating the database in ${place.store} (once)`);
  const mark = randomBytes(4).toString("hex");
  const temporary = join(place.store, `pgdata.new-${mark}`);
  const passwordFile = join(place.store, `pgdata.new-${mark}.password`);
  const password = randomBytes(24).toString("base64url");
  await mkdir(temporary, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (place.account) {
    await chown(temporary, place.account.uid, place.account.gid);
    await chown(passwordFile, place.account.uid, place.account.gid);
  }
  const made = await run(programs.initdb, initdbArgs(temporary, passwordFile, options), place.account, options.onSpawn);
  if (made.code !== 0)
    throw new Error(
      `the database could not be created in ${place.store}: ${(made.stderr || made.stdout).trim() || "initdb was interrupted"}`,
    );
  // Inside the data directory, so that data and password can only be there or be missing together
  await rename(passwordFile, join(temporary, PASSWORD_FILE));
  await sync(join(temporary, PASSWORD_FILE));
  await sync(temporary);
  await rename(temporary, place.pgdata);
  await sync(place.store);
  return password;
}

function initdbArgs(pgdata: string, passwordFile: string, { durable }: ClusterOptions): string[] {
  return [
    `--pgdata=${pgdata}`,
    `--username=${USER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    // does not depend on the machine's locales, so an index stays valid when the data moves
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    ...(durable ? [] : ["--no-sync"]),
  ];
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
