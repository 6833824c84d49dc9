import type { Round, Scenario } from "../scenario.ts";
import type { Proxied } from "../world/proxied.ts";
import { behindProxies } from "../world/proxied.ts";
import type { Trap } from "../world/proxy.ts";
import { standstills } from "../world/recovery.ts";

const WORKERS = ["ingester", "engine", "evaluation"];
const APPEND = { match: /append_write/ };

interface Fault {
  name: string;
  /** Resolves when it has happened. */
  strike(proxied: Proxied): Promise<void>;
  end?(proxied: Proxied): void;
}

const faults: readonly Fault[] = [
  ...(["lose-reply", "lose-request"] as const).flatMap((how): Fault[] => [
    { name: `${how} of an append`, strike: ({ database }) => database.trap({ ...APPEND, how }) },
    { name: `${how} of PATCH`, strike: ({ kubernetes }) => kubernetes.trap({ match: /^PATCH/, how }) },
    {
      name: `${how} of a queue add`,
      strike: ({ redis, database }) => (redis ?? database).trap(queueAdd(redis !== undefined, how)),
    },
    {
      name: `${how} of taking a task`,
      strike: ({ database }) => database.trap({ match: /update tasks set generation/, how }),
    },
  ]),
  later(
    "the database answers late",
    ({ database }) => database.setWeather({ delayMs: 60 }),
    ({ database }) => database.setWeather("fair"),
  ),
  later(
    "the cluster answers late",
    ({ kubernetes }) => kubernetes.setWeather({ delayMs: 800 }),
    ({ kubernetes }) => kubernetes.setWeather("fair"),
  ),
  later("every connection to the database is reset", ({ database }) => database.cut()),
  later("every connection to the cluster is reset", ({ kubernetes }) => kubernetes.cut()),
  later("every connection of the queue is reset", ({ redis, database }) => (redis ?? database).cut()),
];

function queueAdd(onRedis: boolean, how: Trap["how"]): Trap {
  return { match: onRedis ? /evalsha/i : /add_job/i, how };
}

function later(name: string, strike: (proxied: Proxied) => void, end?: (proxied: Proxied) => void): Fault {
  const soon = () => new Promise((resolve) => setTimeout(resolve, 400));
  return { name, strike: (proxied) => soon().then(() => strike(proxied)), ...(end && { end }) };
}

/** The question that hurts: was it done, or not? The answer is lost, on append, PATCH and queue add. */
export const unknownOutcome: Scenario = {
  name: "unknown-outcome",
  describe: "replies and requests of append, PATCH and queue add are lost; delays; resets",
  async open({ world }) {
    const proxied = await behindProxies(world);
    const service = await world.start(WORKERS, proxied.env);
    return {
      async round(n, random): Promise<Round> {
        const fault = faults[n % faults.length]!;
        const failures: string[] = [];
        const report = async () => {
          await new Promise((resolve) => setTimeout(resolve, random.between(0, 600)));
          return world.report([service.url], "Whole run", { patienceMs: 5_000 });
        };
        let at = Date.now();
        const striking = fault.strike(proxied).then(() => (at = Date.now()));
        const contexts = await Promise.all([report(), report(), report()]);
        const late = new Promise((_resolve, reject) =>
          setTimeout(() => reject(new Error("it never came to that")), 15_000),
        );
        await Promise.race([striking, late]).catch((error: Error) => failures.push(error.message));
        for (const proxy of [proxied.database, proxied.kubernetes, proxied.redis]) proxy?.disarm();
        await world.settled(contexts).finally(() => fault.end?.(proxied));
        const { events } = await world.history(contexts);
        return { about: fault.name, contexts, failures, recoveries: standstills(events, at) };
      },
      async close() {
        await service.stop("SIGKILL");
        await proxied.close();
      },
    };
  },
};
