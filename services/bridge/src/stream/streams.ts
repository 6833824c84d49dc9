import type { StoredEvent } from "@evenkeel/events";
import { formatCursor, type Cursor, type Follower, type Journal } from "@evenkeel/journal";
import { problem } from "@evenkeel/runtime";
import type { Log, Metrics, Response } from "@evenkeel/runtime";
import { openingFrame, resetFrame } from "./frame.ts";
import { createReader, isLater, type Sink } from "./reader.ts";

export interface StreamLimits {
  /** How long a reader may take nothing before it is cut off; it comes back with its cursor. */
  stallMs: number;
  maxWaitingBytes: number;
  maxStreams: number;
  pingMs: number;
  retryMs: number;
}

export const STREAM_LIMITS: StreamLimits = {
  stallMs: 10_000,
  maxWaitingBytes: 256 * 1024,
  maxStreams: 1000,
  pingMs: 5_000,
  retryMs: 2000,
};

export interface Streams {
  /** Answers with the events behind `from` (unset: from now on) until the reader goes or the process stops. */
  open(response: Response, from: Cursor | undefined, wants: (event: StoredEvent) => boolean): Promise<void>;
  count(): number;
}

export interface StreamsOptions {
  journal: Journal;
  follower: Follower;
  log: Log;
  metrics?: Metrics;
  /** Aborted when the process stops: all streams end. */
  draining?: AbortSignal;
  limits?: Partial<StreamLimits>;
}

/** The readers that follow the log through this process. */
export function createStreams({ journal, follower, log, metrics, draining, ...options }: StreamsOptions): Streams {
  const limits = { ...STREAM_LIMITS, ...options.limits };
  let open = 0;
  const count = (change: number) => metrics?.streamClients.set({}, (open += change));

  return {
    count: () => open,
    async open(response, wanted, wants) {
      if (draining?.aborted) throw unavailable("shutting-down", "shutting down");
      if (open >= limits.maxStreams) throw unavailable("too-many-streams", `${open} streams are open already`);
      const { from, isReset } = await startOf(journal, follower, wanted);
      if (response.destroyed) return;
      response.status(200).set({
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      });
      response.flushHeaders();
      response.socket?.setNoDelay(true);
      response.write(openingFrame(formatCursor(from), limits.retryMs));
      if (isReset) response.write(resetFrame(formatCursor(from)));

      const sink = sinkOn(response, limits.stallMs);
      const { maxWaitingBytes } = limits;
      const reader = createReader({ journal, follower, from, wants, sink, maxWaitingBytes });
      const ping = setInterval(reader.ping, limits.pingMs);
      response.once("close", reader.stop);
      draining?.addEventListener("abort", reader.stop, { once: true });
      count(1);
      try {
        const ended = await reader.run();
        if (ended === "stopped") return void response.end();
        log.warn({ stallMs: limits.stallMs }, "a reader of the stream was too slow and was cut off");
        response.destroy();
      } catch (error) {
        // The reader comes back by itself, with its cursor.
        log.warn({ err: error }, "reading the log for a stream failed");
        response.end();
      } finally {
        count(-1);
        clearInterval(ping);
        draining?.removeEventListener("abort", reader.stop);
      }
    },
  };
}

/** A cursor that the log has not reached comes from another database: following it would say nothing for ever. */
async function startOf(journal: Journal, follower: Follower, wanted: Cursor | undefined) {
  if (wanted && !isLater(wanted, follower.position())) return { from: wanted, isReset: false };
  // Our follower may be some milliseconds behind the log, and behind another process.
  const latest = await journal.latest();
  if (!wanted) return { from: latest, isReset: false };
  return isLater(wanted, latest) ? { from: latest, isReset: true } : { from: wanted, isReset: false };
}

function sinkOn(response: Response, stallMs: number): Sink {
  return {
    write: (frame) => response.write(frame),
    drained: () =>
      new Promise((resolve) => {
        const done = (drained: boolean) => {
          clearTimeout(timer);
          response.off("drain", onDrain).off("close", onClose);
          resolve(drained);
        };
        const onDrain = () => done(true);
        const onClose = () => done(false);
        const timer = setTimeout(() => done(false), stallMs);
        response.on("drain", onDrain).on("close", onClose);
      }),
  };
}

function unavailable(code: string, detail: string) {
  return problem(503, code, detail, { headers: { "retry-after": "5" } });
}
