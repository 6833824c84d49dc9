import type { IncomingMessage } from "node:http";
import { blockList, contains } from "./addresses.ts";
import { clientAddress } from "./client-address.ts";
import { problem } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Settings } from "./settings.ts";
import { addressKey, tokenBuckets } from "./token-bucket.ts";

/** Who asks: programs that send alerts, or users of the API. */
export type Kind = "sender" | "user";

/** Bounds on how often one caller may call. What is beyond is refused before it costs much. */
export interface RateLimits {
  /** Before anybody has been asked who they are. @throws HttpProblem 503 for senders, 429 for users */
  address(request: Pick<IncomingMessage, "headers" | "socket">, kind: Kind): void;
  /** Once it is known who calls: a token, or a source with a secret of its own. @throws the same */
  caller(name: string, kind: Kind): void;
}

export interface RateLimitOptions {
  settings: Pick<Settings["server"], "rateLimit" | "trustedProxies">;
  log: Log;
  metrics?: Metrics;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

const SAY_AGAIN_MS = 60_000;
/** Refusals must be known by their status alone: senders of alerts try again after 503, and some of them not after 429. */
const STATUS: Readonly<Record<Kind, 429 | 503>> = { sender: 503, user: 429 };

export function createRateLimits({ settings, log, metrics, now = monotonic }: RateLimitOptions): RateLimits {
  const proxies = blockList(settings.trustedProxies);
  const { perAddress, perCaller } = settings.rateLimit;
  const limits = { address: tokenBuckets(perAddress), caller: tokenBuckets(perCaller) };
  const said = { address: -SAY_AGAIN_MS, caller: -SAY_AGAIN_MS };

  function take(limit: keyof typeof limits, key: string, who: string, kind: Kind): void {
    const at = now();
    const waitMs = limits[limit].take(key, at);
    if (waitMs === 0) return;
    metrics?.rateLimited.inc({ limit, kind });
    // A flood must not become a flood of lines: the counter has the number.
    if (at - said[limit] >= SAY_AGAIN_MS) {
      said[limit] = at;
      log.warn(
        { limit, kind, who, setting: `server.rateLimit.per${limit === "address" ? "Address" : "Caller"}` },
        "rate limit reached",
      );
    }
    const seconds = String(Math.max(1, Math.ceil(waitMs / 1000)));
    const headers = { "retry-after": seconds };
    throw problem(STATUS[kind], "rate-limited", `${who} calls too often; again in ${seconds} s`, { headers });
  }

  return {
    address(request, kind) {
      const from = clientAddress(request, (address) => contains(proxies, address)) ?? "an unknown address";
      take("address", addressKey(from), from.slice(0, 64), kind);
    },
    caller: (name, kind) => take("caller", `${kind} ${name}`, name, kind),
  };
}

const monotonic = () => performance.now();
