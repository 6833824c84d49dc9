import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Listener = { url: string; close(): Promise<void> };
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const loopback = new Set(["127.0.0.1", "::1", "localhost"]);
const maxBodyBytes = 1024 * 1024;

/** Serves on a loopback address; port 0 takes a free one. A handler that throws answers 500 with the message. */
export async function listen(handler: Handler, host: string, port: number): Promise<Listener> {
  if (!loopback.has(host)) throw new RangeError(`host ${host}: the simulator listens on loopback addresses only`);
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      send(response, 500, { "content-type": "text/plain" }, error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    close: () =>
      new Promise((resolve, reject) => {
        if (!server.listening) return resolve();
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** The whole body as text; `undefined` when it is larger than 1 MiB. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  return size <= maxBodyBytes ? Buffer.concat(chunks).toString("utf8") : undefined;
}

export function send(response: ServerResponse, status: number, headers: Record<string, string>, body: string): void {
  response.writeHead(status, headers);
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, { "content-type": "application/json" }, JSON.stringify(body));
}

/** Text of the exposition format that a Prometheus scrapes. */
export function sendMetrics(response: ServerResponse, text: string): void {
  send(response, 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }, text);
}
