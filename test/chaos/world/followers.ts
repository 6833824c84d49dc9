import { parseCursor, type Cursor, type Journal } from "@evenkeel/journal";
import type { ReaderLog } from "../checker.ts";

const PAGE = 200;

/** Readers of the log as it grows, for I6: each keeps what it saw, in its order. */
export interface Readers {
  /** Reads what has come since, by a reader that stays and by one that comes back each time with its cursor. */
  read(): Promise<void>;
  /** All of them, and one that begins at the beginning only now. */
  logs(): Promise<ReaderLog[]>;
  close(): Promise<void>;
}

export async function startReaders(journal: Journal): Promise<Readers> {
  const followed: string[] = [];
  const paged: string[] = [];
  let cursor: Cursor = { txid: 0n, seq: 0n };
  const follower = await journal.follow();
  follower.subscribe((events) => followed.push(...events.map((event) => event.cursor)));
  const readOn = async () => {
    for (;;) {
      const events = await journal.after(cursor, PAGE);
      if (events.length === 0) return;
      paged.push(...events.map((event) => event.cursor));
      cursor = parseCursor(events.at(-1)!.cursor)!;
    }
  };
  return {
    read: readOn,
    async logs() {
      await readOn();
      const whole = (await journal.after({ txid: 0n, seq: 0n }, 1_000_000)).map((event) => event.cursor);
      const end = performance.now() + 10_000;
      while (followed.at(-1) !== whole.at(-1) && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // The follower begins where the log was when it was opened.
      const missed = followed.length === 0 ? whole : whole.slice(0, whole.indexOf(followed[0]!));
      return [
        { name: "one that follows", cursors: [...missed, ...followed] },
        { name: "one that comes back", cursors: paged },
        { name: "one from the beginning", cursors: whole },
      ];
    },
    close: () => follower.close(),
  };
}
