import { z } from "zod";
import type { Autoscaler, Pod, Workload, WorkloadKind } from "./types.ts";

// Only the fields we use, of apps/v1, autoscaling/v1 and v2 (the same for these), keda.sh/v1alpha1 and v1.

const Metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number().default(0),
  annotations: z.record(z.string(), z.string()).nullish(),
  ownerReferences: z.array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string() })).nullish(),
});

const Selector = z.object({
  matchLabels: z.record(z.string(), z.string()).nullish(),
  matchExpressions: z
    .array(z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()).nullish() }))
    .nullish(),
});
type Selector = z.infer<typeof Selector>;

export const WorkloadObject = z.object({
  metadata: Metadata,
  spec: z.object({ replicas: z.number().default(1), selector: Selector.nullish() }),
  status: z
    .object({
      replicas: z.number().default(0),
      availableReplicas: z.number().optional(),
      readyReplicas: z.number().optional(),
      updatedReplicas: z.number().default(0),
      observedGeneration: z.number().default(0),
    })
    .default({ replicas: 0, updatedReplicas: 0, observedGeneration: 0 }),
});

const Reference = z.object({ kind: z.string(), name: z.string(), apiVersion: z.string().optional() });

export const AutoscalerObject = z.object({
  metadata: Metadata,
  spec: z.object({ scaleTargetRef: Reference, minReplicas: z.number().default(1), maxReplicas: z.number() }),
  status: z.object({ currentReplicas: z.number().optional() }).nullish(),
});
export type AutoscalerObject = z.infer<typeof AutoscalerObject>;
export const AutoscalerList = z.object({ items: z.array(AutoscalerObject) });

/** KEDA's defaults, as its ScaledObject reference states them. */
export const ScaledObject = z.object({
  metadata: Metadata,
  spec: z.object({ minReplicaCount: z.number().default(0), maxReplicaCount: z.number().default(100) }),
});

export const PodList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      status: z
        .object({
          phase: z.string().default("Unknown"),
          conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
        })
        .default({ phase: "Unknown" }),
    }),
  ),
});

export const ResourceList = z.object({ resources: z.array(z.object({ name: z.string() })) });
export const Version = z.object({ gitVersion: z.string() });
export const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

export function toWorkload(kind: WorkloadKind, { metadata, spec, status }: z.infer<typeof WorkloadObject>): Workload {
  const selector = spec.selector ? selectorText(spec.selector) : "";
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    replicas: spec.replicas,
    current: status.replicas,
    // Deployments leave zero counts out; StatefulSets before 1.22 know no availability, only readiness.
    available: status.availableReplicas ?? (kind === "StatefulSet" ? (status.readyReplicas ?? 0) : 0),
    updated: status.updatedReplicas,
    observed: status.observedGeneration >= metadata.generation,
    annotations: metadata.annotations ?? {},
    ...(selector === "" ? {} : { selector }),
  };
}

export function fromHpa({ metadata, spec, status }: AutoscalerObject): Autoscaler {
  return {
    kind: "HorizontalPodAutoscaler",
    ...identity(metadata),
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    ...(status?.currentReplicas === undefined ? {} : { currentReplicas: status.currentReplicas }),
  };
}

export function fromScaledObject(
  { metadata, spec }: z.infer<typeof ScaledObject>,
  currentReplicas: number | undefined,
): Autoscaler {
  return {
    kind: "ScaledObject",
    ...identity(metadata),
    minReplicas: spec.minReplicaCount,
    maxReplicas: spec.maxReplicaCount,
    managedBy: "KEDA",
    ...(currentReplicas === undefined ? {} : { currentReplicas }),
  };
}

const identity = (metadata: z.infer<typeof Metadata>) => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
  annotations: metadata.annotations ?? {},
});

/** The name of the ScaledObject that owns this autoscaler, if one does. */
export function scaledObjectOf({ metadata }: AutoscalerObject): string | undefined {
  const owner = metadata.ownerReferences?.find(
    ({ apiVersion, kind }) => kind === "ScaledObject" && apiVersion.startsWith("keda.sh/"),
  );
  return owner?.name;
}

export const toPods = ({ items }: z.infer<typeof PodList>): Pod[] =>
  items.map(({ metadata, status }) => ({
    name: metadata.name,
    phase: status.phase,
    ready: status.conditions?.some(({ type, status: value }) => type === "Ready" && value === "True") ?? false,
  }));

function selectorText({ matchLabels, matchExpressions }: Selector): string {
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    if (operator === "Exists") return key;
    if (operator === "DoesNotExist") return `!${key}`;
    return `${key} ${operator === "NotIn" ? "notin" : "in"} (${(values ?? []).join(",")})`;
  });
  return [...labels, ...expressions].join(",");
}
