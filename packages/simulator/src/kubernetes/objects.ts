export type Metadata = {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};

/** Any object of the API. What lies in `spec` and `status` depends on the kind. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
};

export type Resource = "deployments" | "statefulsets" | "horizontalpodautoscalers" | "namespaces" | "pods";

type Definition = { kind: string; group: string; version: string; namespaced: boolean };

export const resources: Record<Resource, Definition> = {
  deployments: { kind: "Deployment", group: "apps", version: "v1", namespaced: true },
  statefulsets: { kind: "StatefulSet", group: "apps", version: "v1", namespaced: true },
  horizontalpodautoscalers: {
    kind: "HorizontalPodAutoscaler",
    group: "autoscaling",
    version: "v2",
    namespaced: true,
  },
  namespaces: { kind: "Namespace", group: "", version: "v1", namespaced: false },
  pods: { kind: "Pod", group: "", version: "v1", namespaced: true },
};

export const workloadResources = ["deployments", "statefulsets"] as const;
export type WorkloadResource = (typeof workloadResources)[number];

export function isWorkload(resource: Resource): resource is WorkloadResource {
  return resource === "deployments" || resource === "statefulsets";
}

/** `apps/v1`, `v1`. */
export function apiVersion(resource: Resource): string {
  const { group, version } = resources[resource];
  return group === "" ? version : `${group}/${version}`;
}

/** `deployments.apps`, `namespaces`: how messages name a resource. */
export function qualified(resource: Resource): string {
  const { group } = resources[resource];
  return group === "" ? resource : `${resource}.${group}`;
}

/** Wanted replicas of a workload; the API's default is 1. */
export function replicasOf(object: KubernetesObject): number {
  const replicas = object.spec?.replicas;
  return typeof replicas === "number" ? replicas : 1;
}

/** The labels that select the pods of a workload. */
export function podLabels(object: KubernetesObject): Record<string, string> {
  const selector = object.spec?.selector as { matchLabels?: Record<string, string> } | undefined;
  return selector?.matchLabels ?? {};
}
