import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether a program is in the PATH. */
export function installed(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export interface Running {
  child: ChildProcess;
  /** The last lines that it wrote, for failure messages. */
  output(): string;
  /** Ends it and waits; SIGKILL after a while. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const killers = new Set<(signal: NodeJS.Signals) => void>();
process.once("exit", () => {
  for (const kill of killers) kill("SIGKILL");
});

/** Starts a program in its own process group, so that nothing of it can be left over. */
export function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(command, [...args], { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const lines: string[] = [];
  const keep = (chunk: Buffer) => {
    lines.push(chunk.toString());
    if (lines.length > 400) lines.shift();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal);
    } catch {
      // it has ended by itself
    }
  };
  killers.add(kill);
  void ended.then(() => killers.delete(kill));
  return {
    child,
    output: () => lines.join(""),
    async stop(signal = "SIGTERM") {
      kill(signal);
      const hard = setTimeout(() => kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(hard);
    },
  };
}

/**
 * A port that is free now, and that nobody is given who does not ask for this one: below those that the kernel gives to
 * connections and to servers that take any (ip(7): ip_local_port_range, from 32768 on).
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "evenkeel-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
