import type { EvenkeelProcess } from "../../support/evenkeel.ts";
import type { Round, Scenario } from "../scenario.ts";
import type { Random } from "../../support/random.ts";
import { ended, pause, resume } from "../world/process.ts";
import { standstills } from "../world/recovery.ts";
import { startStandby } from "../world/standby.ts";
import { crashPoints } from "./crash-points.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const REACHED_WITHIN_MS = 60_000;
/** A victim that lives on gets another problem: the step may have been done by one of the others. */
const NEXT_PROBLEM_MS = 8_000;
const STANDBY_AT_LATEST_MS = 20_000;

/**
 * Kills the working processes at each step in turn, while another one, paused until then, takes over. One at a time, or
 * as many as `--size` says, each at a step of its own.
 */
export const crashSteps: Scenario = {
  name: "crash-steps",
  describe: "kill -9 at every step between a request and the end of its run",
  async open({ world, seed, size: width = 1 }) {
    const standby = await startStandby(world, WORKERS);
    const first = width === 1 ? 0 : seed % crashPoints.length;

    async function victimOf(index: number) {
      const point = crashPoints[index % crashPoints.length]!;
      const nth = point.hits[Math.floor(index / crashPoints.length) % point.hits.length]!;
      const name = `${point.name}:${nth}`;
      return { name, process: await world.start(point.roles ?? WORKERS, { EVENKEEL_FAILPOINT: name }) };
    }

    async function drive(victim: EvenkeelProcess, death: Promise<unknown>, random: Random): Promise<string[]> {
      const reports: Promise<string>[] = [];
      let isDead = false;
      const dies = death.finally(() => (isDead = true)).catch(() => undefined);
      while (!isDead) {
        for (let n = 0; n < (width === 1 ? 2 : 1); n++) {
          reports.push(world.report([victim.url, standby.url], "Whole run", { patienceMs: 10_000 }));
          await Promise.race([dies, pauseFor(random.between(0, 200))]);
        }
        await Promise.race([dies, pauseFor(NEXT_PROBLEM_MS)]);
      }
      return Promise.all(reports);
    }

    return {
      async round(n, random): Promise<Round> {
        const victims = await Promise.all(
          Array.from({ length: width }, (_, index) => victimOf(first + n * width + index)),
        );
        pause(standby);
        const failures: string[] = [];
        const deaths = victims.map(({ name, process }) =>
          ended(process, REACHED_WITHIN_MS).catch((error: Error) => {
            failures.push(`${name} was not reached: ${error.message}`);
            return process.stop("SIGKILL").then(Date.now);
          }),
        );
        const allDead = Promise.all(deaths);
        const late = width === 1 ? allDead : Promise.any(deaths).then(() => pauseFor(STANDBY_AT_LATEST_MS));
        const takesOver = Promise.race([allDead, late]).then(() => {
          resume(standby);
          return Date.now();
        });
        const contexts = (
          await Promise.all(victims.map(({ process }, index) => drive(process, deaths[index]!, random)))
        ).flat();
        const at = await takesOver;
        await world.settled(contexts);
        const { events } = await world.history(contexts);
        return {
          about: victims.map(({ name }) => name).join(", "),
          contexts,
          failures,
          recoveries: standstills(events, at),
        };
      },
      close: () => standby.stop("SIGKILL"),
    };
  },
};

const pauseFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
