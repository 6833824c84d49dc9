import { noter, type Round, type Scenario } from "../scenario.ts";
import { problemOf } from "../world/alerts.ts";
import { PROJECT, STAGE } from "../world/files.ts";
import { rssMb } from "../world/memory.ts";
import { inParallel } from "../world/parallel.ts";

const PROBLEMS = 10_000;
const CONNECTIONS = 100;
const SETTLED_WITHIN_MS = 900_000;

/** Ten thousand services have a problem at once. Each gets an outcome, and what is refused is refused with a 503. */
export const burst10k: Scenario = {
  name: "burst-10k",
  describe: "10,000 distinct problems (--size) at once; every tenth scales, the others tell people",
  async open({ world, measured, size = PROBLEMS }) {
    const ingester = await world.start(["ingester"]);
    const workers = await Promise.all([world.start(["engine"]), world.start(["evaluation"])]);
    const note = noter(measured);
    return {
      async round(n): Promise<Round> {
        const contexts: string[] = [];
        const before = new Map(world.client.answers);
        const rss = workers.map(rssMb);
        const began = performance.now();
        await inParallel(size, CONNECTIONS, async (index) => {
          const scales = index % 10 === 0;
          const target = scales
            ? world.newTarget()
            : { project: PROJECT, stage: STAGE, service: `burst-${n}-${index}` };
          const body = problemOf(target, { title: scales ? "One action" : "Tell people" });
          const [ack] = await world.client.send([ingester.url], body, { patienceMs: 30_000 });
          contexts.push(ack!.context);
        });
        note("allAcknowledgedMs", performance.now() - began);
        await world.settled(contexts, SETTLED_WITHIN_MS);
        note("allSettledMs", performance.now() - began);
        const { events } = await world.history(contexts);
        const acted = events
          .filter(({ kind }) => kind === "action.started")
          .map(({ receivedAt }) => Date.parse(receivedAt));
        const first = Math.min(...events.map(({ receivedAt }) => Date.parse(receivedAt)));
        note("allActionsIssuedMs", Math.max(...acted) - first);
        note("workerRssGrowthMb", Math.max(...workers.map((one, index) => rssMb(one) - rss[index]!)));
        const failures: string[] = [];
        for (const [status, count] of world.client.answers) {
          const more = count - (before.get(status) ?? 0);
          if (status !== "202" && status !== "503" && more > 0) failures.push(`${more} answers were ${status}`);
        }
        return { about: `${size} problems`, contexts, failures, recoveries: [] };
      },
      close: async () => void (await Promise.all([ingester, ...workers].map((one) => one.stop("SIGKILL")))),
    };
  },
};
