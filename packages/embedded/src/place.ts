import { randomBytes } from "node:crypto";
import { access, chmod, chown, mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Account, accountFor, canEnter } from "./account.ts";

/** Where the parts of one instance are. */
export interface Place {
  /** what was asked for, as an absolute path */
  requested: string;
  /** holds `pgdata` and the lock; other than `requested` only where PostgreSQL's account cannot reach that */
  store: string;
  pgdata: string;
  account: Account | undefined;
}

/** As root, data goes here when the wanted directory is under one that only root may enter. */
const RELOCATED = "/var/lib/evenkeel/data";
const NOTE = "location";

/** The directory that was asked for, which may have to be made. */
export async function makeRequested(dataDir: string): Promise<{ requested: string; isNew: boolean }> {
  const made = await mkdir(resolve(dataDir), { recursive: true, mode: 0o700 });
  return { requested: await realpath(dataDir), isNew: made !== undefined };
}

/** By one process at a time: of two that choose at once each could take another place, and one's data would be lost to sight. */
export async function choosePlace(requested: string, isNew: boolean, say: (line: string) => void): Promise<Place> {
  const noted = await readNote(requested);
  const pgdata = join(noted ?? requested, "pgdata");
  const account = await accountFor(pgdata);
  if (!account) return { requested, store: requested, pgdata, account };

  const isOurs = isNew || (await exists(join(requested, "pgdata")));
  const store = noted ?? (await reachableStore(requested, account, isOurs));
  const madeStore = await mkdir(store, { recursive: true, mode: 0o700 });
  if (madeStore !== undefined || store !== requested) await chmod(store, PASS_THROUGH);
  if (!(await canEnter(store, account)))
    throw new Error(`user ${account.name}, whom PostgreSQL runs as, cannot enter ${store}: chmod o+x its parents`);
  if (store !== requested) {
    await writeFile(join(requested, NOTE), `${store}\n`, { mode: 0o600 });
    say(`${requested} is closed to user ${account.name}, whom PostgreSQL runs as; the data is in ${store}`);
  }
  return { requested, store, pgdata: join(store, "pgdata"), account };
}

/** Others may pass through, not look around. Only directories that are ours are opened so far. */
const PASS_THROUGH = 0o711;

/** A directory of its own each time: who removes the data directory must not meet the old data again. */
/** The directory to copy for a backup: `dataDir` itself, or where its note says that the data is. Only looks. */
export async function dataLocation(dataDir: string): Promise<string> {
  return (await readNote(dataDir)) ?? dataDir;
}

function readNote(requested: string): Promise<string | undefined> {
  return readFile(join(requested, NOTE), "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
}

async function reachableStore(requested: string, account: Account, isOurs: boolean): Promise<string> {
  if (isOurs) await chmod(requested, PASS_THROUGH);
  if (await canEnter(requested, account)) return requested;
  await mkdir(RELOCATED, { recursive: true, mode: 0o755 });
  return join(RELOCATED, randomBytes(8).toString("hex"));
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** sun_path of unix(7) holds 108 bytes on Linux and 104 on macOS, with the closing zero. */
const SOCKET_PATH_MAX = 103;
export const SOCKET_PORT = 5432;

/** The directory for the unix socket: beside the data, or in the system's temporary directory when that path is too long. */
export async function makeSocketDirectory(place: Place, temporary: string): Promise<string> {
  const beside = join(place.store, "socket");
  let directory = beside;
  if (fits(beside)) await mkdir(beside, { recursive: true, mode: 0o700 });
  else directory = await mkdtemp(join(fits(join(temporary, "evenkeel-123456")) ? temporary : "/tmp", "evenkeel-"));
  await chmod(directory, 0o700);
  if (place.account) await chown(directory, place.account.uid, place.account.gid);
  return directory;
}

function fits(directory: string): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${SOCKET_PORT}`)) <= SOCKET_PATH_MAX;
}

/** Says that the data may be thrown away. */
export const ephemeralMark = (place: Place) => join(place.store, "ephemeral");
/** Holds the pid of the shell that cleans up after us. */
export const watchdogFile = (place: Place) => join(place.store, "watchdog.pid");

/** What an ephemeral instance leaves; its directories go too when nothing else is in them. */
export function leftovers(place: Place): { files: string[]; directories: string[] } {
  return {
    files: [
      place.pgdata,
      join(place.store, "lock"),
      join(place.requested, "lock"),
      join(place.requested, NOTE),
      ephemeralMark(place),
      watchdogFile(place),
    ],
    directories: [...new Set([place.store, place.requested])],
  };
}
