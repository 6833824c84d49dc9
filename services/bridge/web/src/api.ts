import { signal } from "@preact/signals";
import { href } from "./base.ts";
import { learnClock } from "./clock.ts";
import { token } from "./prefs.ts";

/** What went wrong with a request, in words for people. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const UNREACHABLE = "The server cannot be reached.";
/** A little longer than the server gives the database. */
const PATIENCE_S = 20;

/** The server wants a token that we do not have. */
export const needsToken = signal(false);

export type Params = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export function apiUrl(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || value === "") continue;
    for (const one of [value].flat()) query.append(name, String(one));
  }
  const text = query.toString();
  return href(path) + (text ? `?${text}` : "");
}

export function get<T>(path: string, params?: Params, signal?: AbortSignal): Promise<T> {
  return send<T>("GET", apiUrl(path, params), undefined, signal);
}

export function post<T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<T> {
  return send<T>("POST", apiUrl(path), body, undefined, headers);
}

export async function getText(path: string, params?: Params): Promise<string> {
  const response = await request("GET", apiUrl(path, params));
  return response.text();
}

async function send<T>(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal,
  headers?: Readonly<Record<string, string>>,
): Promise<T> {
  const response = await request(method, url, body, signal, headers);
  return (await response.json()) as T;
}

async function request(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  let response: Response;
  const patience = AbortSignal.timeout(PATIENCE_S * 1000);
  try {
    response = await fetch(url, {
      method,
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
      headers: {
        ...(token.value && { authorization: `Bearer ${token.value}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...more,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (patience.aborted) {
      const perhaps = method === "GET" ? "" : " It may have been done all the same: look before you try again.";
      throw new ApiError(0, "unanswered", `The server has not answered for ${PATIENCE_S} s.${perhaps}`);
    }
    throw new ApiError(0, "unreachable", UNREACHABLE);
  }
  learnClock(response.headers.get("date"));
  if (response.ok) return response;
  if (response.status === 401) needsToken.value = true;
  throw await asError(response);
}

async function asError(response: Response): Promise<ApiError> {
  const found: unknown = await response.json().catch(() => undefined);
  const { code, detail } = (found ?? {}) as { code?: string; detail?: string };
  return new ApiError(
    response.status,
    code ?? String(response.status),
    detail ?? `The server answered ${response.status}.`,
  );
}
