import { setTimeout as delay } from "node:timers/promises";
import type { CloudEventJson } from "@evenkeel/events";
import { isCliError, EXIT } from "../errors.ts";
import type { Client } from "./http.ts";
import { sseParser } from "./sse.ts";

export type LogEvent = CloudEventJson & { kind: string; seq: string; cursor: string };

export interface FollowOptions {
  /** Cursor of the last event that is known. */
  since: string;
  filters?: Readonly<Record<string, string | readonly string[] | undefined>>;
  signal: AbortSignal;
  /** For people: the connection was lost or is back. */
  onTrouble?: (line: string) => void;
  /** Silence after which the connection counts as lost; the server pings every 5 s. */
  idleMs?: number;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/**
 * The events after a cursor as they happen, each once, in the log's order; ends with the signal. The first connection
 * must succeed; after it, lost connections are made anew and resume behind the last event.
 */
export async function* follow(client: Client, options: FollowOptions): AsyncGenerator<LogEvent> {
  const { filters = {}, signal, onTrouble, idleMs = 45_000 } = options;
  let cursor = options.since;
  let connected = false;
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const idle = idleTimer(idleMs, signal);
    try {
      const headers = { accept: "text/event-stream", "last-event-id": cursor };
      const response = await client.open("/v1/stream", filters, headers, idle.signal);
      if (connected && pause > FIRST_PAUSE_MS) onTrouble?.("connected again");
      connected = true;
      const parse = sseParser();
      for await (const chunk of response.body ?? []) {
        idle.touch();
        for (const message of parse(chunk as Uint8Array)) {
          if (message.id) cursor = message.id;
          if (message.event === "reset") onTrouble?.("the server's log was begun anew; following from its start");
          else if (message.data) yield JSON.parse(message.data) as LogEvent;
          pause = FIRST_PAUSE_MS;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!connected || isFinal(error)) throw error;
    } finally {
      idle.stop();
    }
    if (signal.aborted) return;
    if (pause === FIRST_PAUSE_MS) onTrouble?.("the connection is lost; connecting again");
    await delay(pause, undefined, { signal }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** Coming back will not help. */
function isFinal(error: unknown): boolean {
  return isCliError(error) && error.exitCode !== EXIT.unreachable && error.exitCode !== EXIT.failure;
}

function idleTimer(idleMs: number, outer: AbortSignal) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error("no sign of life")), idleMs);
  return {
    signal: AbortSignal.any([controller.signal, outer]),
    touch: () => void timer.refresh(),
    stop() {
      clearTimeout(timer);
      controller.abort();
    },
  };
}
