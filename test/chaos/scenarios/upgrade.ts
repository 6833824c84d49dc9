import { alert, startEvenkeel, type EvenkeelProcess } from "../../support/evenkeel.ts";
import { noter, type Round, type Scenario } from "../scenario.ts";
import { PROJECT, STAGE } from "../world/files.ts";
import { standstills } from "../world/recovery.ts";

/** How many senders there are, each of which reports a problem after the other. */
const SENDERS = 3;
const PAUSE_MS = 400;
type Version = "earlier" | "this";
/** Two whole processes, as two replicas: each is brought to this version and then back, one at a time. */
const FLIPS: readonly { at: 0 | 1; to: Version }[] = [
  { at: 0, to: "this" },
  { at: 1, to: "this" },
  { at: 0, to: "earlier" },
  { at: 1, to: "earlier" },
];

export const upgrade: Scenario = {
  name: "upgrade",
  describe:
    "two processes go from the version of --previous to this one and back, one at a time, under load (--size senders)",
  missing: ({ previous }) =>
    previous === undefined ? "say --previous REF: a commit of an earlier version" : undefined,

  /** The earlier version makes the schema, and works on while this one brings it up to date. */
  async before({ env, client, previous }) {
    const earlier = await startEvenkeel(env, [], undefined, previous);
    let isOver = false;
    const sending = (async () => {
      for (let n = 1; !isOver; n++) {
        const target = { project: PROJECT, stage: STAGE, service: `before-${n}` };
        await client.send([earlier.url], alert(target), { withinMs: 30_000 });
      }
    })();
    return async () => {
      isOver = true;
      await sending;
      await stopInOrder(earlier);
    };
  },

  async open({ world, size = SENDERS, previous, measured }) {
    const note = noter(measured);
    const start = (version: Version) => world.start([], {}, version === "earlier" ? previous : undefined);
    const running = await Promise.all([start("earlier"), start("earlier")]);
    const urls = () => running.map(({ url }) => url);

    return {
      async round(_n, random): Promise<Round> {
        const answersBefore = new Map(world.client.answers);
        const contexts: string[] = [];
        let isOver = false;
        const sending = Promise.all(
          Array.from({ length: size }, async () => {
            while (!isOver) {
              const began = performance.now();
              const title = random.pick(["Whole run", "One action", "Tell people"] as const);
              contexts.push(await world.report(urls, title, { patienceMs: 3_000 }));
              note("acceptedMs", performance.now() - began);
              await pauseFor(random.between(0, PAUSE_MS));
            }
          }),
        );
        const failures: string[] = [];
        const flips: number[] = [];
        for (const { at, to } of FLIPS) {
          await pauseFor(random.between(0, 2 * PAUSE_MS));
          flips.push(Date.now());
          failures.push(...(await stopInOrder(running[at]!)));
          running[at] = await start(to);
        }
        isOver = true;
        await sending;
        await world.settled(contexts);
        const { events } = await world.history(contexts);
        const recoveries = standstills(events, flips.at(-1)!);
        failures.push(...unexpected(answersBefore, world.client.answers));
        return { about: `${FLIPS.length} flips`, contexts, failures, recoveries };
      },
      close: async () => void (await Promise.all(running.map((one) => one.stop("SIGKILL")))),
    };
  },
};

/** What is to be said of a process that did not end as it should when it was asked to. */
async function stopInOrder(process: EvenkeelProcess): Promise<string[]> {
  await process.stop("SIGTERM");
  const { exitCode, signalCode } = process.child;
  if (exitCode === 0) return [];
  return [`a process that was asked to stop ended with ${signalCode ?? exitCode}: ${process.output().slice(-1_000)}`];
}

/** A process that stops may refuse (503) or be gone; no other answer but acceptance is right. */
function unexpected(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after].flatMap(([answer, count]) => {
    const added = count - (before.get(answer) ?? 0);
    return added > 0 && !["202", "503", "none"].includes(answer) ? [`${added} answers of ${answer}`] : [];
  });
}

const pauseFor = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
