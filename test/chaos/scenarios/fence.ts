import type { Round, Scenario } from "../scenario.ts";
import { pause, reached, resume } from "../world/process.ts";
import { standstills } from "../world/recovery.ts";
import { startStandby } from "../world/standby.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const POINTS = [
  "act.after-started-before-patch",
  "act.after-patch",
  "act.before-started",
  "act.while-waiting-available",
  "act.before-finished",
  "runner.before-run",
  "evaluate.before-finished",
  "notify.before-post",
  "append.after-look",
];

/** A worker stops in the middle of its work, another takes over, and the first one wakes up with what it was about to do. */
export const fence: Scenario = {
  name: "fence",
  describe: "SIGSTOP in the middle of a step, a takeover, then SIGCONT",
  async open({ world }) {
    const other = await startStandby(world, WORKERS);
    return {
      async round(n, random): Promise<Round> {
        const point = POINTS[n % POINTS.length]!;
        const wakesUp = random.pick(["afterwards", "in between"] as const);
        // Paused at the start, so that the sleeper gets the task.
        const sleeper = await world.start(WORKERS, { EVENKEEL_FAILPOINT: `${point}:${random.between(1, 2)}=stop` });
        pause(other);
        const sending = Promise.all(
          [0, 1].map(() => world.report([sleeper.url, other.url], "Whole run", { patienceMs: 4_000 })),
        );
        const failures: string[] = [];
        await reached(sleeper, point, 20_000).catch((error: Error) => failures.push(error.message));
        const at = Date.now();
        resume(other);
        // Its lease has run out by then, or is about to.
        const between = wakesUp === "in between" ? pauseFor(random.between(3_000, 6_000)) : undefined;
        void between?.then(() => resume(sleeper));
        const contexts = await sending;
        await world.settled(contexts);
        await between;
        resume(sleeper);
        // What it was about to write, it writes now, if nothing keeps it from that.
        await pauseFor(700);
        await sleeper.stop("SIGKILL");
        const { events } = await world.history(contexts);
        return { about: `${point}, wakes up ${wakesUp}`, contexts, failures, recoveries: standstills(events, at) };
      },
      close: () => other.stop("SIGKILL"),
    };
  },
};

const pauseFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
