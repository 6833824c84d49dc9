import type { Alert, AlertRule } from "./alert-state.ts";
import type { Labels } from "./timeseries.ts";

const zeroTime = "0001-01-01T00:00:00Z";

/** The body that Alertmanager posts to a webhook (version 4) for a group of alerts, grouped by `alertname`. */
export function webhookBody(rule: AlertRule, alerts: readonly Alert[], prometheusUrl: string) {
  return {
    version: "4",
    groupKey: `{}:{alertname="${rule.alert}"}`,
    truncatedAlerts: 0,
    status: alerts.some((alert) => alert.state === "firing") ? "firing" : "resolved",
    receiver: "evenkeel",
    groupLabels: { alertname: rule.alert },
    commonLabels: common(alerts.map((alert) => alert.labels)),
    commonAnnotations: common(alerts.map((alert) => alert.annotations)),
    externalURL: prometheusUrl,
    alerts: alerts.map((alert) => ({
      status: alert.state,
      labels: alert.labels,
      annotations: alert.annotations,
      startsAt: new Date(alert.startsAt ?? 0).toISOString(),
      endsAt: alert.endsAt === undefined ? zeroTime : new Date(alert.endsAt).toISOString(),
      generatorURL: `${prometheusUrl}/graph?g0.expr=${encodeURIComponent(rule.expr)}&g0.tab=1`,
      fingerprint: alert.fingerprint,
    })),
  };
}

function common(sets: readonly Labels[]): Labels {
  const [first = {}, ...others] = sets;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value)),
  );
}

/** What became of a post. Alertmanager tries again after network errors and 5xx only; 429 is a refusal to it. */
export type Delivery = "delivered" | "refused" | "retry";

/** Posts a body once. Never throws: trouble on the way is `retry`. */
export async function postWebhook(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Delivery> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "Alertmanager/evenkeel-simulator", ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    await response.arrayBuffer();
    if (response.ok) return "delivered";
    return response.status >= 500 ? "retry" : "refused";
  } catch {
    // Nobody listens, or the connection broke: the next step tries again.
    return "retry";
  }
}
