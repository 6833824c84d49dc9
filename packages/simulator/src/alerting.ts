import { evolveAlerts, type Alert, type AlertRule } from "./alert-state.ts";
import { evaluate } from "./promql/evaluate.ts";
import { parse, type Expression } from "./promql/parse.ts";
import type { TimeSeries } from "./timeseries.ts";
import { postWebhook, webhookBody } from "./webhook.ts";

export type AlertingOptions = {
  rules: readonly AlertRule[];
  store: TimeSeries;
  url: () => string;
  headers?: Readonly<Record<string, string>>;
  /** Of the Prometheus that alerts link to. */
  prometheusUrl: string;
  repeatIntervalMs: number;
};

export type Alerting = {
  /** Evaluates all rules at `now` and posts what is due. Resolves when the posts that it began have ended. */
  evaluate(now: number): Promise<void>;
  alerts(): readonly Alert[];
  stop(): void;
};

type Group = {
  rule: AlertRule;
  expression: Expression;
  alerts: Alert[];
  /** Fingerprint and state of what was last delivered. */
  told: string;
  toldAt: number;
  sending: boolean;
  failures: number;
  nextTry: number;
};

/** Prometheus' rule evaluation and Alertmanager's notification in one. Throws `PromqlError` when a rule is wrong. */
export function createAlerting(options: AlertingOptions): Alerting {
  const { rules, store, url, headers = {}, prometheusUrl, repeatIntervalMs } = options;
  const stopped = new AbortController();
  const groups = rules.map((rule): Group => {
    const expression = parse(rule.expr);
    if (evaluate(expression, store, 0).kind !== "vector") {
      throw new RangeError(`rule ${rule.alert}: ${rule.expr} does not give an instant vector`);
    }
    const fresh = { told: "", toldAt: -Infinity, sending: false, failures: 0, nextTry: -Infinity };
    return { rule, expression, alerts: [], ...fresh };
  });

  async function notify(group: Group, now: number): Promise<void> {
    const alerts = group.alerts.filter((alert) => alert.state !== "pending");
    const news = alerts
      .map((alert) => `${alert.fingerprint}@${alert.startsAt}:${alert.state}`)
      .sort()
      .join(" ");
    const due = news !== group.told || now - group.toldAt >= repeatIntervalMs;
    if (alerts.length === 0 || !due || group.sending || now < group.nextTry) return;
    group.sending = true;
    const result = await postWebhook(url(), webhookBody(group.rule, alerts, prometheusUrl), headers, stopped.signal);
    group.sending = false;
    if (result === "retry") {
      group.nextTry = now + Math.min(500 * 2 ** group.failures++, 30_000);
      return;
    }
    group.failures = 0;
    group.nextTry = -Infinity;
    // Ended alerts are told once; a new start of the same alert since then is not in `alerts` and stays.
    group.alerts = group.alerts.filter((alert) => !(alert.state === "resolved" && alerts.includes(alert)));
    const firing = alerts.filter((alert) => alert.state === "firing");
    group.told = firing
      .map((alert) => `${alert.fingerprint}@${alert.startsAt}:firing`)
      .sort()
      .join(" ");
    group.toldAt = now;
  }

  return {
    async evaluate(now) {
      for (const group of groups) {
        const value = evaluate(group.expression, store, now);
        const elements = value.kind === "vector" ? value.elements : [];
        group.alerts = evolveAlerts(group.rule, group.alerts, elements, now);
      }
      await Promise.all(groups.map((group) => notify(group, now)));
    },
    alerts: () => groups.flatMap((group) => group.alerts),
    stop: () => stopped.abort(),
  };
}
