import type { AlertRule } from "./alert-state.ts";
import type { Cluster } from "./kubernetes/cluster.ts";
import type { RequestFault } from "./kubernetes/faults.ts";
import type { Write } from "./kubernetes/write.ts";
import type { Load } from "./load.ts";
import type { Fault, QueueSettings, Sample } from "./model.ts";

/** One service that the simulator runs: where it lives, and how it behaves under load. */
export type SimulatedService = {
  project: string;
  stage: string;
  service: string;
  /** Default: `<project>-<stage>`. */
  namespace?: string;
  kind?: "Deployment" | "StatefulSet";
  /** Name of the workload object. Default: the service's name. */
  workload?: string;
  /** Replicas at the start, all available. Default 1. */
  replicas?: number;
  /** Load at the start. Default `calm`. */
  load?: Load;
  queue?: Partial<QueueSettings>;
  /** A HorizontalPodAutoscaler that owns the workload, when given. */
  hpa?: { name?: string; minReplicas?: number; maxReplicas: number };
};

export type SimulatorOptions = {
  services: readonly SimulatedService[];
  /** Loopback address to listen on. Default 127.0.0.1; anything but a loopback address is refused. */
  host?: string;
  /** 0 or absent: any free port. */
  portKubernetes?: number;
  portPrometheus?: number;
  /** Where alerts are posted as Alertmanager webhooks; a function is asked at each post. Absent: rules are not evaluated. */
  webhookUrl?: string | (() => string);
  /** Extra headers of the alert posts, such as `authorization`. */
  webhookHeaders?: Readonly<Record<string, string>>;
  /** Default: one rule on the p90 response time of every service, see `responseTimeRule`. */
  rules?: readonly AlertRule[];
  /** While an alert fires, it is posted again this often. Default 30 s. */
  repeatIntervalMs?: number;
  /** From the creation of a pod to its readiness. Default 2 s. */
  startupDelayMs?: number;
  /** Each further pod of the same scaling becomes ready this much later. Default: a quarter of the start-up delay. */
  startupStaggerMs?: number;
  /** How often autoscalers compare and correct. Default 1 s. */
  hpaSyncMs?: number;
  /** When given, the Kubernetes API asks for `Authorization: Bearer <token>`. */
  token?: string;
  /** Step of the model. Default 250 ms; 0: nothing moves but by `tick()`. */
  tickMs?: number;
  /** The model runs this long "before" the start, so that range queries have data at once. Default 60 s. */
  historyMs?: number;
  /** Milliseconds since the epoch. Default: the real clock. */
  now?: () => number;
};

export type ExporterOptions = {
  /** The service whose metrics are served. */
  model: SimulatedService;
  /** Available replicas, asked before each step. While it fails, `/metrics` answers 503 with the reason. */
  replicas: () => number | Promise<number>;
  /** Loopback address. Default 127.0.0.1. */
  host?: string;
  /** 0 or absent: any free port. */
  port?: number;
  /** Step of the model. Default 250 ms; 0: nothing moves but by `tick()`. */
  tickMs?: number;
  now?: () => number;
};

export type Exporter = {
  /** Without a path; the metrics are at `/metrics`. */
  url: string;
  setLoad(load: Load, options?: { rampMs?: number }): void;
  setFault(fault: Fault | undefined): void;
  snapshot(): Sample;
  tick(): Promise<void>;
  stop(): Promise<void>;
};

/** The latest sample of a service, with the counts of its workload. */
export type Snapshot = Sample & { desiredReplicas: number };

export type Simulator = {
  kubernetesUrl: string;
  prometheusUrl: string;
  /** `service` is `project/stage/service`, or the last part where that is unique. `rampMs`: reach the load in a straight line. */
  setLoad(service: string, load: Load, options?: { rampMs?: number }): void;
  /** `undefined` ends the fault. */
  setFault(service: string, fault: Fault | undefined): void;
  /** At most so many replicas ever become available (image cannot be pulled, quota used up); `undefined` lifts it. */
  limitAvailable(service: string, count: number | undefined): void;
  snapshot(service: string): Snapshot;
  /** Every applied write to the Kubernetes API, oldest first. */
  audit: readonly Write[];
  /** The next matching requests to the Kubernetes API go wrong in this way. */
  failNext(fault: RequestFault): void;
  /** Called after each step with the path of the service and its sample. Returns the unsubscription. */
  onSample(callback: (service: string, sample: Sample) => void): () => void;
  /** Kubeconfig file (JSON, which is YAML) for this server: plain http, so with `insecure-skip-tls-verify`. */
  kubeconfig(): string;
  /** The objects behind the Kubernetes API, to create, delete and change them behind a client's back. */
  cluster: Cluster;
  /** One step of everything, at the clock's time. Resolves when alert posts that this step started have ended. */
  tick(): Promise<void>;
  /** Ends timers, connections and listeners. */
  stop(): Promise<void>;
};
