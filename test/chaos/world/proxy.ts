import { createConnection, createServer, type NetConnectOpts, type Socket } from "node:net";

/**
 * How bytes pass: as they come, late, not at all (a partition), or the connection is refused. In a partition of one
 * way alone either the requests or the replies do not arrive.
 */
export type Weather = "fair" | "dark" | "no-requests" | "no-replies" | "refused" | { delayMs: number };

/** What becomes of the next request whose bytes match. */
export interface Trap {
  match: RegExp;
  /** `lose-reply`: it is done, and the answer never arrives. `lose-request`: it is never done. Both end in a reset. */
  how: "lose-reply" | "lose-request";
}

export interface Proxy {
  port: number;
  setWeather(weather: Weather): void;
  /** Resolves when it has caught something. */
  trap(trap: Trap): Promise<void>;
  disarm(): void;
  /** Cuts every connection with a reset. */
  cut(): void;
  close(): Promise<void>;
}

/** How long a request whose reply is to be lost gets for being done. */
const DONE_WITHIN_MS = 150;

/** A TCP proxy in front of a server, for the faults that this machine's kernel offers no tool for. */
export async function startProxy(target: NetConnectOpts): Promise<Proxy> {
  let weather: Weather = "fair";
  let trapped: { trap: Trap; caught: () => void } | undefined;
  const pairs = new Set<Pair>();

  const server = createServer((client) => {
    if (weather === "refused") return void client.resetAndDestroy();
    const pair = join(client, createConnection(target));
    pairs.add(pair);
    pair.onClose(() => pairs.delete(pair));
    pair.setWeather(weather);
    pair.onRequest = (bytes) => {
      if (!trapped) return "pass";
      const text = bytes.toString("latin1");
      const { trap, caught } = trapped;
      if (!trap.match.test(text)) return "pass";
      trapped = undefined;
      caught();
      return trap.how;
    };
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const pair of pairs) pair.reset();
  };
  return {
    port: (server.address() as { port: number }).port,
    setWeather(next) {
      weather = next;
      if (next === "refused") cut();
      for (const pair of pairs) pair.setWeather(next);
    },
    trap: (trap) => new Promise((caught) => (trapped = { trap, caught })),
    disarm: () => (trapped = undefined),
    cut,
    async close() {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function pass(from: Socket, passes: boolean): void {
  if (passes) from.resume();
  else from.pause();
}

interface Pair {
  onRequest: (bytes: Buffer) => "pass" | Trap["how"];
  setWeather(weather: Weather): void;
  onClose(listener: () => void): void;
  reset(): void;
}

function join(client: Socket, server: Socket): Pair {
  let delayMs = 0;
  let isDeaf = false;
  const reset = () => {
    client.resetAndDestroy();
    server.destroy();
  };
  const send = (to: Socket, bytes: Buffer) => {
    if (delayMs === 0) to.write(bytes);
    else setTimeout(() => to.destroyed || to.write(bytes), delayMs);
  };
  const pair: Pair = {
    onRequest: () => "pass",
    setWeather(weather) {
      delayMs = typeof weather === "object" ? weather.delayMs : 0;
      pass(client, weather !== "dark" && weather !== "no-requests");
      pass(server, weather !== "dark" && weather !== "no-replies");
    },
    onClose: (listener) => void client.once("close", listener),
    reset,
  };
  client.on("data", (bytes) => {
    const verdict = pair.onRequest(bytes);
    if (verdict === "lose-request") return reset();
    send(server, bytes);
    if (verdict === "pass") return;
    isDeaf = true;
    setTimeout(reset, DONE_WITHIN_MS);
  });
  server.on("data", (bytes) => isDeaf || send(client, bytes));
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on("error", reset);
    socket.on("close", reset);
  }
  return pair;
}
