import type { StoredEvent } from "@evenkeel/events";
import type { Stage } from "./stage.ts";

export interface Ending {
  context: string;
  result: string;
  reason: string;
}

/** Hands on every event of the log, and resolves waits for endings. */
export interface Audience {
  /** Resolves when the next remediation of the service has finished. Rejects when the demo is stopped. */
  ending(service: string): Promise<Ending>;
  close(): Promise<void>;
}

export async function openAudience(
  { platform }: Stage,
  onEvent: (event: StoredEvent) => void,
  signal: AbortSignal,
): Promise<Audience> {
  const follower = await platform.journal.follow();
  const waiting = new Map<string, (ending: Ending) => void>();
  follower.subscribe((events) => {
    for (const event of events) {
      onEvent(event);
      if (event.kind !== "remediation.finished") continue;
      const { service, result, reason } = event.data;
      waiting.get(service)?.({ context: event.context, result, reason });
      waiting.delete(service);
    }
  });
  return {
    ending: (service) =>
      new Promise((resolve, reject) => {
        waiting.set(service, resolve);
        signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      }),
    close: () => follower.close(),
  };
}

/** Load rises until two more replicas are needed. */
export function overload({ simulator }: Stage): void {
  simulator.setLoad("carts", "surge", { rampMs: 3_000 });
}

/** Something that orders depends on becomes slow: no number of replicas helps. */
export function slowDependency({ simulator }: Stage): void {
  simulator.setFault("orders", { latencyMs: 1_500 });
}
