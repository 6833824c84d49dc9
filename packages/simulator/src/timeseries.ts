/** Labels of a series; the name of the metric is the label `__name__`, as in Prometheus. */
export type Labels = Readonly<Record<string, string>>;
export type Point = { at: number; value: number };
export type Series = { labels: Labels; points: readonly Point[] };
export type Matcher = { label: string; op: "=" | "!="; value: string };

export type TimeSeries = {
  append(labels: Labels, at: number, value: number): void;
  /** Series that fit every matcher, with all points that are still kept. */
  select(matchers: readonly Matcher[]): readonly Series[];
};

/** A store in memory that keeps points for `retentionMs`. Points of a series come in order of time. */
export function createTimeSeries(retentionMs: number): TimeSeries {
  const all = new Map<string, { labels: Labels; points: Point[] }>();
  return {
    append(labels, at, value) {
      const key = labelKey(labels);
      let series = all.get(key);
      if (!series) all.set(key, (series = { labels, points: [] }));
      series.points.push({ at, value });
      // Cut in large pieces: a shift at every point would move the whole array each time.
      if (series.points[0]!.at < at - 1.25 * retentionMs) {
        series.points = series.points.filter((point) => point.at >= at - retentionMs);
      }
    },
    select: (matchers) => [...all.values()].filter(({ labels }) => matchers.every((matcher) => fits(matcher, labels))),
  };
}

// A label that is absent equals the empty string, as in Prometheus.
function fits({ label, op, value }: Matcher, labels: Labels): boolean {
  return ((labels[label] ?? "") === value) === (op === "=");
}

/** The same text for the same labels in any order. */
export function labelKey(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
