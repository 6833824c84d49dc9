import { createHash } from "node:crypto";
import { chmod, chown, mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
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

export async function choosePlace(dataDir: string, say: (line: string) => void): Promise<Place> {
  await mkdir(resolve(dataDir), { recursive: true, mode: 0o700 });
  const requested = await realpath(dataDir);
  const noted = await readFile(join(requested, NOTE), "utf8").then(
    (text) => text.trim(),
    () => undefined,
  );
  const pgdata = join(noted ?? requested, "pgdata");
  const account = await accountFor(pgdata);
  if (!account) return { requested, store: requested, pgdata, account };

  const store = noted ?? (await reachableStore(requested, account));
  await mkdir(store, { recursive: true });
  await chmod(store, 0o711); // others may pass through, not look around
  if (!(await canEnter(store, account)))
    throw new Error(`user ${account.name}, whom PostgreSQL runs as, cannot enter ${store}: chmod o+x its parents`);
  if (store !== requested) {
    await writeFile(join(requested, NOTE), `${store}\n`, { mode: 0o600 });
    say(`${requested} is closed to user ${account.name}, whom PostgreSQL runs as; the data is in ${store}`);
  }
  return { requested, store, pgdata: join(store, "pgdata"), account };
}

async function reachableStore(requested: string, account: Account): Promise<string> {
  await chmod(requested, 0o711);
  if (await canEnter(requested, account)) return requested;
  const name = createHash("sha256").update(requested).digest("hex").slice(0, 16);
  await mkdir(RELOCATED, { recursive: true, mode: 0o755 });
  return join(RELOCATED, name);
}

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
      join(place.requested, NOTE),
      ephemeralMark(place),
      watchdogFile(place),
    ],
    directories: [...new Set([place.store, place.requested])],
  };
}
