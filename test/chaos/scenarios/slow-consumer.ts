import { randomUUID } from "node:crypto";
import { noter, type Round, type Scenario } from "../scenario.ts";
import { eventually } from "../../support/eventually.ts";
import { rssMb } from "../world/memory.ts";
import { percentile } from "../world/recovery.ts";
import { openTab } from "../world/sse.ts";

const TABS = 200;
const PAUSED_SHARE = 0.1;
const EVENTS_PER_SECOND = 200;
/** A round with all tabs takes ten seconds, one with fewer takes less. */
const TABS_PER_SECOND = 20;
const LEAST_SECONDS = 2;
const CONNECTED_WITHIN_MS = 20_000;
const ARRIVED_WITHIN_MS = 5_000;
const BATCH_MS = 50;
const RSS_GROWTH_MB = 50;
const LAG_P99_MS = 1_000;
const BALLAST = "x".repeat(100);

/** Many readers, some of whom take nothing: they are cut off, and nobody else notices. */
export const slowConsumer: Scenario = {
  name: "slow-consumer",
  describe: "200 readers of the stream (--size), a tenth of them paused, at 200 events a second",
  async open({ world, measured, size = TABS }) {
    const bridge = await world.start(["bridge"]);
    const note = noter(measured);
    return {
      async round(): Promise<Round> {
        const paused = Math.round(size * PAUSED_SHARE);
        const tabs = Array.from({ length: size }, (_, n) => openTab(bridge.url, { paused: n < paused }));
        const live = tabs.slice(paused);
        await eventually("every reader is on the stream", () => live.every((tab) => tab.isOpen()), {
          within: CONNECTED_WITHIN_MS,
        });
        const before = rssMb(bridge);
        let peak = before;
        const from = await world.journal.latest();
        const end = performance.now() + Math.max(LEAST_SECONDS, size / TABS_PER_SECOND) * 1000;
        while (performance.now() < end) {
          const batch = Array.from({ length: (EVENTS_PER_SECOND * BATCH_MS) / 1000 }, () => ({
            kind: "other" as const,
            type: "com.example.noise",
            id: randomUUID(),
            data: { ballast: BALLAST },
          }));
          const pace = new Promise((resolve) => setTimeout(resolve, BATCH_MS));
          await world.journal.append(randomUUID(), batch);
          await pace;
          peak = Math.max(peak, rssMb(bridge));
        }
        const wanted = (await world.journal.after(from, 1_000_000)).map(({ cursor }) => cursor);
        await until(() => live.every((tab) => tab.ids.length >= wanted.length), ARRIVED_WITHIN_MS);
        const failures: string[] = [];
        const wrong = live.filter((tab) => tab.ids.join() !== wanted.join()).length;
        if (wrong > 0)
          failures.push(`${wrong} of ${live.length} readers did not see the ${wanted.length} events once, in order`);
        const lag = percentile(
          live.flatMap(({ lagsMs }) => lagsMs),
          99,
        );
        note("lagP99Ms", lag);
        note("rssGrowthMb", peak - before);
        note("eventsPerRound", wanted.length);
        if (peak - before > RSS_GROWTH_MB) failures.push(`the bridge grew by ${Math.round(peak - before)} MB`);
        if (lag > LAG_P99_MS) failures.push(`the others' p99 was ${Math.round(lag)} ms`);
        for (const tab of tabs) tab.close();
        return {
          about: `${size} readers, ${paused} paused, ${wanted.length} events`,
          contexts: [],
          failures,
          recoveries: [],
        };
      },
      close: () => bridge.stop("SIGKILL"),
    };
  },
};

/** What is still missing when the time is over is found by what comes next. */
async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}
