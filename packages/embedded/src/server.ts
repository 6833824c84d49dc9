import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Place, SOCKET_PORT } from "./place.ts";
import { spawnOptions } from "./processes.ts";
import type { Programs } from "./programs.ts";

/** For two cores and little memory; nothing listens on the network. */
const SETTINGS = {
  listen_addresses: "",
  port: String(SOCKET_PORT),
  unix_socket_permissions: "0700",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_connections: "100",
  shared_buffers: "64MB",
  work_mem: "4MB",
  max_wal_size: "256MB",
  min_wal_size: "64MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  io_method: "sync",
  huge_pages: "off",
  jit: "off",
  idle_in_transaction_session_timeout: "10s",
  log_min_messages: "warning",
  log_line_prefix: "",
  log_timezone: "UTC",
  timezone: "UTC",
} as const;

/** Crash recovery replays at most max_wal_size; a slow disk needs a while for that. */
const READY_WITHIN_MS = 120_000;

export interface ServerPlan {
  programs: Programs;
  place: Place;
  socketDirectory: string;
  settings: Readonly<Record<string, string>>;
  log: (line: string) => void;
  /** told the pid at once, for the watchdog */
  onSpawn: (pid: number) => void;
}

export interface Server {
  child: ChildProcess;
  pid: number;
}

/** Starts postgres and resolves when it takes connections. */
export async function launch(plan: ServerPlan): Promise<Server> {
  const settings = { ...SETTINGS, unix_socket_directories: plan.socketDirectory, ...plan.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(plan.programs.postgres, ["-D", plan.place.pgdata, ...args], {
    ...spawnOptions(plan.place.account),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lastLines: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    plan.log(line);
    lastLines.push(line);
    if (lastLines.length > 15) lastLines.shift();
  });
  let failure: Error | undefined;
  child.on("error", (error) => (failure = error));
  child.on("close", (code, signal) => {
    failure ??= new Error(`PostgreSQL ended (${signal ?? code}) while starting: ${lastLines.join("\n")}`);
  });
  if (child.pid !== undefined) plan.onSpawn(child.pid);

  for (let waited = 0; waited < READY_WITHIN_MS; waited += 20) {
    await sleep(20);
    if (failure) throw failure;
    if (child.pid !== undefined && (await isReady(plan.place.pgdata, child.pid))) return { child, pid: child.pid };
  }
  child.kill("SIGQUIT");
  throw new Error(`PostgreSQL did not become ready in ${READY_WITHIN_MS / 1000} s: ${lastLines.join("\n")}`);
}

/** Line 1 of postmaster.pid is the pid, line 8 the status, as pg_ctl reads them. */
async function isReady(pgdata: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(pgdata, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
}

/** Our handles must not keep a process alive that has nothing else to do; the watchdog cleans up after it. */
export function unref({ child }: Server): void {
  child.unref();
  if (child.stderr && "unref" in child.stderr) (child.stderr as import("node:net").Socket).unref();
}

/** Signals of postgres(1): SIGINT ends sessions and writes a checkpoint, SIGQUIT drops everything. */
export async function shutDown({ child }: Server, signal: "SIGINT" | "SIGQUIT"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill(signal);
  const impatience = [setTimeout(() => child.kill("SIGQUIT"), 30_000), setTimeout(() => child.kill("SIGKILL"), 40_000)];
  await ended;
  for (const timer of impatience) clearTimeout(timer);
}
