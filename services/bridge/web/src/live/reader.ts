/** One frame of a stream of server-sent events. */
export interface Frame {
  id?: string;
  event?: string;
  data?: string;
}

export type LiveState = "connecting" | "connected" | "reconnecting" | "stale";

export interface ReaderOptions {
  url: string;
  token(): string;
  onFrame(frame: Frame): void;
  onState(state: LiveState): void;
}

/** The server pings every 5 s: after this long without a word the line is dead, whatever the socket says. */
const SILENCE_MS = 12_000;
/** What is shown may be old when no line could be had for so long. */
const STALE_MS = 15_000;
const BACKOFF_MS = [250, 500, 1000, 2000, 4000];

/**
 * Follows the log by fetch instead of EventSource: that one can carry no token, and does not tell of pings. Comes back
 * with the last cursor, so that nothing is lost. Returns what makes it try again at once.
 */
export function follow({ url, token, onFrame, onState }: ReaderOptions): () => void {
  let cursor = "";
  let failures = 0;
  let stale: ReturnType<typeof setTimeout> | undefined;
  let wake = () => {};
  let line = new AbortController();
  let state: LiveState = "connecting";

  const tell = (next: LiveState) => {
    state = next;
    onState(next);
  };

  async function once(): Promise<void> {
    line = new AbortController();
    let silence = setTimeout(() => line.abort(), SILENCE_MS);
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (token()) headers["authorization"] = `Bearer ${token()}`;
      if (cursor) headers["last-event-id"] = cursor;
      const response = await fetch(url, { headers, signal: line.signal, cache: "no-store" });
      if (!response.ok || !response.body) throw new Error(`stream: ${response.status}`);
      const parse = frames((frame) => {
        if (frame.id) cursor = frame.id;
        if (frame.data !== undefined) onFrame(frame);
      });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(() => line.abort(), SILENCE_MS);
        failures = 0;
        clearTimeout(stale);
        stale = undefined;
        if (state !== "connected") tell("connected");
        parse(value);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  async function run(): Promise<never> {
    for (;;) {
      await once().catch(() => undefined);
      if (state !== "stale") tell("reconnecting");
      stale ??= setTimeout(() => tell("stale"), STALE_MS);
      const delay = BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)]!;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, delay);
        wake = () => (clearTimeout(timer), resolve());
      });
    }
  }
  void run();
  return () => {
    failures = 0;
    line.abort();
    wake();
  };
}

/** Takes a stream's text apart, however it was cut on the way. */
export function frames(give: (frame: Frame) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const frame: Frame = {};
      for (const line of part.split("\n")) {
        const at = line.indexOf(": ");
        const name = line.slice(0, at);
        if (name === "id" || name === "event" || name === "data") frame[name] = line.slice(at + 2);
      }
      give(frame);
    }
  };
}
