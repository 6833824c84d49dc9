import type { Journal } from "@evenkeel/journal";
import type { Bridge } from "../route.ts";
import { curvesOf, readCurve, type CurveReader } from "./read-curve.ts";

type Keeper = Omit<CurveReader, "journal"> & Pick<Bridge, "follower" | "log"> & { journal: Journal };

const HOUR = 60 * 60_000;
/** Runs whose curves are still to be read; beyond it they are read when somebody looks at them. */
const MOST_WAITING = 1000;
const LOOK_BACK_AT = 200;

/**
 * Keeps the curves of each run when it ends, and once more when the time behind its end is over; after a start also those
 * of runs that have ended shortly before. One run after the other, so that a storm of problems does not become one of
 * queries.
 */
export function keepCurves(keeper: Keeper): void {
  const { journal, follower, log, sliRange } = keeper;
  if (!sliRange) return;
  const waiting: string[] = [];
  let busy = false;

  function enqueue(context: string): void {
    if (waiting.length < MOST_WAITING && !waiting.includes(context)) waiting.push(context);
    if (!busy) void work();
  }

  async function work(): Promise<void> {
    busy = true;
    for (let context = waiting.shift(); context !== undefined; context = waiting.shift()) await keep(context);
    busy = false;
  }

  async function keep(context: string): Promise<void> {
    try {
      const restMs = await keepOne(keeper, context);
      if (restMs > 0) setTimeout(enqueue, restMs, context).unref();
    } catch (error) {
      log.debug({ err: error, context }, "the curves of a finished run cannot be read");
    }
  }

  follower.subscribe((events) => {
    for (const event of events) if (event.kind === "remediation.finished") enqueue(event.context);
  });
  lately(journal).then(
    (contexts) => contexts.forEach(enqueue),
    (error: unknown) => log.debug({ err: error }, "the runs that have ended lately cannot be read"),
  );
}

/** Milliseconds until they are worth another look; 0 when they are settled or there are none. */
async function keepOne(keeper: Keeper, context: string): Promise<number> {
  let restMs = 0;
  for (const indicator of await curvesOf(keeper, context)) {
    const { settled, from, to } = await readCurve(keeper, context, indicator);
    if (!settled) restMs = Math.max(restMs, restOf(from, to));
  }
  return restMs;
}

/** A chart shows less time behind the end than half of what it has up to there. */
function restOf(from: string, to: string): number {
  return Math.min((Date.parse(to) - Date.parse(from)) / 2, HOUR / 2) + 1000;
}

async function lately(journal: Journal): Promise<string[]> {
  const now = await journal.now();
  const rows = await journal.remediations({ phases: ["finished"], limit: LOOK_BACK_AT });
  return rows.flatMap(({ state }) =>
    state.phase === "finished" && Date.parse(state.finishedAt) > now.getTime() - HOUR ? [state.context] : [],
  );
}
