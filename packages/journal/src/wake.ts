import pg from "pg";
import type { Logger } from "./log.ts";

const CHANNEL = "evenkeel_events";
const COALESCE_MS = 10;
const RECONNECT_MS = 1_000;

/**
 * Tells every process that the log has grown. Sent after the commit on a connection of its own and coalesced: a NOTIFY
 * inside the append would serialise all commits. A lost one costs a reader its poll interval, nothing more.
 */
export function createNotifier(pool: pg.Pool): { notify(): void; close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let sending = Promise.resolve();
  const send = () => {
    timer = undefined;
    sending = pool.query(`notify ${CHANNEL}`).then(
      () => undefined,
      () => undefined, // readers poll as well
    );
  };
  return {
    notify() {
      timer ??= setTimeout(send, COALESCE_MS);
    },
    async close() {
      if (timer) clearTimeout(timer);
      await sending;
    },
  };
}

/** Calls `onWake` for each notification, and after every reconnect, since some may have been missed meanwhile. */
export function listen(url: string, onWake: () => void, log: Logger): { close(): Promise<void> } {
  let closed = false;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const next = new pg.Client({ connectionString: url, application_name: "evenkeel-listen" });
    client = next;
    let lost = false;
    const reconnect = (error?: Error) => {
      if (lost || closed) return;
      lost = true;
      log.warn({ error: error?.message }, "listening for new events was interrupted");
      retry = setTimeout(() => void connect(), RECONNECT_MS);
    };
    next.on("error", reconnect);
    next.on("end", () => reconnect());
    next.on("notification", onWake);
    try {
      await next.connect();
      await next.query(`listen ${CHANNEL}`);
      onWake();
    } catch (error) {
      await next.end().catch(() => undefined);
      reconnect(error instanceof Error ? error : undefined);
    }
  }

  void connect();
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
