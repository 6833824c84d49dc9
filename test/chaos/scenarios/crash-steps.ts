import type { Round, Scenario } from "../scenario.ts";
import { ended, pause, resume } from "../world/process.ts";
import { standstills } from "../world/recovery.ts";
import { crashPoints } from "./crash-points.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const REACHED_WITHIN_MS = 30_000;

/** Kills the one working process at each step in turn, while a second one, paused until then, takes over. */
export const crashSteps: Scenario = {
  name: "crash-steps",
  describe: "kill -9 at every step between a request and the end of its run",
  async open({ world, random }) {
    const standby = await world.start(WORKERS);
    return {
      async round(n): Promise<Round> {
        const point = crashPoints[n % crashPoints.length]!;
        const nth = point.hits[Math.floor(n / crashPoints.length) % point.hits.length]!;
        const victim = await world.start(point.roles ?? WORKERS, { EVENKEEL_FAILPOINT: `${point.name}:${nth}=kill` });
        // Where only a part of the work is in the victim, the rest of it must go on.
        const isAlone = !point.roles;
        if (isAlone) pause(standby);
        const dies = ended(victim, REACHED_WITHIN_MS).finally(() => isAlone && resume(standby));
        const failures: string[] = [];
        const sending = Promise.all(
          [0, 1].map(async (index) => {
            await new Promise((resolve) => setTimeout(resolve, index * random.between(0, 200)));
            return world.report([victim.url, standby.url], "Whole run", { patienceMs: 10_000 });
          }),
        );
        const diedAt = await dies.catch((error: Error) => {
          failures.push(`${point.name} was not reached the ${nth}. time: ${error.message}`);
          return Date.now();
        });
        if (failures.length > 0) await victim.stop("SIGKILL");
        const contexts = await sending;
        await world.settled(contexts);
        const { events } = await world.history(contexts);
        const about = `${point.name}:${nth}`;
        return { about, contexts, failures, recoveryMs: standstills(events, diedAt) };
      },
      close: () => standby.stop("SIGKILL"),
    };
  },
};
