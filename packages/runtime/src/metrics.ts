import {
  collectDefaultMetrics,
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Registry,
} from "prom-client";

export type Labels<L extends string> = Readonly<Record<L, string>>;

export interface Counter<L extends string> {
  inc(labels: Labels<L>, by?: number): void;
}
export interface Gauge<L extends string> {
  set(labels: Labels<L>, value: number): void;
  /** Forgets all label sets, so that what is gone is not shown for ever. */
  reset(): void;
}
export interface Histogram<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

export interface MetricsOptions {
  version?: string;
  /** Also memory, CPU, event loop and garbage collection of this process. */
  process?: boolean;
}

export type Metrics = ReturnType<typeof createMetrics>;

/** All series of Evenkeel, in a registry of their own. Labels are bounded: never a context, a pod or a problem's title. */
export function createMetrics({ version = "dev", process: ofProcess = false }: MetricsOptions = {}) {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry, prefix: "evenkeel_" });
  const collectors: (() => unknown)[] = [];

  function counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    const made = new PromCounter({ name: `evenkeel_${name}`, help, labelNames, registers: [registry] });
    return { inc: (labels, by = 1) => made.inc(labels as Record<L, string>, by) };
  }
  function gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    const made = new PromGauge({ name: `evenkeel_${name}`, help, labelNames, registers: [registry] });
    return { set: (labels, value) => made.set(labels as Record<L, string>, value), reset: () => made.reset() };
  }
  function histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets: number[],
  ): Histogram<L> {
    const made = new PromHistogram({ name: `evenkeel_${name}`, help, labelNames, buckets, registers: [registry] });
    return { observe: (labels, value) => made.observe(labels as Record<L, string>, value) };
  }

  gauge("build_info", "Constant 1, labelled with the version.", ["version"]).set({ version }, 1);
  return {
    counter,
    gauge,
    histogram,
    eventsReceived: counter("events_received_total", "Notifications received, by source and what became of them.", [
      "source",
      "outcome",
    ]),
    remediations: counter("remediations_total", "Remediations finished.", ["result", "reason"]),
    remediationSeconds: histogram(
      "remediation_duration_seconds",
      "From the problem to the end of its remediation.",
      ["result"],
      [1, 5, 15, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600],
    ),
    actionFailures: counter("action_failures_total", "Actions that failed, by reason.", ["reason"]),
    evaluations: counter("evaluations_total", "Evaluations finished.", ["result"]),
    providerSeconds: histogram(
      "provider_request_duration_seconds",
      "Calls to SLI providers.",
      ["provider", "outcome"],
      [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30],
    ),
    tasks: gauge("tasks", "Tasks that are not done, by kind and state.", ["kind", "state"]),
    httpSeconds: histogram(
      "http_request_duration_seconds",
      "HTTP requests.",
      ["method", "route", "status"],
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    ),
    rateLimited: counter("rate_limited_total", "Requests refused because somebody called too often.", [
      "limit",
      "kind",
    ]),
    streamClients: gauge("stream_clients", "Readers that follow the log.", []),
    /** Runs before each scrape, to set gauges that are read from somewhere. A failing one leaves its gauge as it was. */
    onScrape: (collect: () => unknown) => void collectors.push(collect),
    contentType: registry.contentType,
    async text(): Promise<string> {
      await Promise.allSettled(collectors.map(async (collect) => collect()));
      return registry.metrics();
    },
  };
}
