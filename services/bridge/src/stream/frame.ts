import type { StoredEvent } from "@evenkeel/events";
import { eventView } from "../views/event.ts";

const frames = new WeakMap<StoredEvent, Buffer>();

/** An event as server-sent event. Made once, and shared by all readers that get the same object from the follower. */
export function frameOf(event: StoredEvent): Buffer {
  const known = frames.get(event);
  if (known) return known;
  const text = `id: ${event.cursor}\nevent: ${event.kind}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
  const frame = Buffer.from(text, "utf8");
  frames.set(event, frame);
  return frame;
}

/** What opens a stream: how soon to come back, and the cursor to come back with before the first event has come. */
export function openingFrame(cursor: string, retryMs: number): string {
  return `retry: ${retryMs}\nid: ${cursor}\n: following the log\n\n`;
}

/** Keeps proxies from closing the connection; moves the reader's cursor over events that its filter has left out. */
export function pingFrame(cursor: string): string {
  return `id: ${cursor}\n: ping\n\n`;
}

/** The reader's cursor is none of this log: it was begun anew. */
export function resetFrame(cursor: string): string {
  return `id: ${cursor}\nevent: reset\ndata: ${JSON.stringify({ cursor, reason: "the cursor is ahead of the log" })}\n\n`;
}
