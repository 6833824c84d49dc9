import { writeFile } from "node:fs/promises";
import type { StoredEvent } from "@evenkeel/events";
import { fold, type Remediation } from "@evenkeel/remediation";

/** The first line of a recorded history: what the version that wrote it made of the events in the lines that follow. */
export interface Recorded {
  states: Record<string, Remediation>;
}

/** Writes a history as JSON lines: the states of its contexts, then its events, oldest first. */
export async function saveHistory(file: string, events: readonly StoredEvent[]): Promise<void> {
  const states: Recorded["states"] = {};
  for (const context of new Set(events.map((event) => event.context))) {
    const state = fold(events.filter((event) => event.context === context));
    if (state) states[context] = state;
  }
  await writeFile(file, [{ states } satisfies Recorded, ...events].map((line) => `${JSON.stringify(line)}\n`).join(""));
}
