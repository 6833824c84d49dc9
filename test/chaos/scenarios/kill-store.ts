import { noter, type Round, type RunningScenario, type Scenario, type Stage } from "../scenario.ts";
import { standstills } from "../world/recovery.ts";

const PROBLEMS = 6;
const DOWN_MS = 700;

type Fault = "postgres" | "postgres and its sessions" | "redis" | "flushall";

/** The stores end, and the services stay: PostgreSQL comes back with its data, Redis with nothing. */
export const killStore: Scenario = {
  name: "kill-store",
  describe:
    "kill -9 of PostgreSQL (with and without its sessions), of Redis, and FLUSHALL, under so many problems (--size)",
  open: (stage) =>
    open(
      stage,
      stage.world.redis
        ? ["postgres", "flushall", "redis", "postgres and its sessions", "flushall", "redis"]
        : ["postgres", "postgres and its sessions"],
    ),
};

/** The part of it that needs Redis alone. */
export const flushAll: Scenario = {
  name: "flushall",
  describe: "FLUSHALL in the middle of the work",
  open: (stage) => open(stage, ["flushall"]),
};

async function open({ world, measured, size = PROBLEMS }: Stage, faults: readonly Fault[]): Promise<RunningScenario> {
  const { database, redis, journal, client } = world;
  const services = await Promise.all([
    world.start(["ingester", "bridge"]),
    world.start(["engine"]),
    world.start(["evaluation"]),
  ]);
  const urls = [services[0].url];
  const note = noter(measured);

  async function strike(fault: Fault): Promise<void> {
    if (fault === "flushall") return redis!.flush();
    if (fault === "redis") {
      await redis!.kill();
      await new Promise((resolve) => setTimeout(resolve, DOWN_MS));
      return redis!.start();
    }
    database.kill(fault !== "postgres");
    const back = await whenBack(() => journal.ping());
    const answered = client.acked.length;
    await world.report(urls, "Tell people", { patienceMs: 2_000 });
    if (client.acked.length > answered) note("acceptedAgainMs", performance.now() - back);
  }

  return {
    async round(n, random): Promise<Round> {
      const fault = faults[n % faults.length]!;
      const sending = Promise.all(
        Array.from({ length: size }, async () => {
          await new Promise((resolve) => setTimeout(resolve, random.between(0, 2_500)));
          return world.report(urls, random.pick(["Whole run", "One action"] as const), { patienceMs: 3_000 });
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, random.between(300, 2_500)));
      await strike(fault);
      const at = Date.now();
      const contexts = await sending;
      await world.settled(contexts);
      const { events } = await world.history(contexts);
      return { about: fault, contexts, failures: [], recoveries: standstills(events, at) };
    },
    close: async () => void (await Promise.all(services.map((one) => one.stop("SIGKILL")))),
  };
}

/** Resolves with the time at which the store answered again. */
async function whenBack(ping: () => Promise<void>): Promise<number> {
  for (;;) {
    try {
      await ping();
      return performance.now();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
