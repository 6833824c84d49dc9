import { parseCursor } from "@evenkeel/journal";
import type { History, Violation } from "./history.ts";

/** I6: every reader has seen the whole log once, in the one order of the cursors. */
export function readAlike({ events, readers }: History): Violation[] {
  const order = events.map(({ cursor }) => cursor).sort(byCursor);
  const found: Violation[] = [];
  for (const { name, cursors } of readers) {
    const at = order.findIndex((cursor, n) => cursors[n] !== cursor);
    if (at === -1 && cursors.length === order.length) continue;
    const place = at === -1 ? order.length : at;
    const text = `reader ${name} has ${cursors[place] ?? "nothing"} at place ${place}, where the log has ${order[place] ?? "its end"}`;
    found.push({ invariant: "I6", text: `${text} (${cursors.length} read, ${order.length} in the log)` });
  }
  return found;
}

function byCursor(a: string, b: string): number {
  const [left, right] = [parseCursor(a)!, parseCursor(b)!];
  const difference = left.txid - right.txid || left.seq - right.seq;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
