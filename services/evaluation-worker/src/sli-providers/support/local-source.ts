import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { ProviderError } from "@evenkeel/runtime";
import type { Outbound, OutboundRequest } from "@evenkeel/runtime";
import type { SliQuery } from "../types.ts";

/** For tests: what the local server was asked. */
export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  /** Of the address for GET, of the form body for POST. */
  parameters: URLSearchParams;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Never answer. */
  hang?: boolean;
}

/** For tests: an HTTP server on the loopback that answers everything with `reply`. */
export interface LocalSource {
  url: string;
  asked: Asked[];
  reply: Reply;
  /** Resolves when the next request has arrived. */
  nextRequest(): Promise<void>;
  close(): Promise<void>;
}

export async function localSource(): Promise<LocalSource> {
  const server: Server = createServer();
  const source: LocalSource = {
    url: "",
    asked: [],
    reply: {},
    async nextRequest() {
      await once(server, "received");
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const answer: RequestListener = async (request, response) => {
    const body = await text(request);
    const url = new URL(request.url ?? "/", "http://local");
    const parameters = request.method === "POST" ? new URLSearchParams(body) : url.searchParams;
    source.asked.push({ method: request.method ?? "", path: url.pathname, headers: request.headers, parameters });
    server.emit("received");
    const { status = 200, headers = {}, body: answered = "", hang = false } = source.reply;
    if (hang) return;
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof answered === "string" ? answered : JSON.stringify(answered));
  };
  server.on("request", (request, response) => void answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  source.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return source;
}

/** For tests: the smallest Outbound there is. `sent` keeps what the provider asked of it. */
export function plainOutbound(sent: OutboundRequest[] = []): Outbound {
  return async (request) => {
    sent.push(request);
    const { url, method = "GET", headers, body, signal } = request;
    try {
      const response = await fetch(url, { method, headers, body, signal, redirect: "manual" });
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
    } catch (cause) {
      const reason = signal?.aborted ? "timeout" : "unreachable";
      throw new ProviderError(reason, `${method} ${new URL(url).host}`, { cause });
    }
  };
}

/** For tests: ten minutes of sockshop's carts. */
export function sliQuery(given: Partial<SliQuery> = {}): SliQuery {
  return {
    indicator: "response_time_p90",
    query: "",
    start: new Date("2024-05-01T10:00:00Z"),
    end: new Date("2024-05-01T10:10:00Z"),
    project: "sockshop",
    stage: "production",
    service: "carts",
    deployment: "primary",
    labels: {},
    filters: {},
    ...given,
  };
}
