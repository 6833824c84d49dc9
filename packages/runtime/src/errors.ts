/** Why the outside failed. Doubles as a metric label and as the bridge's words. */
export type Reason =
  | "unreachable"
  | "timeout"
  | "rate-limited"
  | "server-error"
  | "conflict"
  | "auth"
  | "not-found"
  | "refused"
  | "bad-response";

const RETRYABLE: ReadonlySet<Reason> = new Set(["unreachable", "timeout", "rate-limited", "server-error", "conflict"]);

/** Trouble outside of us. A plugin throws it and never retries by itself; the worker retries by its reason. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly reason: Reason;
  /** How long the other side asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;

  constructor(reason: Reason, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.reason);
  }
}

/** One fault inside a request body: an RFC 6901 pointer and what is wrong there. */
export interface FieldProblem {
  pointer: string;
  detail: string;
}

export interface ProblemExtra {
  errors?: readonly FieldProblem[];
  headers?: Readonly<Record<string, string>>;
  /** For the log only, never sent. */
  cause?: unknown;
}

/** An answer to an HTTP request that is not a success, as RFC 9457 describes it. Thrown by handlers. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  /** Stable word for programs, such as body-too-large. */
  readonly code: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, detail: string, extra: ProblemExtra = {}) {
    super(detail, { cause: extra.cause });
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    if (extra.errors) this.errors = extra.errors;
  }
}

/** `throw problem(404, "no-such-remediation", "…")` */
export function problem(status: number, code: string, detail: string, extra?: ProblemExtra): HttpProblem {
  return new HttpProblem(status, code, detail, extra);
}

/** What we need ourselves (the database, the queue) is away: the request may be sent again as it is. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";
  readonly retryAfterMs: number;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? 5000;
  }
}
