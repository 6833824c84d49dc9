import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { freePort, run, type Running } from "./processes.ts";

export interface Monitoring {
  prometheusUrl: string;
  stop(): Promise<void>;
}

export interface MonitoringOptions {
  folder: string;
  /** host:port of what is scraped. */
  scrape: readonly string[];
  /** Where alerts go. */
  webhookUrl: string;
  bearerToken?: string;
  /** Response time above which the rule fires. */
  thresholdMs?: number;
}

/** A real Prometheus that scrapes twice a second, and a real Alertmanager that posts to us. */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { folder } = options;
  const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
  mkdirSync(folder, { recursive: true });
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, JSON.stringify(content, undefined, 1)); // JSON is YAML
    return path;
  };
  const rules = file("rules.json", { groups: [ruleGroup(options.thresholdMs ?? 1000)] });
  const prometheusConfig = file("prometheus.json", {
    global: { scrape_interval: "500ms", scrape_timeout: "400ms", evaluation_interval: "500ms" },
    rule_files: [rules],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
    scrape_configs: [{ job_name: "services", honor_labels: true, static_configs: [{ targets: options.scrape }] }],
  });
  const alertmanagerConfig = file("alertmanager.json", {
    route: {
      receiver: "evenkeel",
      group_by: ["alertname", "service"],
      group_wait: "0s",
      group_interval: "1s",
      repeat_interval: "5s",
    },
    receivers: [{ name: "evenkeel", webhook_configs: [webhook(options)] }],
  });
  const started: Running[] = [];
  started.push(
    run("prometheus-alertmanager", [
      `--config.file=${alertmanagerConfig}`,
      `--storage.path=${join(folder, "alertmanager")}`,
      `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
      "--cluster.listen-address=",
    ]),
    run("prometheus", [
      `--config.file=${prometheusConfig}`,
      `--storage.tsdb.path=${join(folder, "prometheus")}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
    ]),
  );
  const seen = () => started.map((one) => one.output()).join("\n");
  for (const port of [prometheusPort, alertmanagerPort]) {
    await eventually(`port ${port} is ready`, async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok, {
      seen,
    });
  }
  return {
    prometheusUrl: `http://127.0.0.1:${prometheusPort}`,
    stop: async () => void (await Promise.all(started.map((one) => one.stop()))),
  };
}

function ruleGroup(thresholdMs: number) {
  return {
    name: "slo",
    rules: [
      {
        alert: "response_time_p90",
        // a look-back, as real rules have: the alert outlives a short dip
        expr: `max_over_time(http_response_time_milliseconds_p90[12s]) > ${thresholdMs}`,
        for: "2s",
        labels: { severity: "critical" },
        annotations: { summary: "Response time degradation", description: "p90 is {{ $value }} ms" },
      },
    ],
  };
}

function webhook({ webhookUrl, bearerToken }: MonitoringOptions) {
  const auth = bearerToken ? { http_config: { authorization: { type: "Bearer", credentials: bearerToken } } } : {};
  return { url: webhookUrl, send_resolved: true, ...auth };
}
