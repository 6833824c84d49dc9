import { fingerprint } from "./fingerprint.ts";
import type { Element } from "./promql/evaluate.ts";
import type { Labels } from "./timeseries.ts";

/** An alerting rule as in a Prometheus rule file. Annotations may use `{{ $value }}` and `{{ $labels.name }}`. */
export type AlertRule = {
  alert: string;
  /** A query; every element of its result is an alert. */
  expr: string;
  /** How long an element must be there before it fires. */
  forMs: number;
  labels?: Labels;
  annotations?: Labels;
};

/** One alert of a rule, from its first sight to its end. Times in ms. */
export type Alert = {
  state: "pending" | "firing" | "resolved";
  fingerprint: string;
  labels: Labels;
  annotations: Labels;
  activeSince: number;
  /** When it began to fire; the same for the whole episode. */
  startsAt?: number;
  endsAt?: number;
};

/** The alerts of a rule after an evaluation at `now` that gave `elements`. Pure. */
export function evolveAlerts(
  rule: AlertRule,
  alerts: readonly Alert[],
  elements: readonly Element[],
  now: number,
): Alert[] {
  const next: Alert[] = [];
  const seen = new Set<string>();
  for (const element of elements) {
    const labels = alertLabels(rule, element);
    const id = fingerprint(labels);
    seen.add(id);
    const known = alerts.find((alert) => alert.fingerprint === id && alert.state !== "resolved");
    const activeSince = known?.activeSince ?? now;
    const alert: Alert = {
      state: "pending",
      fingerprint: id,
      labels,
      annotations: fillAnnotations(rule, labels, element.value),
      activeSince,
    };
    if (now - activeSince < rule.forMs) next.push(alert);
    else next.push({ ...alert, state: "firing", startsAt: known?.startsAt ?? now });
  }
  for (const alert of alerts) {
    if (alert.state === "firing" && !seen.has(alert.fingerprint))
      next.push({ ...alert, state: "resolved", endsAt: now });
    // An end that nobody was told yet stays, unless the alert fires again.
    const again = next.some(({ fingerprint, state }) => fingerprint === alert.fingerprint && state === "firing");
    if (alert.state === "resolved" && !again) next.push(alert);
  }
  return next;
}

function alertLabels(rule: AlertRule, { metric }: Element): Labels {
  const { __name__, ...labels } = metric;
  return { ...labels, ...rule.labels, alertname: rule.alert };
}

function fillAnnotations({ annotations = {} }: AlertRule, labels: Labels, value: number): Labels {
  const fill = (text: string) =>
    text
      .replaceAll(/\{\{\s*\$value\s*\}\}/g, String(Number(value.toPrecision(4))))
      .replaceAll(/\{\{\s*\$labels\.(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? "");
  return Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, fill(text)]));
}

/** A rule on the p90 response time of every service, named after the SLI as Keptn's generated rules are. */
export function responseTimeRule({ thresholdMs = 1000, forMs = 3000 } = {}): AlertRule {
  return {
    alert: "response_time_p90",
    expr: `http_response_time_milliseconds_p90 > ${thresholdMs}`,
    forMs,
    labels: { severity: "critical" },
    annotations: {
      summary: "Response time degradation",
      description: `90 % of the requests to {{ $labels.service }} took up to {{ $value }} ms; ${thresholdMs} ms are allowed.`,
    },
  };
}
