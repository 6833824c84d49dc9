import { execFile, spawn } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export interface Finished {
  /** null when a signal ended it or it could not be started */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The identity a child runs under; nothing means ours. */
export interface Identity {
  uid: number;
  gid: number;
}

/** Runs a program to its end, in `/` and with a bare environment. Never throws: trouble is in `code` and `stderr`. */
export function run(
  program: string,
  args: readonly string[],
  identity?: Identity,
  onSpawn?: (pid: number) => void,
): Promise<Finished> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...spawnOptions(identity), stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", (error) => resolve({ code: null, stdout, stderr: `${stderr}${error.message}` }));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    if (child.pid !== undefined) onSpawn?.(child.pid);
  });
}

/** A session of its own, so that Ctrl-C in the terminal reaches us first and we can stop things in order. */
export function spawnOptions(identity?: Identity) {
  return {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    detached: true,
    ...(identity ? { uid: identity.uid, gid: identity.gid } : {}),
  };
}

/** Whether the process exists and is not merely waiting to be reaped. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return procStat(pid)?.state !== "Z";
}

/** Something that differs between two processes that had the same pid; empty where the system does not tell. */
export function startMark(pid: number): string {
  return procStat(pid)?.started ?? "";
}

/** Whether this live process works in, or was started for, the directory: a pid file alone may name a stranger. */
export async function worksIn(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform === "linux") {
    try {
      if (readlinkSync(`/proc/${pid}/cwd`) === directory) return true;
    } catch {
      // another user's process hides its cwd; its command line is public
    }
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(directory);
    } catch {
      return false;
    }
  }
  const listed = await promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).catch(() => undefined);
  return listed?.stdout.includes(directory) ?? false;
}

/** Resolves to whether the process was gone within the time. */
export async function gone(pid: number, withinMs: number): Promise<boolean> {
  for (let waited = 0; isAlive(pid); waited += 20) {
    if (waited >= withinMs) return false;
    await sleep(20);
  }
  return true;
}

/** Fields of proc(5) /proc/<pid>/stat; the name in parentheses may itself hold blanks and parentheses. */
function procStat(pid: number): { state: string; started: string } | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
