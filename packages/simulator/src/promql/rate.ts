import type { Point } from "../timeseries.ts";

/**
 * Increase of a counter over the window `(end - windowMs, end]`, extended to the window's edges as Prometheus does:
 * by at most 1.1 mean intervals, else half of one, and never to before the counter was zero. `undefined` with fewer
 * than two points. The points are those inside the window.
 */
export function increase(points: readonly Point[], end: number, windowMs: number): number | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return undefined;
  let total = last.value - first.value;
  for (let i = 1; i < points.length; i++) {
    if (points[i]!.value < points[i - 1]!.value) total += points[i - 1]!.value;
  }
  const sampled = last.at - first.at;
  const mean = sampled / (points.length - 1);
  const extend = (gap: number) => (gap < 1.1 * mean ? gap : mean / 2);
  let before = extend(first.at - (end - windowMs));
  if (total > 0 && first.value >= 0) before = Math.min(before, (sampled * first.value) / total);
  return (total * (sampled + before + extend(end - last.at))) / sampled;
}
