import { randomUUID } from "node:crypto";
import { responseTimeRule } from "./alert-state.ts";
import { createAlerting, type Alerting } from "./alerting.ts";
import { listen, type Listener } from "./http.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { kubernetesApi } from "./kubernetes-api.ts";
import { createCluster, type Cluster } from "./kubernetes/cluster.ts";
import { createFaults } from "./kubernetes/faults.ts";
import { replicasOf, type WorkloadResource } from "./kubernetes/objects.ts";
import type { Write } from "./kubernetes/write.ts";
import { renderMetrics } from "./metrics.ts";
import type { Sample } from "./model.ts";
import { prometheusApi } from "./prometheus-api.ts";
import { runService, type RunningService } from "./running.ts";
import { createTimeSeries } from "./timeseries.ts";
import type { SimulatedService, Simulator, SimulatorOptions } from "./types.ts";

const retentionMs = 15 * 60_000;

/** Starts the services, both APIs and the alerts. Rejects when a port is taken or a setting is wrong. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = "127.0.0.1", now = Date.now, tickMs = 250, startupDelayMs = 2000, token } = options;
  const cluster = createCluster({
    now,
    newId: randomUUID,
    startupDelayMs,
    startupStaggerMs: options.startupStaggerMs ?? startupDelayMs / 4,
    hpaSyncMs: options.hpaSyncMs ?? 1000,
  });
  const store = createTimeSeries(retentionMs);
  const historyMs = options.historyMs ?? 60_000;
  const services = options.services.map((service) => {
    createObjects(cluster, service);
    return runService(service, now() - historyMs);
  });
  const faults = createFaults();
  const audit: Write[] = [];
  const listeners = new Set<(service: string, sample: Sample) => void>();
  const stopped = new AbortController();

  const record = (service: RunningService) => {
    const { at } = service.sample();
    for (const { name, labels, value } of service.metrics()) store.append({ __name__: name, ...labels }, at, value);
  };
  for (const service of services) {
    const replicas = availableOf(cluster, service);
    for (let at = now() - historyMs; at < now(); at += 1000) {
      service.step(at, replicas);
      record(service);
    }
  }

  const kubernetes = await listen(
    kubernetesApi({ cluster, faults, now, token, onWrite: (write) => audit.push(write), signal: stopped.signal }),
    host,
    options.portKubernetes ?? 0,
  );
  const exposition = () => renderMetrics(services.flatMap((service) => service.metrics()));
  let prometheus: Listener;
  let alerting: Alerting | undefined;
  try {
    prometheus = await listen(prometheusApi(store, now, exposition), host, options.portPrometheus ?? 0);
  } catch (error) {
    await kubernetes.close();
    throw error;
  }
  try {
    alerting = alertingFor(options, store, prometheus.url);
  } catch (error) {
    await Promise.all([kubernetes.close(), prometheus.close()]);
    throw error;
  }

  async function tick(): Promise<void> {
    cluster.advance();
    for (const service of services) {
      const sample = service.step(now(), availableOf(cluster, service));
      record(service);
      for (const listener of listeners) listener(service.path, sample);
    }
    await alerting?.evaluate(now());
  }
  const timer = tickMs > 0 ? setInterval(() => void tick(), tickMs) : undefined;
  const find = (name: string) => findService(services, name);

  return {
    kubernetesUrl: kubernetes.url,
    prometheusUrl: prometheus.url,
    setLoad: (name, load, { rampMs } = {}) => find(name).setLoad(load, now(), rampMs),
    setFault: (name, fault) => find(name).setFault(fault),
    limitAvailable(name, count) {
      const { namespace, workload } = find(name).identity;
      cluster.limitAvailable(namespace, workload, count);
    },
    snapshot(name) {
      const service = find(name);
      const { namespace, workload } = service.identity;
      const object = cluster.store.get(resourceOf(service), namespace, workload);
      return { ...service.sample(), desiredReplicas: object ? replicasOf(object) : 0 };
    },
    audit,
    failNext: (fault) => faults.add(fault),
    onSample(callback) {
      listeners.add(callback);
      return () => void listeners.delete(callback);
    },
    kubeconfig: () => kubeconfig(kubernetes.url, token),
    cluster,
    tick,
    async stop() {
      clearInterval(timer);
      stopped.abort();
      alerting?.stop();
      await Promise.all([kubernetes.close(), prometheus.close()]);
    },
  };
}

function createObjects(cluster: Cluster, service: SimulatedService): void {
  const { project, stage, hpa, replicas = 1, kind = "Deployment" } = service;
  const namespace = service.namespace ?? `${project}-${stage}`;
  const name = service.workload ?? service.service;
  const resource = kind === "Deployment" ? "deployments" : "statefulsets";
  cluster.createWorkload(resource, { namespace, name, replicas }, { available: true });
  if (!hpa) return;
  const { minReplicas = 1, maxReplicas } = hpa;
  const scaleTargetRef = { apiVersion: "apps/v1", kind, name };
  cluster.store.create("horizontalpodautoscalers", {
    namespace,
    name: hpa.name ?? name,
    spec: { scaleTargetRef, minReplicas, maxReplicas, metrics: [] },
  });
}

function resourceOf({ identity }: RunningService): WorkloadResource {
  return identity.kind === "Deployment" ? "deployments" : "statefulsets";
}

function availableOf(cluster: Cluster, service: RunningService): number {
  const { namespace, workload } = service.identity;
  return cluster.available(resourceOf(service), namespace, workload);
}

function alertingFor(options: SimulatorOptions, store: ReturnType<typeof createTimeSeries>, prometheusUrl: string) {
  const { webhookUrl, webhookHeaders = {}, rules = [responseTimeRule()], repeatIntervalMs = 30_000 } = options;
  if (webhookUrl === undefined) return undefined;
  const url = typeof webhookUrl === "function" ? webhookUrl : () => webhookUrl;
  return createAlerting({ rules, store, url, headers: webhookHeaders, prometheusUrl, repeatIntervalMs });
}

function findService(services: readonly RunningService[], name: string): RunningService {
  const found = services.filter(({ path, identity }) => path === name || identity.service === name);
  if (found.length === 1) return found[0]!;
  const known = services.map(({ path }) => path).join(", ");
  throw new RangeError(`service ${name}: ${found.length === 0 ? "unknown" : "ambiguous"}; known are ${known}`);
}
