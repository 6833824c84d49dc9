import type { StoredEvent } from "@evenkeel/events";
import { formatCursor, parseCursor, type Cursor, type Follower, type Journal } from "@evenkeel/journal";
import { frameOf, pingFrame } from "./frame.ts";

/** Where the frames go. `write` returns false when no more should come before `drained` has resolved. */
export interface Sink {
  write(frame: Buffer | string): boolean;
  /** Resolves to false when the reader has taken nothing for too long, or is gone. */
  drained(): Promise<boolean>;
}

export interface ReaderOptions {
  journal: Pick<Journal, "after">;
  follower: Pick<Follower, "subscribe">;
  /** The last event that the reader has. */
  from: Cursor;
  wants: (event: StoredEvent) => boolean;
  sink: Sink;
  /** Events of the follower that may wait for the reader, in bytes of their frames. */
  maxWaitingBytes: number;
}

export interface Reader {
  /** Runs until `stop`. `slow`: the reader does not take what it is sent. Rejects when the log cannot be read. */
  run(): Promise<"stopped" | "slow">;
  stop(): void;
  ping(): void;
}

const PAGE = 200;
/** What an event counts in the queue that the filter will leave out. */
const LEFT_OUT_BYTES = 64;

/**
 * Gives a reader every event behind its cursor once, in the log's order. It reads the log until it has caught up, and from
 * then on takes what the follower brings. The follower's events wait in a queue from before each look at the log, so that
 * nothing falls between the two; what both bring is told by the cursor. When the queue is full it is thrown away and the
 * log is read again: memory stays bounded however slow the reader is.
 */
export function createReader({ journal, follower, from, wants, sink, maxWaitingBytes }: ReaderOptions): Reader {
  let last = from;
  let behind = true;
  let stopped = false;
  let blocked = false;
  let waiting: StoredEvent[] = [];
  let waitingBytes = 0;
  let wake = () => {};

  const size = (event: StoredEvent) => (wants(event) ? frameOf(event).length : LEFT_OUT_BYTES);

  const unsubscribe = follower.subscribe((events) => {
    // While behind, the next look at the log brings them.
    if (behind) return;
    for (const event of events) {
      waiting.push(event);
      waitingBytes += size(event);
    }
    if (waitingBytes > maxWaitingBytes) behind = true;
    wake();
  });

  /** False when the reader is too slow. */
  async function give(event: StoredEvent): Promise<boolean> {
    const cursor = parseCursor(event.cursor)!;
    if (!isLater(cursor, last)) return true;
    last = cursor;
    if (!wants(event) || sink.write(frameOf(event))) return true;
    blocked = true;
    const drained = await sink.drained();
    blocked = false;
    return drained;
  }

  async function catchUp(): Promise<boolean> {
    behind = false;
    waiting = [];
    waitingBytes = 0;
    const page = await journal.after(last, PAGE);
    // More is there than this page: until the last page is read, what the follower brings would only wait.
    if (page.length === PAGE) behind = true;
    for (const event of page) {
      if (stopped) return true;
      if (!(await give(event))) return false;
    }
    return true;
  }

  async function run(): Promise<"stopped" | "slow"> {
    while (!stopped) {
      if (behind) {
        if (!(await catchUp())) break;
        continue;
      }
      const event = waiting.shift();
      if (!event) {
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      waitingBytes -= size(event);
      if (!(await give(event))) break;
    }
    unsubscribe();
    return stopped ? "stopped" : "slow";
  }

  return {
    run: () => run().finally(unsubscribe),
    stop() {
      stopped = true;
      wake();
    },
    ping() {
      if (!blocked && !stopped) sink.write(pingFrame(formatCursor(last)));
    },
  };
}

export function isLater(a: Cursor, b: Cursor): boolean {
  return a.txid > b.txid || (a.txid === b.txid && a.seq > b.seq);
}
