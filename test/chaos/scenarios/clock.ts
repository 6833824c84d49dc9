import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Round, Scenario } from "../scenario.ts";
import { eventually } from "../../support/eventually.ts";
import { problemOf } from "../world/alerts.ts";
import { PROJECT, STAGE } from "../world/files.ts";
import { ended, pause, resume } from "../world/process.ts";
import { startStandby } from "../world/standby.ts";
import type { World } from "../world/world.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const SHIFTS = ["+1h", "-1h", "+30d", "-30d"];
const LATE_MS = 2_000;
const TAKEN_OVER_WITHIN_MS = 15_000;

/** Debian's libfaketime; it shifts a process's clock and leaves its timers alone. */
function library(): string | undefined {
  const roots = existsSync("/usr/lib") ? readdirSync("/usr/lib").map((name) => join("/usr/lib", name, "faketime")) : [];
  return roots.map((root) => join(root, "libfaketime.so.1")).find((path) => existsSync(path));
}

/** One process has the wrong time, and another one finishes what it has begun. Only the database's clock may count. */
export const clock: Scenario = {
  name: "clock",
  describe: "a process whose clock is an hour or thirty days off, and another one that takes over",
  missing: () => (library() ? undefined : "needs libfaketime: apt-get install faketime"),
  waitMs: 1_000,
  async open({ world }) {
    const right = await startStandby(world, WORKERS);
    return {
      async round(n, random): Promise<Round> {
        const shift = SHIFTS[n % SHIFTS.length]!;
        const dies = n % 2 === 1;
        const wrong = await world.start(WORKERS, {
          LD_PRELOAD: library()!,
          FAKETIME: shift,
          FAKETIME_DONT_FAKE_MONOTONIC: "1",
          TZ: random.pick(["Europe/Vienna", "America/St_Johns", "UTC"]),
          ...(dies && { EVENKEEL_FAILPOINT: "act.while-waiting-available" }),
        });
        pause(right);
        const dead = dies
          ? ended(wrong, 20_000)
          : new Promise<number>((resolve) => setTimeout(() => resolve(Date.now()), 1_000));
        // With replicas that come late it shows whose clock the deadline is counted by.
        const targets = [world.newTarget(), world.newTarget()];
        const limit = (count: number | undefined) => {
          for (const { service } of targets)
            world.simulator.cluster.limitAvailable(`${PROJECT}-${STAGE}`, service, count);
        };
        limit(1);
        const sending = Promise.all(
          targets.map(async (target) => {
            const body = problemOf(target, { title: "Whole run" });
            return (await world.client.send([wrong.url, right.url], body, { patienceMs: 5_000 }))[0]!.context;
          }),
        );
        const failures: string[] = [];
        await dead.catch((error: Error) => failures.push(error.message));
        resume(right);
        const contexts = await sending;
        if (dies)
          await eventually("the other one has the task", () => takenAgain(world), { within: TAKEN_OVER_WITHIN_MS });
        limit(undefined);
        await world.settled(contexts);
        await wrong.stop("SIGKILL");
        const { events } = await world.history(contexts);
        for (const event of events) {
          if (event.kind === "action.finished" && event.data.result !== "pass")
            failures.push(`an action ended ${event.data.result}: ${event.data.message}`);
          if (event.kind === "wait.finished" && !dies && event.data.lateMs > LATE_MS)
            failures.push(`a wait ended ${event.data.lateMs} ms late`);
          const off = Math.abs(Date.parse(event.time) - Date.parse(event.receivedAt));
          if (off > 60_000) failures.push(`${event.kind} has a time ${off} ms off`);
        }
        return { about: `${shift}${dies ? ", and it dies" : ""}`, contexts, failures, recoveries: [] };
      },
      close: () => right.stop("SIGKILL"),
    };
  },
};

async function takenAgain({ journal }: World): Promise<boolean> {
  return (await journal.tasks(100)).some(({ kind, attempts }) => kind === "act" && attempts > 1);
}
