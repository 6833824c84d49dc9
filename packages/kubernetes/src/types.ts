export type WorkloadKind = "Deployment" | "StatefulSet";

/** Names one workload; all three are checked as Kubernetes names before they go into a path. */
export interface WorkloadRef {
  kind: WorkloadKind;
  namespace: string;
  name: string;
}

/** What the API server says about a workload at one `resourceVersion`. */
export interface Workload extends WorkloadRef {
  uid: string;
  resourceVersion: string;
  /** `spec.replicas`: what is wanted. */
  replicas: number;
  /** `status.replicas`: pods that exist, ready or not. */
  current: number;
  /** `status.availableReplicas` (ready replicas where the server does not report it). */
  available: number;
  /** `status.updatedReplicas`: pods of the newest template. */
  updated: number;
  /** Whether the status already speaks about the current spec (`observedGeneration` >= `generation`). */
  observed: boolean;
  annotations: Record<string, string>;
  /** `spec.selector` in label selector syntax, as for `kubectl get pods -l`. */
  selector?: string;
}

/**
 * What owns a workload's replicas: a HorizontalPodAutoscaler, or the KEDA ScaledObject that owns that HPA and
 * would overwrite any change to it.
 */
export interface Autoscaler {
  kind: "HorizontalPodAutoscaler" | "ScaledObject";
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  minReplicas: number;
  maxReplicas: number;
  annotations: Record<string, string>;
  currentReplicas?: number;
  managedBy?: "KEDA";
}

/** Written together with a change, so that whoever reads the object later can tell who made it. */
export interface Mark {
  annotation: string;
  value: string;
}

export interface Pod {
  name: string;
  ready: boolean;
  phase: string;
}

/**
 * The calls we make. Every failure is a ProviderError: conflict (409), auth (401, 403), rate-limited (429, with the
 * server's Retry-After), server-error (5xx), unreachable, timeout, refused (400, 422, bad names), not-found,
 * bad-response. An abort of the caller's own signal is thrown as that signal's reason.
 */
export interface Kubernetes {
  /** undefined when it does not exist. */
  workload(ref: WorkloadRef, signal?: AbortSignal): Promise<Workload | undefined>;
  /** The autoscaler whose target is this workload; undefined when none is. */
  autoscalerOf(workload: WorkloadRef, signal?: AbortSignal): Promise<Autoscaler | undefined>;
  /** One merge patch that sets replicas and mark, refused by the server (conflict) when the object has changed. */
  scale(workload: Workload, replicas: number, mark: Mark, signal?: AbortSignal): Promise<Workload>;
  /** The same for an autoscaler's lower bound. */
  raiseMinimum(autoscaler: Autoscaler, minReplicas: number, mark: Mark, signal?: AbortSignal): Promise<Autoscaler>;
  /** The workload's pods, at most 100 of them. */
  pods(workload: Workload, signal?: AbortSignal): Promise<Pod[]>;
  /** The server's version, such as `v1.31.2`. */
  version(signal?: AbortSignal): Promise<string>;
  /** Whether our credentials allow this. `resource` may name a subresource: `deployments/scale`. */
  canI(verb: string, group: string, resource: string, namespace: string, signal?: AbortSignal): Promise<boolean>;
  /** Whether the server knows these objects: `serves("keda.sh/v1alpha1", "scaledobjects")`. */
  serves(groupVersion: string, resource: string, signal?: AbortSignal): Promise<boolean>;
  /** Ends idle connections. */
  close(): void;
}
