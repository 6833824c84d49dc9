import type { EvenkeelProcess } from "../../support/evenkeel.ts";
import type { Round, Scenario } from "../scenario.ts";
import { standstills } from "../world/recovery.ts";

const ROLES = ["ingester", "engine", "evaluation", "bridge"] as const;
const PROBLEMS = 8;
const KILLS = 2;
const SPREAD_MS = 1_500;

/** Kills any of the four services at any time, each a process of its own, started again at once. */
export const killRandom: Scenario = {
  name: "kill-random",
  describe:
    "kill -9 of ingester, engine, evaluation worker or bridge at random moments, under so many problems (--size)",
  async open({ world, size = PROBLEMS }) {
    const running = new Map<string, EvenkeelProcess>();
    const start = async (role: string) => void running.set(role, await world.start([role]));
    await Promise.all(ROLES.map(start));
    const ingesters = () => [running.get("ingester")!.url];

    return {
      async round(_n, random): Promise<Round> {
        const kills = Array.from({ length: KILLS }, () => ({
          role: random.pick(ROLES),
          after: random.between(0, SPREAD_MS * 2),
        })).sort((a, b) => a.after - b.after);
        const sending = Promise.all(
          Array.from({ length: size }, async () => {
            await pauseFor(random.between(0, SPREAD_MS));
            const title = random.pick(["Whole run", "One action", "Tell people"] as const);
            return world.report(ingesters, title, { patienceMs: 3_000 });
          }),
        );
        const began = performance.now();
        const faults: number[] = [];
        for (const { role, after } of kills) {
          await pauseFor(Math.max(0, after - (performance.now() - began)));
          await running.get(role)!.stop("SIGKILL");
          faults.push(Date.now());
          await start(role);
        }
        const contexts = await sending;
        await world.settled(contexts);
        const { events } = await world.history(contexts);
        // Of the last fault alone: what stood still after an earlier one may have been stopped again by it.
        const recoveries = standstills(events, faults.at(-1)!);
        return { about: kills.map(({ role }) => role).join(" and "), contexts, failures: [], recoveries };
      },
      close: async () => void (await Promise.all([...running.values()].map((one) => one.stop("SIGKILL")))),
    };
  },
};

const pauseFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
