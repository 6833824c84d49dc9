import { noter, type Round, type Scenario } from "../scenario.ts";
import { problemOf } from "../world/alerts.ts";
import { rssMb } from "../world/memory.ts";
import { inParallel } from "../world/parallel.ts";

const COPIES = 10_000;
const CONNECTIONS = 50;
const RSS_GROWTH_MB = 50;

/** One problem, reported over and over through two ingesters at once. */
export const dupStorm: Scenario = {
  name: "dup-storm",
  describe: "10,000 copies (--size) of one problem over 50 connections and 2 ingesters",
  async open({ world, measured, size = COPIES }) {
    const ingesters = await Promise.all([world.start(["ingester"]), world.start(["ingester"])]);
    const worker = await world.start(["engine", "evaluation"]);
    // What a process needs once and keeps is no growth.
    await inParallel(Math.min(400, size / 10), CONNECTIONS, (n) =>
      world.report([ingesters[n % 2]!.url], "Tell people"),
    );
    const note = noter(measured);
    return {
      async round(n): Promise<Round> {
        const target = world.newTarget();
        const body = problemOf(target, { title: "Whole run" });
        const rss = () => Math.max(...ingesters.map(rssMb));
        const [before, answers, began] = [rss(), new Map(world.client.answers), performance.now()];
        let context = "";
        await inParallel(size, CONNECTIONS, async (copy) => {
          const [ack] = await world.client.send([ingesters[copy % 2]!.url], body);
          context = ack?.context ?? context;
        });
        const seconds = (performance.now() - began) / 1000;
        note("copiesPerSecond", size / seconds);
        note("rssGrowthMb", rss() - before);
        const failures: string[] = [];
        if (rss() - before > RSS_GROWTH_MB) failures.push(`an ingester grew by ${Math.round(rss() - before)} MB`);
        for (const [status, count] of world.client.answers) {
          const more = count - (answers.get(status) ?? 0);
          if (status !== "202" && more > 0) failures.push(`${more} answers were ${status}`);
        }
        await world.settled([context]);
        const rows = await world.journal.remediations({ ...target, limit: 10 });
        if (rows.length !== 1) failures.push(`${rows.length} runs were made of one problem`);
        const counted = (await world.journal.notifications({ limit: 200 })).find(
          (one) => one.context === context,
        )?.count;
        if (counted !== size) failures.push(`${counted} notifications were counted, of ${size}`);
        return { about: `${size} copies, storm ${n + 1}`, contexts: [context], failures, recoveries: [] };
      },
      close: async () => void (await Promise.all([...ingesters, worker].map((one) => one.stop("SIGKILL")))),
    };
  },
};
