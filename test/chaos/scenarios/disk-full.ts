import { spawnSync } from "node:child_process";
import { chmodSync, closeSync, openSync, mkdtempSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noter, type Round, type Scenario } from "../scenario.ts";
import { problemOf } from "../world/alerts.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const DISK = "size=220m";
const TRIES = 400;
const STAYS_FULL_MS = 1_500;
/** A notification's raw text, so that the log needs new pages soon. */
const BALLAST = "x".repeat(40_000);

/** The database's disk is full, for a while. */
export const diskFull: Scenario = {
  name: "disk-full",
  describe: "PostgreSQL on a small tmpfs that fills up: 503, and everything goes on when there is room again",
  missing: () => (process.getuid?.() === 0 ? undefined : "mounting a tmpfs needs root"),
  folder() {
    const path = mkdtempSync(join(tmpdir(), "evenkeel-disk-"));
    const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", DISK, "tmpfs", path]);
    if (status !== 0) throw new Error(`mount failed: ${String(stderr)}`);
    chmodSync(path, 0o755);
    return {
      path,
      remove() {
        spawnSync("umount", ["-l", path]);
        rmSync(path, { recursive: true, force: true });
      },
    };
  },
  async open({ world, measured }) {
    const service = await world.start(WORKERS);
    const note = noter(measured);
    return {
      async round(): Promise<Round> {
        const failures: string[] = [];
        const before = await world.report([service.url], "Whole run");
        const filler = join(world.folder, "filler");
        fill(filler);
        const contexts = [before];
        let refusals = 0;
        for (let tries = 0; tries < TRIES && refusals < 5; tries++) {
          const body = JSON.parse(problemOf(world.newTarget(), { title: "One action" }));
          body.alerts[0].annotations.ballast = `${tries}${BALLAST}`;
          const { status, accepted } = await post(service.url, JSON.stringify(body));
          contexts.push(...accepted);
          if (status === 503) refusals++;
          else if (status !== 202) failures.push(`a full disk was answered ${status}`);
        }
        if (refusals === 0) failures.push(`the disk was never full for the database, in ${TRIES} problems`);
        note("refusals", refusals);
        await new Promise((resolve) => setTimeout(resolve, STAYS_FULL_MS));
        rmSync(filler);
        const began = performance.now();
        contexts.push(await world.report([service.url], "Whole run", { patienceMs: 3_000, withinMs: 30_000 }));
        note("acceptedAgainMs", performance.now() - began);
        await world.settled(contexts);
        return { about: `full, ${refusals} refusals`, contexts, failures, recoveries: [] };
      },
      close: () => service.stop("SIGKILL"),
    };
  },
};

function fill(path: string): void {
  const file = openSync(path, "w");
  const block = Buffer.alloc(256 * 1024, 1);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(file);
  }
}

async function post(url: string, body: string): Promise<{ status: number; accepted: string[] }> {
  const response = await fetch(`${url}/v1/webhooks/alertmanager`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: AbortSignal.timeout(15_000),
  });
  const { results = [] } = (await response.json()) as { results?: { context: string }[] };
  return { status: response.status, accepted: results.map(({ context }) => context) };
}
