import { createConnection, type Socket } from "node:net";

const RECEIVED = `"receivedAt":"`;

/** A browser's tab on the stream of events. */
export interface Tab {
  /** Ids of the events it has got, in its order. */
  readonly ids: readonly string[];
  /** From the storing of an event to its arrival, milliseconds. */
  readonly lagsMs: readonly number[];
  /** Whether the other side has answered; a paused one never knows. */
  isOpen(): boolean;
  /** Whether the other side has ended it. */
  isOver(): boolean;
  close(): void;
}

/** Follows the log over a socket of its own. A paused one connects, and never takes a byte. */
export function openTab(url: string, { paused }: { paused: boolean }): Tab {
  const { hostname, port } = new URL(url);
  const socket: Socket = createConnection({ host: hostname, port: Number(port) });
  const ids: string[] = [];
  const lagsMs: number[] = [];
  let open = false;
  let over = false;
  let rest = "";
  socket.write(`GET /v1/stream HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: text/event-stream\r\n\r\n`);
  socket.setEncoding("utf8");
  if (paused) socket.pause();
  else {
    socket.on("data", (text) => {
      open = true;
      rest += String(text);
      const frames = rest.split("\n\n");
      rest = frames.pop()!;
      for (const frame of frames) take(frame);
    });
  }
  socket.on("error", () => (over = true));
  socket.on("close", () => (over = true));
  // Plain searches: at thousands of frames a second a pattern would measure us instead of the other side.
  function take(frame: string): void {
    const [id, data] = [frame.indexOf("id: "), frame.indexOf("\ndata: ")];
    if (id < 0 || data < 0) return;
    ids.push(frame.slice(id + 4, frame.indexOf("\n", id)));
    const received = frame.indexOf(RECEIVED, data);
    if (received >= 0)
      lagsMs.push(Date.now() - Date.parse(frame.slice(received + RECEIVED.length, received + RECEIVED.length + 24)));
  }
  return { ids, lagsMs, isOpen: () => open, isOver: () => over, close: () => socket.destroy() };
}
