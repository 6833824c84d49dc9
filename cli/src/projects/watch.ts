import { watch } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Editors write a file in several steps; what comes within this time is one change. */
const QUIET_MS = 200;

/** Runs `work` now and after each change below the folder, never twice at once; until the signal. */
export async function watchFolder(
  folder: string,
  { signal, onWatching }: { signal: AbortSignal; onWatching: () => void },
  work: () => Promise<void>,
): Promise<void> {
  let changed = true;
  let wake = () => {};
  const watcher = watch(folder, { recursive: true }, () => {
    changed = true;
    wake();
  });
  const broken = new Promise<never>((_, reject) => watcher.on("error", reject));
  broken.catch(() => undefined);
  signal.addEventListener("abort", () => wake());
  onWatching();
  try {
    while (!signal.aborted) {
      if (!changed) await Promise.race([broken, new Promise<void>((resolve) => (wake = resolve))]);
      if (signal.aborted) return;
      // Changes may still be coming: wait until none has for a while.
      do {
        changed = false;
        await delay(QUIET_MS);
      } while (changed);
      await work();
    }
  } finally {
    watcher.close();
  }
}
