import { createServer, STATUS_CODES } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface ListenOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** How many ports to try, counting up from `port`. */
  tries?: number;
  maxConnections?: number;
  /** A connection on which nothing moves for so long is cut: a reader that does not take its answer. 2 minutes unless told. */
  idleMs?: number;
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
  const { host, port, tries = 1, maxConnections = 2000, idleMs = 120_000 } = options;
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
        // Node would answer without a body; the application refuses these as well.
        requireHostHeader: false,
      },
      guarded(listener),
    );
    server.maxConnections = maxConnections;
    server.setTimeout(idleMs);
    // One more than is accepted: node leaves out what is beyond, and without a header a request says something else.
    server.maxHeadersCount = MOST_HEADERS + 1;
    server.on("clientError", answerBrokenRequest);
    // Whoever reads the body says that it may come (http-body.ts), so that what is refused need not be sent.
    server.on("checkContinue", guarded(listener));
    server.on("checkExpectation", (_request, response) => refuse(response, 417, "expectation-failed"));
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

const MOST_HEADERS = 100;

/** Refuses what the application cannot be asked, and remembers whose answer is out before the request is in. */
function guarded(listener: RequestListener): RequestListener {
  return (request, response) => {
    response.once("finish", () => {
      if (!request.complete) answered.set(request.socket, request);
    });
    if (request.rawHeaders.length > MOST_HEADERS * 2) return refuse(response, 431, "too-many-headers");
    if (!isTarget(request.url ?? "")) return refuse(response, 400, "bad-target");
    listener(request, response);
  };
}

/** A path, `*`, or a whole URL that can be read: the framework has no answer of ours for others. */
function isTarget(target: string): boolean {
  return target.startsWith("/") || target === "*" || URL.canParse(target);
}

const answered = new WeakMap<Socket, IncomingMessage>();

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = problemText(status, code);
  const headers = { "content-type": "application/problem+json", "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, connection: "close" }).end(body);
}

function problemText(status: number, code: string): string {
  const title = STATUS_CODES[status] ?? "Error";
  return JSON.stringify({ type: `urn:evenkeel:problem:${code}`, title, status, detail: DETAIL[code] ?? title, code });
}

const DETAIL: Readonly<Record<string, string>> = {
  "bad-target": "the request target is neither a path nor a URL that can be read",
  "chunk-extensions-too-large": "the extensions of a chunk are too long",
  "expectation-failed": "only the expectation 100-continue can be met",
  "headers-too-large": "the request line and headers are longer than 16 KiB",
  "not-http": "this is not a well-formed HTTP/1.1 request",
  "request-timeout": "the request was not complete in time",
  "too-many-headers": `the request has more than ${MOST_HEADERS} headers`,
};

const BROKEN: Readonly<Record<string, readonly [status: number, code: string]>> = {
  HPE_HEADER_OVERFLOW: [431, "headers-too-large"],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, "chunk-extensions-too-large"],
  ERR_HTTP_REQUEST_TIMEOUT: [408, "request-timeout"],
};

/** What never became a request cannot reach the application. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  // The rest of a request that has its answer: a second one would be taken for the answer to the next request.
  const isAnswered = answered.get(socket)?.complete === false;
  if (error.code === "ECONNRESET" || !socket.writable || isAnswered) return void socket.destroy();
  const [status, code] = BROKEN[error.code ?? ""] ?? [400, "not-http"];
  const title = STATUS_CODES[status];
  const body = problemText(status, code);
  const head = `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n`;
  socket.end(head + body, () => socket.destroy());
}
