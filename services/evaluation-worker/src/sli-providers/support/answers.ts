import { ProviderError } from "@evenkeel/runtime";
import type { OutboundResponse, Reason } from "@evenkeel/runtime";
import type { ZodType } from "zod";

const DETAIL_LENGTH = 300;

/**
 * Turns an unsuccessful answer into the ProviderError it means; returns on 2xx.
 * `detail` is the source's own explanation: foreign text, so it must have gone through `plain`.
 */
export function assertOk(response: OutboundResponse, what: string, detail: string): void {
  const { status } = response;
  if (status >= 200 && status < 300) return;
  const message = `${what}: ${status}${detail === "" ? "" : `: ${detail}`}`;
  throw new ProviderError(reasonOf(status), message, { retryAfterMs: retryAfterMs(response) });
}

/** Parses a JSON answer by its schema, or throws `bad-response` naming what was wrong. */
export function parseAnswer<T>(response: OutboundResponse, what: string, schema: ZodType<T>): T {
  const json = tryJson(response.body);
  if (json === undefined) throw new ProviderError("bad-response", `${what}: the answer is not JSON`);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new ProviderError("bad-response", `${what}: unexpected answer${where}: ${issue?.message ?? "no match"}`);
}

/** The value of a JSON text, or undefined when it is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Foreign text made fit for a message: one line, bounded, and without our secrets should the other side echo them. */
export function plain(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== undefined && secret !== "") clean = clean.replaceAll(secret, "***");
  clean = clean.replace(/[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu, " ").trim();
  return clean.length > DETAIL_LENGTH ? `${clean.slice(0, DETAIL_LENGTH)}…` : clean;
}

function reasonOf(status: number): Reason {
  if (status === 401 || status === 403) return "auth";
  if (status === 404) return "not-found";
  if (status === 429) return "rate-limited";
  if (status >= 500) return "server-error";
  return "refused";
}

/** Retry-After as seconds or as a date; a date is measured against the answer's own Date header, so no clock is needed. */
function retryAfterMs({ headers }: OutboundResponse): number | undefined {
  const header = headers["retry-after"]?.trim();
  if (header === undefined || header === "") return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const wait = Date.parse(header) - Date.parse(headers["date"] ?? "");
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}
