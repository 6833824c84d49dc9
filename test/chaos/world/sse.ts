import { createConnection, type Socket } from "node:net";

/** A browser's tab on the stream of events. */
export interface Tab {
  /** Ids of the events it has got, in its order. */
  readonly ids: readonly string[];
  /** From the storing of an event to its arrival, milliseconds. */
  readonly lagsMs: readonly number[];
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
  let over = false;
  let rest = "";
  socket.write(`GET /v1/stream HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: text/event-stream\r\n\r\n`);
  socket.setEncoding("utf8");
  if (paused) socket.pause();
  else {
    socket.on("data", (text) => {
      rest += String(text);
      const frames = rest.split("\n\n");
      rest = frames.pop()!;
      for (const frame of frames) take(frame);
    });
  }
  socket.on("error", () => (over = true));
  socket.on("close", () => (over = true));
  function take(frame: string): void {
    const data = /^data: (.*)$/m.exec(frame)?.[1];
    if (data === undefined) return;
    ids.push(/^id: (.*)$/m.exec(frame)?.[1] ?? "");
    const receivedAt = /"receivedat":"([^"]+)"/i.exec(data)?.[1];
    if (receivedAt) lagsMs.push(Date.now() - Date.parse(receivedAt));
  }
  return { ids, lagsMs, isOver: () => over, close: () => socket.destroy() };
}
