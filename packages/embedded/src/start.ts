import { rm, rmdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { ensureCluster, USER } from "./cluster.ts";
import { keepRunning } from "./keep-running.ts";
import { lockDirectory } from "./lock.ts";
import { choosePlace, ephemeralMark, leftovers, makeRequested, makeSocketDirectory } from "./place.ts";
import { type Place, SOCKET_PORT, watchdogFile } from "./place.ts";
import { findPrograms } from "./programs.ts";
import { takeOver, takeOverServer } from "./takeover.ts";
import { startWatchdog, type Watchdog } from "./watchdog.ts";

export interface EmbeddedOptions {
  /** made when missing; one running server per directory */
  dataDir: string;
  /** the data goes when the server stops, or when this process is killed */
  ephemeral?: boolean;
  /** PostgreSQL settings on top of ours */
  settings?: Readonly<Record<string, string>>;
  /** PostgreSQL's own log, line by line */
  log?: (line: string) => void;
  /** what takes time or is worth knowing while it starts, for people */
  onProgress?: (line: string) => void;
}

export interface Embedded {
  /** for `pg` and libpq; stays the same when a crashed server is started again */
  url: string;
  /** the absolute path of the requested directory */
  dataDir: string;
  readonly pid: number;
  /** Ends all sessions, stops the server and waits for it. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts a private PostgreSQL on a data directory and restarts it if it crashes. It listens on a unix socket alone.
 * @throws Error that says what to do next: directory in use (with the pid), not startable on this machine, data of another version
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { ephemeral = false, settings = {}, log = () => undefined, onProgress: say = () => undefined } = options;
  const { requested, isNew } = await makeRequested(options.dataDir);
  const cleanup: (() => Promise<unknown> | void)[] = [];
  const cleanUp = async () => {
    for (const step of cleanup.splice(0).reverse()) await step();
  };
  try {
    cleanup.push(await lockDirectory(requested));
    const place = await choosePlace(requested, isNew, say);
    if (place.store !== requested) cleanup.push(await lockDirectory(place.store));
    const programs = await findPrograms(place.account, say);
    await takeOver(place, say);
    await settleMark(place, ephemeral);

    const socketDirectory = await makeSocketDirectory(place, tmpdir());
    if (ephemeral) cleanup.push(() => removeData(place));
    cleanup.push(() => rm(socketDirectory, { recursive: true, force: true }));
    const watchdog = guardAgainstDeath(place, socketDirectory, ephemeral, log);
    cleanup.push(() => watchdog.dismiss());
    await writeFile(watchdogFile(place), `${watchdog.pid}\n`);

    const onSpawn = watchdog.guard;
    const password = await ensureCluster(programs, place, { durable: !ephemeral, say, onSpawn });
    const running = await keepRunning({ programs, place, socketDirectory, settings, log, onSpawn }, () =>
      takeOverServer(place, say),
    );
    cleanup.push(() => running.stop(ephemeral ? "SIGQUIT" : "SIGINT"));

    let stopped: Promise<void> | undefined;
    return {
      // The host in front is for URL parsers, which want one; the parameter is what counts, for libpq and for pg
      url: `postgresql://${USER}:${password}@localhost/postgres?host=${encodeURIComponent(socketDirectory)}&port=${SOCKET_PORT}`,
      dataDir: place.requested,
      get pid() {
        return running.pid;
      },
      stop: () => (stopped ??= cleanUp()),
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** Data may only be thrown away when it was made to be thrown away. */
async function settleMark(place: Place, ephemeral: boolean): Promise<void> {
  const mark = ephemeralMark(place);
  if (!ephemeral) return rm(mark, { force: true });
  const exists = (path: string) =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (await exists(place.pgdata)) {
    if (!(await exists(mark)))
      throw new Error(
        `${place.requested} holds data that is not ephemeral and would be removed: choose another directory`,
      );
    await rm(place.pgdata, { recursive: true, force: true });
  }
  await writeFile(mark, "");
}

function guardAgainstDeath(place: Place, socketDirectory: string, ephemeral: boolean, log: (line: string) => void) {
  const remains = ephemeral ? leftovers(place) : { files: [], directories: [] };
  return startWatchdog(
    {
      pgdata: place.pgdata,
      signal: ephemeral ? "QUIT" : "INT",
      files: [socketDirectory, ...remains.files],
      directories: remains.directories,
    },
    log,
  ) satisfies Watchdog;
}

async function removeData(place: Place): Promise<void> {
  const { files, directories } = leftovers(place);
  for (const file of files) await rm(file, { recursive: true, force: true, maxRetries: 5 });
  for (const directory of directories)
    await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST" && error.code !== "ENOENT") throw error;
    });
}
