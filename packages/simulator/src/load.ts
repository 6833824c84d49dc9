/**
 * Loads with a name, in requests per second, for a service with the default queue settings (25 requests per second and
 * replica) and a goal of 1000 ms at the 90th percentile.
 */
export const loadLevels = {
  /** Nothing at all. */
  idle: 0,
  /** One replica serves it at about 400 ms. */
  calm: 10,
  /** One more replica is enough: 1 → about 2 s, 2 → about 400 ms. */
  raised: 36,
  /** Two more replicas are needed: 1 → about 4 s, 2 → about 1.3 s, 3 → about 400 ms. */
  surge: 58,
} as const;

export type LoadLevel = keyof typeof loadLevels;

/** A named level or requests per second. */
export type Load = LoadLevel | number;

/** Load over time: straight lines between the points, constant before the first and after the last. `at` in ms, ascending. */
export type LoadProfile = readonly { at: number; rps: number }[];

/** Requests per second of a load. */
export function requestsPerSecond(load: Load): number {
  const rps = typeof load === "number" ? load : loadLevels[load];
  if (!Number.isFinite(rps) || rps < 0) throw new RangeError(`load ${String(load)}: not a level and not a rate`);
  return rps;
}

/** Requests per second at a time. */
export function rateAt(profile: LoadProfile, at: number): number {
  const next = profile.findIndex((point) => point.at > at);
  if (next === -1) return profile.at(-1)?.rps ?? 0;
  const to = profile[next]!;
  const from = profile[next - 1];
  if (!from) return to.rps;
  return from.rps + ((to.rps - from.rps) * (at - from.at)) / (to.at - from.at);
}

/** The profile that goes on from here to `load`, at once or in a straight line of `rampMs`. */
export function changeLoad(profile: LoadProfile, load: Load, now: number, rampMs = 0): LoadProfile {
  const rps = requestsPerSecond(load);
  if (rampMs <= 0) return [{ at: now, rps }];
  return [
    { at: now, rps: rateAt(profile, now) },
    { at: now + rampMs, rps },
  ];
}
