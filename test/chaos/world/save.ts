import { writeFile } from "node:fs/promises";
import type { StoredEvent } from "@evenkeel/events";

/** A recorded history: the log's events, one JSON a line, in their order. */
export async function saveHistory(file: string, events: readonly StoredEvent[]): Promise<void> {
  await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
}
