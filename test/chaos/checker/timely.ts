import type { EventOf } from "@evenkeel/events";
import type { History, Violation } from "./history.ts";

/** Between the taking up of a wait, where its lateness is measured, and the event that tells it. */
const BOUND_MS = 5_000;

/** I7: no wait ends before it is due, and none ends late without saying by how much. */
export function timely({ events }: History): Violation[] {
  const waits = new Map<string, EventOf<"wait.triggered"> & { time: string }>();
  const found: Violation[] = [];
  for (const event of events) {
    if (event.kind === "wait.triggered") waits.set(event.id, event);
    if (event.kind !== "wait.finished" || event.data.endedBy !== "due" || event.data.status !== "succeeded") continue;
    const wait = waits.get(event.triggeredid ?? "");
    if (!wait) continue;
    const lateMs = Date.parse(event.time) - Date.parse(wait.time) - wait.data.durationMs;
    const which = `the wait of ${event.context}, attempt ${event.data.attempt},`;
    if (lateMs < 0) found.push({ invariant: "I7", text: `${which} ended ${-lateMs} ms before it was due` });
    if (lateMs - event.data.lateMs > BOUND_MS) {
      found.push({ invariant: "I7", text: `${which} ended ${lateMs} ms late and says ${event.data.lateMs} ms` });
    }
  }
  return found;
}
