import { readFileSync } from "node:fs";
import { CliError, EXIT, usage, type ExitCode } from "../errors.ts";
import { oneLine } from "../text.ts";

export const DEFAULT_SERVER = "http://127.0.0.1:8484";

export interface ClientOptions {
  server: string;
  token?: string;
  /** Milliseconds for a call, up to the answer's last byte. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** One line for each call, with --debug. */
  trace?: (line: string) => void;
}

type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Client {
  server: string;
  get<T>(path: string, query?: Query): Promise<T>;
  /** A body that is no JSON. */
  text(path: string, query?: Query): Promise<string>;
  send<T>(method: "POST" | "PUT", path: string, body: unknown, contentType?: string): Promise<T>;
  /** A response whose body is read as it comes; for streams. */
  open(path: string, query: Query, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
}

/** The API of an Evenkeel server. Every failure is a CliError whose exit code says of what sort it is. */
export function createClient(options: ClientOptions): Client {
  const { token, timeoutMs = 15_000, signal: interrupt, trace } = options;
  const base = serverUrl(options.server);
  const server = base.href.replace(/\/$/, "");

  async function call(method: string, path: string, query: Query, init: RequestInit): Promise<Response> {
    const url = new URL(server + path);
    for (const [name, value] of Object.entries(query)) {
      for (const text of Array.isArray(value) ? value : [value]) {
        if (text !== undefined) url.searchParams.append(name, String(text));
      }
    }
    const headers = { accept: "application/json", ...init.headers, ...(token && { authorization: `Bearer ${token}` }) };
    const begun = performance.now();
    let response: Response;
    try {
      response = await fetch(url, { ...init, method, headers, redirect: "manual" });
    } catch (error) {
      if (interrupt?.aborted) throw interrupt.reason;
      throw unreachable(server, error);
    }
    trace?.(`${method} ${url.pathname}${url.search} ${response.status} ${Math.round(performance.now() - begun)}ms`);
    if (response.ok) return response;
    throw await refusal(response, server, Boolean(token));
  }

  const deadline = () => AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(interrupt ? [interrupt] : [])]);

  async function json<T>(response: Promise<Response>): Promise<T> {
    const answer = await response;
    try {
      return (await answer.json()) as T;
    } catch (cause) {
      if (interrupt?.aborted) throw interrupt.reason;
      if (cause instanceof SyntaxError) throw notEvenkeel(server, cause);
      throw unreachable(server, cause);
    }
  }

  return {
    server,
    get: (path, query = {}) => json(call("GET", path, query, { signal: deadline() })),
    text: async (path, query = {}) =>
      (await call("GET", path, query, { headers: { accept: "*/*" }, signal: deadline() })).text(),
    send: (method, path, body, contentType = "application/json") =>
      json(
        call(
          method,
          path,
          {},
          {
            body: JSON.stringify(body),
            headers: { "content-type": contentType },
            signal: deadline(),
          },
        ),
      ),
    open: (path, query, headers, signal) => call("GET", path, query, { headers, signal }),
  };
}

/** Secrets come from a file or the environment, never from the command line, which others on the machine can read. */
export function readToken(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const path = file ?? env["EVENKEEL_TOKEN_FILE"];
  if (path === undefined || path === "") return env["EVENKEEL_TOKEN"]?.trim() || undefined;
  try {
    const token = readFileSync(path, "utf8").trim();
    if (token !== "" && /^[\x21-\x7e]+$/.test(token)) return token;
  } catch (error) {
    throw usage(`the token file cannot be read: ${(error as Error).message}`, "evenkeel --token-file FILE …");
  }
  throw usage(`the token file ${path} holds no token: expected one line without blanks`);
}

function serverUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash) return url;
  throw usage(`${JSON.stringify(text)} is no server: expected a URL such as ${DEFAULT_SERVER}`);
}

const NODE_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name service does not answer",
  EHOSTUNREACH: "no way to the host",
  ENETUNREACH: "no way to the network",
  UND_ERR_CONNECT_TIMEOUT: "no answer",
  UND_ERR_SOCKET: "the connection was cut",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is self-signed; set NODE_EXTRA_CA_CERTS",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate's authority is not known; set NODE_EXTRA_CA_CERTS",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate's authority is not known; set NODE_EXTRA_CA_CERTS",
  CERT_HAS_EXPIRED: "its certificate has expired",
};

function unreachable(server: string, error: unknown): CliError {
  const timedOut = error instanceof Error && error.name === "TimeoutError";
  const cause = error instanceof Error ? error.cause : undefined;
  const code = String((cause as NodeJS.ErrnoException | undefined)?.code ?? "");
  const why = timedOut ? "no answer in time" : (NODE_REASONS[code] ?? ((cause as Error)?.message || String(error)));
  const next =
    code === "ECONNREFUSED" ? "evenkeel up    (starts a server), or name another one with --server" : "evenkeel doctor";
  return new CliError(EXIT.unreachable, `cannot reach ${server}: ${why}`, { next, cause: error });
}

function notEvenkeel(server: string, cause?: unknown): CliError {
  const message = `${server} answers, but not as an Evenkeel server does`;
  return new CliError(EXIT.unreachable, message, { next: "check --server or EVENKEEL_SERVER", cause });
}

interface Problem {
  detail?: string;
  code?: string;
  requestId?: string;
  errors?: { pointer?: string; detail?: string }[];
}

async function refusal(response: Response, server: string, hasToken: boolean): Promise<CliError> {
  const { status } = response;
  const text = await response.text().catch(() => "");
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") ?? false;
  const parsed = isProblem ? parseProblem(text) : undefined;
  if (!parsed && status !== 401 && status !== 403) return notEvenkeel(server);
  const problem = parsed ?? {};
  const errors = problem.errors ?? [];
  const details =
    errors.length > 1 ? errors.map((error) => oneLine(`${error.pointer ?? ""} ${error.detail ?? ""}`)) : [];
  const message = oneLine(problem.detail ?? `the server refused: ${status}`);
  const id = status >= 500 && problem.requestId ? [`request id ${problem.requestId}`] : [];
  return new CliError(exitOfStatus(status), message, {
    details: [...details, ...id],
    next: nextStep(status, hasToken),
  });
}

function parseProblem(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined; // then it is none, whatever its content type says
  }
}

function exitOfStatus(status: number): ExitCode {
  if (status === 401 || status === 403) return EXIT.auth;
  if (status === 404) return EXIT.notFound;
  if (status === 409 || status === 412) return EXIT.conflict;
  if (status === 429 || status === 502 || status === 503 || status === 504) return EXIT.unreachable;
  return status < 500 ? EXIT.usage : EXIT.failure;
}

function nextStep(status: number, hasToken: boolean): string | undefined {
  if (status === 401) return hasToken ? "check the token" : "evenkeel --token-file FILE …, or set EVENKEEL_TOKEN";
  if (status === 403) return "use a token that has the scope";
  if (status === 503) return "try again; evenkeel doctor";
  return undefined;
}
