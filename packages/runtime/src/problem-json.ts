import { STATUS_CODES } from "node:http";
import * as z from "zod";
import { HttpProblem, problem, ProviderError, Unavailable } from "./errors.ts";
import type { FieldProblem } from "./errors.ts";

/** The body of an application/problem+json answer (RFC 9457 with the extensions code, requestId, errors). */
export interface ProblemJson {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  code: string;
  requestId?: string;
  errors?: readonly FieldProblem[];
}

export function toProblemJson(
  error: HttpProblem,
  context: { instance?: string; requestId?: string } = {},
): ProblemJson {
  return {
    type: `urn:evenkeel:problem:${error.code}`,
    title: STATUS_CODES[error.status] ?? "Error",
    status: error.status,
    detail: cut(error.message, MOST_DETAIL),
    ...(context.instance ? { instance: context.instance } : {}),
    code: error.code,
    ...(context.requestId ? { requestId: context.requestId } : {}),
    ...(error.errors ? { errors: bounded(error.errors) } : {}),
  };
}

const MOST_DETAIL = 4_000;
const MOST_POINTER = 500;
const MOST_ERRORS = 32_000;

/** As many as fit: what was sent decides how many there are and how long, and no answer may be larger than its question. */
function bounded(errors: readonly FieldProblem[]): FieldProblem[] {
  const kept: FieldProblem[] = [];
  let size = 0;
  for (const error of errors) {
    const pointer = cut(error.pointer, MOST_POINTER);
    const detail = cut(error.detail, MOST_DETAIL);
    size += pointer.length + detail.length;
    if (size > MOST_ERRORS) break;
    kept.push({ pointer, detail });
  }
  return kept;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** Any thrown value → the answer to send. What is not known is a bug: 500 without its text. */
export function toHttpProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof z.core.$ZodError) return schemaProblem(error);
  if (error instanceof Unavailable) {
    const headers = { "retry-after": String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) };
    return problem(503, "unavailable", error.message, { headers, cause: error });
  }
  if (error instanceof ProviderError) {
    const status = error.reason === "timeout" ? 504 : 502;
    return problem(status, `provider-${error.reason}`, error.message, { cause: error });
  }
  const status = frameworkStatus(error);
  if (status !== undefined) return problem(status, "bad-request", (error as Error).message, { cause: error });
  return problem(500, "internal", "something went wrong on our side; the log has it under this request id", {
    cause: error,
  });
}

function schemaProblem(error: z.core.$ZodError): HttpProblem {
  const errors = error.issues.slice(0, 100).flatMap((issue): FieldProblem[] => {
    if (issue.code !== "unrecognized_keys") return [{ pointer: jsonPointer(issue.path), detail: issue.message }];
    return issue.keys.map((key) => ({ pointer: jsonPointer([...issue.path, key]), detail: "unknown key" }));
  });
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  const detail = first ? `${first.pointer || "the body"}: ${first.detail}${more}` : "the body does not fit its schema";
  return problem(422, "schema", detail, { errors, cause: error });
}

/** RFC 6901. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** express marks what the client got wrong (a bad percent escape in the path) with a 4xx status. */
function frameworkStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("status" in error)) return undefined;
  const { status } = error;
  return typeof status === "number" && status >= 400 && status < 500 ? status : undefined;
}
