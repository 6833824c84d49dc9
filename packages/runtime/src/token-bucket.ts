import { isIPv6 } from "node:net";
import { plainAddress } from "./addresses.ts";

export interface Rate {
  /** How many a second in the long run. */
  perSecond: number;
  /** How many at once after a time of rest. */
  burst: number;
}

export interface Buckets {
  /** Takes one token of `key`. @returns 0, or the milliseconds until there is one again */
  take(key: string, now: number): number;
  /** How many keys are remembered. */
  size(): number;
}

/**
 * A token bucket for each key. At most `most` are kept: the one that was used the longest ago is forgotten first, and starts
 * full when it comes back, so that memory stays bounded whatever keys come.
 * @param now milliseconds of a clock that never goes back
 */
export function tokenBuckets({ perSecond, burst }: Rate, most = 10_000): Buckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(key, now) {
      const bucket = buckets.get(key) ?? { tokens: burst, at: now };
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > most) buckets.delete(buckets.keys().next().value!);
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000);
      bucket.at = now;
      if (bucket.tokens < 1) return ((1 - bucket.tokens) * 1000) / perSecond;
      bucket.tokens--;
      return 0;
    },
    size: () => buckets.size,
  };
}

/** What stands for one sender's address. Whoever has an IPv6 address has its whole /64, so that this is what counts. */
export function addressKey(address: string): string {
  const plain = plainAddress(address).slice(0, 64);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  return `${[...left, ...new Array<string>(zeros).fill("0"), ...right].slice(0, 4).join(":")}::/64`;
}
