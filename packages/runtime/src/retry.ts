export interface Backoff {
  /** First delay, milliseconds. */
  base?: number;
  /** Longest delay of our own choosing, milliseconds. */
  max?: number;
  /** What the other side asked for; not undercut, up to ten minutes. */
  retryAfterMs?: number;
}

const LONGEST_WISH_MS = 600_000;

/**
 * Milliseconds to wait before try number `attempt + 1` (attempt counts from 1).
 * Exponential with "equal jitter": half fixed, half from `jitter` (0 ≤ jitter < 1), so that many waiters spread out.
 */
export function backoffMs(
  attempt: number,
  { base = 1000, max = 60_000, retryAfterMs = 0 }: Backoff,
  jitter: number,
): number {
  const ceiling = Math.min(max, base * 2 ** Math.min(Math.max(attempt, 1) - 1, 30));
  const delay = ceiling / 2 + (ceiling / 2) * jitter;
  return Math.round(Math.max(delay, Math.min(retryAfterMs, LONGEST_WISH_MS)));
}
