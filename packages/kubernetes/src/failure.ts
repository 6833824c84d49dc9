import { ProviderError, type Reason } from "@evenkeel/runtime";
import { z } from "zod";

/** The API server's own error object; anything else came from something in between. */
const Status = z.object({ kind: z.literal("Status"), message: z.string().optional(), reason: z.string().optional() });

export interface Answer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

/** Whether the API server itself says that the object does not exist. */
export function isMissingObject(answer: Answer): boolean {
  return answer.status === 404 && readStatus(answer.body)?.reason === "NotFound";
}

/** The ProviderError for an answer that is no success; `what` is the call in a reader's words. */
export function failureOf(what: string, answer: Answer, now: number): ProviderError {
  const said = readStatus(answer.body)?.message ?? printable(answer.body);
  const retryAfterMs = retryAfter(answer.headers["retry-after"], now);
  const message = `${what}: ${answer.status}${said ? ` ${said}` : ""}`;
  return new ProviderError(reasonOf(answer.status), message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function reasonOf(status: number): Reason {
  if (status === 409) return "conflict";
  if (status === 401 || status === 403) return "auth";
  if (status === 404 || status === 410) return "not-found";
  if (status === 429) return "rate-limited";
  if (status >= 500) return "server-error";
  return status >= 400 ? "refused" : "bad-response";
}

function readStatus(body: string): z.infer<typeof Status> | undefined {
  try {
    return Status.parse(JSON.parse(body));
  } catch {
    return undefined; // a proxy's page or plain text: shown as it is
  }
}

/** Milliseconds from a Retry-After header: seconds or a date (RFC 9110, section 10.2.3). */
function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const printable = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim()
    .slice(0, 200);
