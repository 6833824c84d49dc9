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
