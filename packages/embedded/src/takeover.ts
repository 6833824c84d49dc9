import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Place, watchdogFile } from "./place.ts";
import { gone, worksIn } from "./processes.ts";

/**
 * Ends what an earlier run on this directory left behind when it was killed. Call it with the directory locked.
 * @throws when the old server cannot be stopped; names its pid
 */
export async function takeOver(place: Place, say: (line: string) => void): Promise<void> {
  const watchdog = await pidIn(watchdogFile(place));
  if (watchdog && (await worksIn(watchdog, place.pgdata))) {
    say("waiting for the last run to be cleaned up");
    await gone(watchdog, 45_000);
  }
  await takeOverServer(place, say);
}

/** The same for the server alone, for a time when the watchdog is ours. */
export async function takeOverServer(place: Place, say: (line: string) => void): Promise<void> {
  const pidFile = join(place.pgdata, "postmaster.pid");
  const server = await pidIn(pidFile);
  if (!server) return;
  if (await worksIn(server, place.pgdata)) return stopOrphan(server, place, say);
  // PostgreSQL recognises the pid file of a dead server itself, and checks its shared memory. It cannot see that the
  // number now belongs to a stranger, as it often does after the restart of a container.
  if (!(await gone(server, 0))) await rm(pidFile, { force: true });
}

async function stopOrphan(pid: number, place: Place, say: (line: string) => void): Promise<void> {
  say(`stopping PostgreSQL (process ${pid}), which an earlier run left behind`);
  for (const [signal, patience] of [
    ["SIGINT", 30_000],
    ["SIGQUIT", 10_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    if (await gone(pid, patience)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) still uses ${place.pgdata} and does not stop: end it with kill ${pid}`);
}

async function pidIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  const pid = Number.parseInt(text, 10);
  return pid > 1 ? pid : undefined;
}
