import { createServer } from "node:http";
import type { RequestListener, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface ListenOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** How many ports to try, counting up from `port`. */
  tries?: number;
  maxConnections?: number;
}

export interface Listening {
  server: Server;
  host: string;
  port: number;
  url: string;
  /** The port that was asked for but taken. */
  taken?: number;
}

/** Starts to listen, with limits that a slow or broken client cannot outlast. */
export async function listen(
  handler: RequestListener | { handler: RequestListener },
  options: ListenOptions,
): Promise<Listening> {
  const { host, port, tries = 1, maxConnections = 2000 } = options;
  const listener = typeof handler === "function" ? handler : handler.handler;
  for (let next = port; ; next++) {
    const server = createServer(
      {
        headersTimeout: 10_000,
        requestTimeout: 15_000,
        keepAliveTimeout: 65_000,
        connectionsCheckingInterval: 1000,
        maxHeaderSize: 16_384,
        insecureHTTPParser: false,
      },
      listener,
    );
    server.maxConnections = maxConnections;
    server.maxHeadersCount = 100;
    server.on("clientError", answerBrokenRequest);
    try {
      await bind(server, host, next);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EADDRINUSE" && port !== 0 && next - port + 1 < tries && next < 65_535) continue;
      if (code === "EADDRINUSE")
        throw new Error(`port ${next} on ${host} is taken; choose another with server.port (EVENKEEL_SERVER__PORT)`, {
          cause: error,
        });
      throw error;
    }
    const bound = (server.address() as AddressInfo).port;
    const name = host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]` : host;
    return {
      server,
      host,
      port: bound,
      url: `http://${name}:${bound}`,
      ...(port !== 0 && bound !== port ? { taken: port } : {}),
    };
  }
}

/** No new requests; those in progress get `graceMs`; then everything is cut, streams as well. */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  if (!server.listening) return void server.closeAllConnections();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Connections that only become idle after their answer are closed as they do.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: host.replace(/^\[|\]$/g, ""), port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

const BROKEN: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, "Request Header Fields Too Large", "headers-too-large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "Request Timeout", "request-timeout"],
};

/** What never became a request cannot reach the application. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, title, code] = BROKEN[error.code ?? ""] ?? [400, "Bad Request", "not-http"];
  const body = JSON.stringify({ type: `urn:evenkeel:problem:${code}`, title, status, detail: title, code });
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}
