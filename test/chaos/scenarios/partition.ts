import type { Round, Scenario } from "../scenario.ts";
import { behindProxies } from "../world/proxied.ts";
import type { Weather } from "../world/proxy.ts";
import { standstills } from "../world/recovery.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const NOT_READY_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 10_000;

/** A part of the network goes dark: nothing is refused, nothing arrives, and later it is there again. */
export const partition: Scenario = {
  name: "partition",
  describe: "the way to PostgreSQL, Redis or the cluster goes dark for some seconds",
  async open({ world, random, measured }) {
    const proxied = await behindProxies(world);
    const service = await world.start(WORKERS, proxied.env);
    const sides = (["database", "kubernetes", "redis"] as const).filter((side) => proxied[side]);
    const note = (name: string, ms: number) => void measured.set(name, [...(measured.get(name) ?? []), ms]);
    return {
      async round(n): Promise<Round> {
        const side = sides[n % sides.length]!;
        const weather: Weather = n % 6 === 5 ? "refused" : "dark";
        const darkMs = n % 10 === 9 ? 30_000 : random.between(1_000, 8_000);
        const failures: string[] = [];
        const report = async () => {
          await new Promise((resolve) => setTimeout(resolve, random.between(0, 1_500)));
          return world.report([service.url], "Whole run", { patienceMs: 6_000, withinMs: 90_000 });
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
        await world.settled(contexts);
        const { events } = await world.history(contexts);
        const about = `${side} ${weather} for ${Math.round(darkMs / 1000)} s`;
        return { about, contexts, failures, recoveryMs: standstills(events, at) };
      },
      async close() {
        await service.stop("SIGKILL");
        await proxied.close();
      },
    };
  },
};

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
