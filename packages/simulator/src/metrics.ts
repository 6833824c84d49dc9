import type { Sample } from "./model.ts";
import type { Labels } from "./timeseries.ts";

export type Metric = { name: string; type: "gauge" | "counter"; help: string; labels: Labels; value: number };

/** Where the service of a sample lives. */
export type ServiceIdentity = {
  project: string;
  stage: string;
  service: string;
  namespace: string;
  workload: string;
  kind: "Deployment" | "StatefulSet";
};

/** What the service and the cluster around it would export at the moment of the sample. */
export function metricsOf(identity: ServiceIdentity, sample: Sample): Metric[] {
  const { project, stage, service } = identity;
  const labels = { job: `${service}-${project}-${stage}`, project, stage, service };
  const gauge = (name: string, help: string, value: number): Metric => ({ name, type: "gauge", help, labels, value });
  const requests = (code: string, value: number): Metric => ({
    name: "http_requests_total",
    type: "counter",
    help: "Requests answered, by status code.",
    labels: { ...labels, code },
    value,
  });
  return [
    gauge("http_response_time_milliseconds_p50", "Median response time.", sample.response_time_p50),
    gauge("http_response_time_milliseconds_p90", "90th percentile of the response time.", sample.response_time_p90),
    gauge("http_response_time_milliseconds_p95", "95th percentile of the response time.", sample.response_time_p95),
    gauge("http_requests_per_second", "Requests answered well, per second.", sample.throughput),
    gauge("http_error_ratio", "Share of failed requests, 0 to 1.", sample.error_rate),
    gauge("http_requests_waiting", "Requests that wait for a worker.", sample.queue),
    gauge("http_worker_utilisation_ratio", "Share of busy workers, 0 to 1.", sample.utilisation),
    requests("200", sample.succeeded),
    requests("503", sample.failed),
    replicasAvailable(identity, sample.replicas),
  ];
}

/** Named as kube-state-metrics names it. */
function replicasAvailable({ kind, namespace, workload }: ServiceIdentity, value: number): Metric {
  const owner = kind === "Deployment" ? "deployment" : "statefulset";
  return {
    name: `kube_${owner}_status_replicas_available`,
    type: "gauge",
    help: "Available replicas.",
    labels: { namespace, [owner]: workload },
    value,
  };
}

/** Prometheus text exposition format 0.0.4. */
export function renderMetrics(metrics: readonly Metric[]): string {
  const lines: string[] = [];
  for (const name of new Set(metrics.map((metric) => metric.name))) {
    const family = metrics.filter((metric) => metric.name === name);
    lines.push(`# HELP ${name} ${family[0]!.help}`, `# TYPE ${name} ${family[0]!.type}`);
    for (const { labels, value } of family) {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
      lines.push(`${name}{${pairs.join(",")}} ${formatValue(value)}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** A number as Prometheus writes it. */
export function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}
