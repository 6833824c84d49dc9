import { noter, type Round, type Scenario } from "../scenario.ts";
import { behindProxies } from "../world/proxied.ts";
import type { Weather } from "../world/proxy.ts";
import type { Random } from "../../support/random.ts";
import { standstills } from "../world/recovery.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
/** Of the rounds, in turn: both ways, one of them, or a refusal, which is no partition but looks like one for a moment. */
const WEATHERS: readonly Weather[] = ["dark", "no-replies", "no-requests", "dark", "refused"];
const PATIENCE_MS = 60_000;
const NOT_READY_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 10_000;
/** A step that could not reach the cluster for long is tried again after up to a minute. */
const SETTLED_WITHIN_MS = 120_000;

/** A part of the network goes dark: nothing is refused, nothing arrives, and later it is there again. */
export const partition: Scenario = {
  name: "partition",
  describe: "the way to PostgreSQL, Redis or the cluster goes dark, both ways or one, for 1 s to 2 min",
  async open({ world, measured }) {
    const proxied = await behindProxies(world);
    const service = await world.start(WORKERS, proxied.env);
    const sides = (["database", "kubernetes", "redis"] as const).filter((side) => proxied[side]);
    const note = noter(measured);
    return {
      async round(n, random): Promise<Round> {
        const side = sides[n % sides.length]!;
        const weather = WEATHERS[Math.floor(n / sides.length) % WEATHERS.length]!;
        const darkMs = durationOf(n, random);
        const failures: string[] = [];
        const report = async () => {
          await new Promise((resolve) => setTimeout(resolve, random.between(0, 1_500)));
          return world.report([service.url], "Whole run", { patienceMs: 6_000, withinMs: darkMs + PATIENCE_MS });
        };
        const sending = Promise.all([report(), report(), report()]);
        await new Promise((resolve) => setTimeout(resolve, random.between(200, 1_800)));
        proxied[side]!.setWeather(weather);
        const began = performance.now();
        if (side === "database" && darkMs > NOT_READY_WITHIN_MS) {
          const ms = await until(async () => !(await isReady(service.url)), NOT_READY_WITHIN_MS);
          if (ms === undefined) failures.push("still ready 5 s after the database had gone dark");
          else note("notReadyAfterMs", ms);
        }
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, darkMs - (performance.now() - began))));
        proxied[side]!.setWeather("fair");
        const at = Date.now();
        const ms = await until(() => isReady(service.url), READY_WITHIN_MS);
        if (ms === undefined) failures.push("not ready 10 s after the network was there again");
        else note("readyAgainAfterMs", ms);
        const contexts = await sending;
        await world.settled(contexts, SETTLED_WITHIN_MS);
        const { events } = await world.history(contexts);
        const about = `${side} ${weather} for ${Math.round(darkMs / 1000)} s`;
        return { about, contexts, failures, recoveries: standstills(events, at) };
      },
      async close() {
        await service.stop("SIGKILL");
        await proxied.close();
      },
    };
  },
};

/** Most are short, some longer, and a few as long as a person needs; the numbers meet each side in turn. */
function durationOf(n: number, random: Random): number {
  if (n % 67 === 30) return 120_000;
  return n % 11 === 7 ? 30_000 : random.between(1_000, 8_000);
}

/** Milliseconds until it held; undefined when it did not in time. */
async function until(holds: () => Promise<boolean>, withinMs: number): Promise<number | undefined> {
  const began = performance.now();
  while (performance.now() - began < withinMs) {
    if (await holds()) return performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(4_000) })).ok;
  } catch {
    return false;
  }
}
