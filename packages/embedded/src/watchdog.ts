import { spawn } from "node:child_process";
import { spawnOptions } from "./processes.ts";

/**
 * Reads the pid of what to stop, line by line, until "done". Its input also ends when we die, however that happens,
 * because only we hold the other end of the pipe; then it stops that process and removes what is listed.
 * Arguments: data directory, signal, directories to remove when empty (one a line), then the paths to remove.
 */
const SCRIPT = `
pgdata=$1; signal=$2; emptied=$3; shift 3
pid=
while read -r line; do
  [ "$line" = "done" ] && exit 0
  pid=$line
done
if [ -n "$pid" ]; then
  kill -s "$signal" "$pid" 2>/dev/null
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 300 ]; do
    sleep 0.1 2>/dev/null || sleep 1
    tries=$((tries + 1))
  done
  kill -s QUIT "$pid" 2>/dev/null && sleep 1
fi
[ "$#" -gt 0 ] && rm -rf -- "$@"
if [ -n "$emptied" ]; then
  rm -rf -- "$pgdata".new-*
  printf '%s\\n' "$emptied" | while read -r directory; do rmdir -- "$directory"; done
fi
exit 0
`;

export interface Watchdog {
  pid: number | undefined;
  /** the process to stop if we die; the last one told counts */
  guard(pid: number): void;
  /** everything is stopped in order, nothing to do any more */
  dismiss(): void;
}

export interface Remains {
  pgdata: string;
  signal: "INT" | "QUIT";
  files: readonly string[];
  /** removed after the files, if nothing else is in them */
  directories: readonly string[];
}

/** Starts a shell that outlives us and cleans up after us when we are killed. */
export function startWatchdog(remains: Remains, log: (line: string) => void): Watchdog {
  const emptied = remains.directories.join("\n");
  const args = ["-c", SCRIPT, "evenkeel-watchdog", remains.pgdata, remains.signal, emptied, ...remains.files];
  const child = spawn("/bin/sh", args, { ...spawnOptions(), stdio: ["pipe", "ignore", "ignore"] });
  child.on("error", (error) => log(`no watchdog, a killed process may leave PostgreSQL running: ${error.message}`));
  child.stdin.on("error", () => undefined); // it was killed; the next start cleans up instead
  child.unref();
  if ("unref" in child.stdin) (child.stdin as import("node:net").Socket).unref();
  return {
    pid: child.pid,
    guard: (pid) => void child.stdin.write(`${pid}\n`),
    dismiss: () => void child.stdin.end("done\n"),
  };
}
