import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { LookupFunction } from "node:net";
import { Agent, buildConnector, request as send } from "undici";
import { plainAddress } from "./addresses.ts";
import { ProviderError } from "./errors.ts";
import type { Outbound, OutboundRequest, OutboundResponse } from "./outbound.ts";
import { readCapped } from "./outbound-body.ts";
import { outboundPolicy, parseUrl, plainHost } from "./outbound-policy.ts";
import type { OutboundPolicy } from "./outbound-policy.ts";

export interface OutboundOptions {
  /** Beyond the public internet: CIDRs, host names, host:port. */
  allow?: readonly string[];
  userAgent?: string;
  defaultDeadlineMs?: number;
  maxBytes?: number;
  /** All addresses of a name; the system's resolver unless told. */
  lookup?: (host: string) => Promise<readonly { address: string; family: number }[]>;
}

export type ClosableOutbound = Outbound & { close(): Promise<void> };

/** Only we say who we are talking to and how long the body is. */
const OUR_HEADERS = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "proxy-authorization",
]);

/**
 * The one way out of Evenkeel. http and https only; a name is resolved once, every address is checked, and the connection goes
 * to exactly what was checked, at every dial; no redirects, cookies or proxies; answer, decompression and time are bounded.
 * Any HTTP status is an answer, except a redirect; everything else that goes wrong is a ProviderError.
 * @throws RangeError when `allow` has an entry that cannot be read
 */
export function createOutbound(options: OutboundOptions = {}): ClosableOutbound {
  const { allow = [], userAgent = "evenkeel", defaultDeadlineMs = 10_000, maxBytes = 1_048_576 } = options;
  const lookup = options.lookup ?? ((host: string) => systemLookup(host, { all: true }));
  const policy = outboundPolicy(allow);
  const plainAgents = new Map<string, Agent>();

  /** Connections are pooled per host and port, and what may be connected to depends on both. */
  function agentFor(url: URL, tls: OutboundRequest["tls"]): { agent: Agent; mine: boolean } {
    if (tls) return { agent: guardedAgent(url, policy, lookup, tls), mine: true };
    let agent = plainAgents.get(url.origin);
    if (!agent) {
      if (plainAgents.size >= 100) void plainAgents.values().next().value?.close();
      if (plainAgents.size >= 100) plainAgents.delete(plainAgents.keys().next().value!);
      plainAgents.set(url.origin, (agent = guardedAgent(url, policy, lookup)));
    }
    return { agent, mine: false };
  }

  async function outbound(request: OutboundRequest): Promise<OutboundResponse> {
    const url = parseUrl(request.url);
    const where = `${request.method ?? "GET"} ${url.protocol}//${url.host}${url.pathname}`;
    const refusal = policy.url(url);
    if (refusal) throw new ProviderError("refused", `${where}: ${refusal}`);
    const headers = outgoingHeaders(request.headers ?? {}, userAgent, where);
    const deadlineMs = request.deadlineMs ?? defaultDeadlineMs;
    const deadline = AbortSignal.timeout(deadlineMs);
    const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
    const { agent, mine } = agentFor(url, request.tls);
    try {
      const answer = await orAborted(
        signal,
        send(url, { dispatcher: agent, method: request.method ?? "GET", headers, body: request.body ?? null, signal }),
      );
      if (answer.statusCode >= 300 && answer.statusCode < 400 && answer.statusCode !== 304) {
        answer.body.on("error", () => {}).destroy();
        throw new ProviderError(
          "refused",
          `${where}: redirect ${answer.statusCode} to ${redirectTarget(answer.headers["location"], url)} not followed`,
        );
      }
      const limit = request.maxBytes ?? maxBytes;
      const encoding = request.method === "HEAD" ? undefined : answer.headers["content-encoding"];
      const body = await readCapped(answer.body, { limit, encoding: encoding && String(encoding), signal, where });
      return { status: answer.statusCode, headers: flatHeaders(answer.headers), body };
    } catch (error) {
      throw asProviderError(error, where, { deadline, deadlineMs, caller: request.signal });
    } finally {
      if (mine) void agent.destroy().catch(() => {});
    }
  }

  return Object.assign(outbound, {
    async close() {
      await Promise.all([...plainAgents.values()].map((agent) => agent.destroy()));
      plainAgents.clear();
    },
  });
}

/** undici heeds a signal only once it is connected; a name that never resolves would outlast the deadline. */
function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function guardedAgent(
  url: URL,
  policy: OutboundPolicy,
  resolve: NonNullable<OutboundOptions["lookup"]>,
  tls?: OutboundRequest["tls"],
): Agent {
  const guarded: LookupFunction = (_host, options, callback) => {
    resolve(plainHost(url)).then(
      (found) => {
        const addresses = found.map(({ address }) => plainAddress(address)).filter((address) => isIP(address));
        const refusal = policy.addresses(url, addresses.length === found.length ? addresses : []);
        if (refusal) return callback(new ProviderError("refused", refusal), "", 0);
        const all = addresses.map((address) => ({ address, family: isIP(address) }));
        if (options.all) return callback(null, all);
        return callback(null, all[0]!.address, all[0]!.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, "", 0),
    );
  };
  const { insecureSkipVerify, ...pem } = tls ?? {};
  const connect = buildConnector({
    lookup: guarded,
    autoSelectFamily: true,
    allowH2: false,
    ...pem,
    ...(insecureSkipVerify ? { rejectUnauthorized: false } : {}),
  } as Parameters<typeof buildConnector>[0]);
  return new Agent({
    // Literal addresses never reach a lookup, so that they are checked here as well.
    connect(target, callback) {
      const refusal = target.hostname === url.hostname ? policy.url(url) : "not the host that was checked";
      if (refusal) return callback(new ProviderError("refused", refusal), null);
      connect(target, callback);
    },
    connections: 8,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 65_536,
  });
}

function outgoingHeaders(
  given: Readonly<Record<string, string>>,
  userAgent: string,
  where: string,
): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": userAgent, "accept-encoding": "gzip, deflate, br" };
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (OUR_HEADERS.has(lower)) throw new ProviderError("refused", `${where}: header ${lower} cannot be set`);
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[\r\n\0]/.test(value))
      throw new ProviderError("refused", `${where}: header ${JSON.stringify(lower)} is not well formed`);
    if (lower !== "accept-encoding") headers[lower] = value;
  }
  return headers;
}

function flatHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: [string, string][] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && name !== "set-cookie")
      flat.push([name.toLowerCase(), Array.isArray(value) ? value.join(", ") : value]);
  }
  return Object.fromEntries(flat);
}

/** Only the host: a redirect's path and query may carry a secret of the other side. */
function redirectTarget(location: string | string[] | undefined, base: URL): string {
  const text = Array.isArray(location) ? location[0] : location;
  if (!text || !URL.canParse(text, base.href)) return "an unreadable place";
  const { protocol, host } = new URL(text, base);
  return `${protocol}//${host}`;
}

interface Clock {
  deadline: AbortSignal;
  deadlineMs: number;
  caller: AbortSignal | undefined;
}

function asProviderError(error: unknown, where: string, { deadline, deadlineMs, caller }: Clock): ProviderError {
  const refused = ownError(error);
  if (refused)
    return refused.message.startsWith(where)
      ? refused
      : new ProviderError(refused.reason, `${where}: ${refused.message}`, { cause: error });
  if (deadline.aborted)
    return new ProviderError("timeout", `${where}: no complete answer within ${deadlineMs} ms`, { cause: error });
  if (caller?.aborted) return new ProviderError("timeout", `${where}: given up by us`, { cause: error });
  const code = errorCode(error);
  if (code === "UND_ERR_CONNECT_TIMEOUT" || code === "ETIMEDOUT")
    return new ProviderError("timeout", `${where}: no connection (${code})`, { cause: error });
  // Our own PEM cannot be read: no peer has been asked yet, and trying again would not mend it.
  if (code?.startsWith("ERR_OSSL_"))
    return new ProviderError("refused", `${where}: a certificate or key of ours cannot be read (${code})`, {
      cause: error,
    });
  if (code === "UND_ERR_INVALID_ARG")
    return new ProviderError("refused", `${where}: ${(error as Error).message}`, { cause: error });
  if (code?.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW" || code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH")
    return new ProviderError("bad-response", `${where}: not a proper HTTP answer (${code})`, { cause: error });
  if (code) return new ProviderError("unreachable", `${where}: ${code}`, { cause: error });
  if (error instanceof Error) return new ProviderError("unreachable", `${where}: ${error.message}`, { cause: error });
  throw error;
}

/** With several addresses tried, node wraps what happened to each in an AggregateError. */
function ownError(error: unknown): ProviderError | undefined {
  if (error instanceof ProviderError) return error;
  if (error instanceof AggregateError) return error.errors.map(ownError).find((inner) => inner !== undefined);
  return error instanceof Error && error.cause !== undefined ? ownError(error.cause) : undefined;
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return errorCode(error.cause);
}
