import type { StoredEvent } from "@evenkeel/events";
import type pg from "pg";
import { formatCursor, insistOnSight, latestCursor, parseCursor, readAfter, type Cursor } from "./follow.ts";
import { listen } from "./wake.ts";
import type { Logger } from "./log.ts";

const POLL_MS = 1_000;
const PAGE = 500;

export interface Follower {
  /** Calls back for every event from now on, in the log's order. Returns the way to stop. */
  subscribe(onEvents: (events: readonly StoredEvent[]) => void): () => void;
  /** Where the follower is: whoever has read up to here misses nothing by subscribing. */
  position(): Cursor;
  close(): Promise<void>;
}

/** One reader of the log per process, fanned out in memory. Rejects when the database is away at the start. */
export async function createFollower(pool: pg.Pool, url: string, log: Logger): Promise<Follower> {
  await insistOnSight(pool);
  let position = await latestCursor(pool);
  const subscribers = new Set<(events: readonly StoredEvent[]) => void>();
  let closed = false;
  let running: Promise<void> | undefined;
  let again = false;

  async function drain(): Promise<void> {
    do {
      again = false;
      const events = await readAfter(pool, position, PAGE);
      const last = events.at(-1);
      if (!last) continue;
      position = parseCursor(last.cursor)!;
      for (const subscriber of subscribers) subscriber(events);
      again ||= events.length === PAGE;
    } while (again && !closed);
  }

  function wake(): void {
    if (closed) return;
    again = true;
    running ??= drain()
      .catch((error: unknown) =>
        log.warn({ error: String(error), cursor: formatCursor(position) }, "reading the log failed"),
      )
      .finally(() => (running = undefined));
  }

  const poll = setInterval(wake, POLL_MS);
  poll.unref();
  const listener = listen(url, wake, log);
  return {
    subscribe(onEvents) {
      subscribers.add(onEvents);
      return () => subscribers.delete(onEvents);
    },
    position: () => position,
    async close() {
      closed = true;
      clearInterval(poll);
      await listener.close();
      await running;
    },
  };
}
