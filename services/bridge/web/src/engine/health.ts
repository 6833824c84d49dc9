import type { TaskCount } from "../../../src/routes/task-counts.ts";
import { formatSpan, plural, type Tone } from "../format.ts";
import type { StatusView } from "../types.ts";

/** A sweep finds what the queue has lost within seconds; later than this nobody works. */
const LATE_MS = 15_000;

/** Whether the work gets done, in one sentence. */
export function healthOf(
  { status, counts }: { status: Pick<StatusView, "oldestOverdue" | "phases">; counts: readonly TaskCount[] },
  now: number,
): { tone: Tone; text: string } {
  const late = status.oldestOverdue ? now - Date.parse(status.oldestOverdue.dueAt) : 0;
  const parked = countOf(counts, "parked");
  const setAside = parked > 0 ? ` ${plural(parked, "task")} ${parked === 1 ? "is" : "are"} set aside.` : "";
  if (late > LATE_MS) {
    const overdue = countOf(counts, "overdue");
    const text = `${plural(overdue, "task")} should have been done, the oldest ${formatSpan(Math.floor(late / 1000) * 1000)} ago: do the workers run?`;
    return { tone: "bad", text: text + setAside };
  }
  if (parked > 0) return { tone: "warn", text: `Work is done on time, but look below:${setAside}` };
  const left = counts.reduce((sum, { count }) => sum + count, 0);
  return { tone: "good", text: left === 0 ? "Nothing is left to be done." : "Work is done on time." };
}

export function countOf(counts: readonly TaskCount[], state: TaskCount["state"], kind?: TaskCount["kind"]): number {
  let sum = 0;
  for (const one of counts) if (one.state === state && (kind === undefined || one.kind === kind)) sum += one.count;
  return sum;
}
