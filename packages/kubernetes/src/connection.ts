import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions as HttpsOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { ProviderError } from "@evenkeel/runtime";
import type { Answer } from "./failure.ts";

export interface Call {
  method: "GET" | "PATCH" | "POST" | "DELETE";
  /** Below the server's address, with its query. */
  path: string;
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal | undefined;
}

/** Sends one call. Resolves with any answer, whatever its status; throws ProviderError when there is none. */
export interface Connection {
  send(call: Call): Promise<Answer>;
  close(): void;
}

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Node's own HTTP client with the credentials of the kubeconfig. (The library's generated client opens new
 * connections for every call, hides Retry-After, and cannot be given a deadline for the login itself.)
 */
export function connect(config: KubeConfig, options: { deadlineMs: number }): Connection {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new ProviderError("refused", "the kubeconfig has no current cluster");
  const server = new URL(cluster.server);
  const secure = server.protocol === "https:";
  // Sockets are pooled by their TLS material, so a renewed client certificate gets its own.
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

  async function credentials(): Promise<HttpsOptions> {
    const tls: HttpsOptions = { headers: {} };
    try {
      await config.applyToHTTPSOptions(tls);
    } catch (error) {
      const why = error instanceof Error ? error.message.trim() : String(error);
      throw new ProviderError("auth", `the login to ${server.host} failed: ${why}`, { cause: error });
    }
    return cluster?.proxyUrl ? tls : { ...tls, agent };
  }

  async function send(call: Call): Promise<Answer> {
    const what = `${call.method} ${server.host}${call.path}`;
    const limit = deadline(what, options.deadlineMs, call.signal);
    try {
      const login = await Promise.race([credentials(), limit.expired]);
      const url = new URL(server.pathname.replace(/\/$/, "") + call.path, server);
      const attempt = () => exchange({ url, call, what, login, signal: limit.signal });
      return await Promise.race([withFreshSocket(call, attempt), limit.expired]);
    } finally {
      limit.clear();
    }
  }

  return { send, close: () => agent.destroy() };
}

/** One deadline for login, connection, and the answer's last byte; also ends with the caller's own signal. */
function deadline(what: string, ms: number, caller: AbortSignal | undefined) {
  caller?.throwIfAborted();
  const controller = new AbortController();
  const { promise: expired, reject } = withReject();
  const end = (reason: unknown) => {
    reject(reason);
    controller.abort(reason);
  };
  const timer = setTimeout(() => end(new ProviderError("timeout", `${what}: no answer within ${ms} ms`)), ms);
  const aborted = () => end(caller?.reason);
  caller?.addEventListener("abort", aborted, { once: true });
  const clear = () => {
    clearTimeout(timer);
    caller?.removeEventListener("abort", aborted);
  };
  return { signal: controller.signal, expired, clear };
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, no) => (reject = no));
  promise.catch(() => undefined); // nobody may be waiting any more when it rejects
  return { promise, reject };
}

class StaleSocket extends Error {}

/** A kept connection may have been closed by the server meanwhile: a read is simply sent again on a new one. */
async function withFreshSocket(call: Call, attempt: () => Promise<Answer>): Promise<Answer> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof StaleSocket)) throw error;
    if (call.method !== "GET") throw error.cause;
  }
  try {
    return await attempt();
  } catch (error) {
    throw error instanceof StaleSocket ? error.cause : error;
  }
}

interface Exchange {
  url: URL;
  call: Call;
  what: string;
  login: HttpsOptions;
  signal: AbortSignal;
}

function exchange({ url, call, what, login, signal }: Exchange): Promise<Answer> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const headers: Record<string, string> = { accept: "application/json", "user-agent": "evenkeel" };
  for (const [name, value] of Object.entries(login.headers ?? {})) headers[name] = String(value).trim();
  if (body !== undefined) {
    headers["content-type"] = call.contentType ?? "application/json";
    headers["content-length"] = String(Buffer.byteLength(body));
  }
  const options: HttpsOptions & RequestOptions = { ...login, method: call.method, headers, signal };
  return new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
    request.once("error", (error) => reject(troubleOf(what, request, error)));
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES)
          request.destroy(new ProviderError("bad-response", `${what}: more than ${MAX_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.once("error", (error) => reject(troubleOf(what, request, error)));
      response.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: flat(response.headers), body: text });
      });
    });
    request.end(body);
  });
}

function troubleOf(what: string, request: ClientRequest, error: Error & { code?: string }): Error {
  if (error instanceof ProviderError) return error;
  const trouble = new ProviderError("unreachable", `${what}: ${error.message || error.code || "connection lost"}`, {
    cause: error,
  });
  const stale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
  return stale ? new StaleSocket("stale", { cause: trouble }) : trouble;
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string | undefined> {
  const result: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) result[name] = Array.isArray(value) ? value.join(", ") : value;
  return result;
}
