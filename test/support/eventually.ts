import { setTimeout as delay } from "node:timers/promises";

/** Asks again until the answer is truthy; fails with what was seen last when the time is over. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { within = 30_000, every = 100, seen = () => "" }: { within?: number; every?: number; seen?: () => unknown } = {},
): Promise<T> {
  const end = performance.now() + within;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) {
      throw new Error(`not within ${within / 1000} s: ${what}; last: ${String(last)} ${String(await seen())}`);
    }
    await delay(every);
  }
}
