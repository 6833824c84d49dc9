import type { StoredEvent } from "@evenkeel/events";

/** A run that a fault had stopped, from the event before it to the one that went on. */
export interface Standstill {
  ms: number;
  before: string;
  after: string;
}

/**
 * How long each unfinished context stood still after a fault: from then to its next event that was stored, less what was
 * left of a wait. `at` and the events' times are of this one machine's clock.
 */
export function standstills(events: readonly StoredEvent[], at: number): Standstill[] {
  const found: Standstill[] = [];
  for (const context of new Set(events.map((event) => event.context))) {
    const own = events.filter((event) => event.context === context);
    const next = own.find((event) => Date.parse(event.receivedAt) > at);
    if (!next) continue;
    const before = own.filter((event) => Date.parse(event.receivedAt) <= at);
    const last = before.at(-1);
    if (!last || before.some(({ kind }) => kind === "remediation.finished")) continue;
    const due = last.kind === "wait.triggered" ? Date.parse(last.time) + last.data.durationMs : 0;
    found.push({ ms: Date.parse(next.receivedAt) - Math.max(at, due), before: last.kind, after: next.kind });
  }
  return found.filter(({ ms }) => ms >= 0);
}

/** The nearest-rank percentile. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? 0;
}
