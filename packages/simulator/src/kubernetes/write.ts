import { autoscalerBounds } from "./autoscaler.ts";
import { isWorkload, podLabels, replicasOf, resources, type KubernetesObject, type Resource } from "./objects.ts";
import { isRecord } from "./patch.ts";
import { badRequest, conflict, invalid } from "./status.ts";

/** A write that a client made and the server applied. */
export type Write = {
  verb: "patch" | "update";
  path: string;
  /** Replicas of a workload, `minReplicas` of an autoscaler. */
  before: number;
  after: number;
  /** Annotations that this write set or changed. */
  annotations: Record<string, string>;
  at: number;
};

/**
 * The object that results when a client turns `current` into `candidate`: what clients may not change stays, what they
 * claim about it (version, uid) must hold. Throws a `Refusal` 400, 409 or 422.
 */
export function admit(resource: Resource, current: KubernetesObject, candidate: unknown): KubernetesObject {
  const { name } = current.metadata;
  const metadata = checkMetadata(resource, current, candidate);
  const spec = (candidate as { spec?: unknown }).spec ?? {};
  const kind = `${resources[resource].kind}.${resources[resource].group}`;
  if (!isRecord(spec)) throw invalid(kind, name, "spec", spec, "must be an object");
  const { labels, annotations } = metadata;
  const changed: KubernetesObject = {
    ...current,
    metadata: {
      ...current.metadata,
      labels: textMap(labels, "labels"),
      annotations: textMap(annotations, "annotations"),
    },
    spec,
  };
  for (const field of ["labels", "annotations"] as const) {
    if (changed.metadata[field] === undefined) delete changed.metadata[field];
  }
  if (isWorkload(resource)) {
    changed.spec = { ...spec, replicas: checkCount(kind, name, "spec.replicas", spec.replicas ?? 1, 0) };
  }
  if (resource === "horizontalpodautoscalers") checkBounds(kind, changed);
  return changed;
}

/** The `Scale` view of a workload. */
export function scaleOf(workload: KubernetesObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const selector = Object.entries(podLabels(workload)).map(([key, value]) => `${key}=${value}`);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: replicasOf(workload) },
    status: { replicas: workload.status?.replicas ?? 0, selector: selector.join(",") },
  };
}

/** The workload after a client turned its `Scale` into `candidate`. Annotations written there are dropped, as in Kubernetes. */
export function admitScale(resource: Resource, current: KubernetesObject, candidate: unknown): KubernetesObject {
  checkMetadata(resource, current, candidate);
  const spec = (candidate as { spec?: { replicas?: unknown } }).spec;
  const replicas = checkCount("Scale.autoscaling", current.metadata.name, "spec.replicas", spec?.replicas ?? 0, 0);
  return { ...current, spec: { ...current.spec, replicas } };
}

/** What the write did, for the list of writes. */
export function describeWrite(
  before: KubernetesObject,
  after: KubernetesObject,
): Pick<Write, "before" | "after" | "annotations"> {
  const size = (object: KubernetesObject) =>
    object.kind === "HorizontalPodAutoscaler" ? autoscalerBounds(object).min : replicasOf(object);
  const old = before.metadata.annotations ?? {};
  const changed = Object.entries(after.metadata.annotations ?? {}).filter(([key, value]) => old[key] !== value);
  return { before: size(before), after: size(after), annotations: Object.fromEntries(changed) };
}

function checkMetadata(resource: Resource, current: KubernetesObject, candidate: unknown): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion } = current.metadata;
  const metadata = isRecord(candidate) ? (candidate.metadata ?? {}) : undefined;
  if (!isRecord(metadata)) throw badRequest("the object provided has no metadata");
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${String(metadata.name)}) does not match the name on the URL (${name})`);
  }
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  if (metadata.uid !== undefined && metadata.uid !== uid) {
    const why = `Precondition failed: UID in precondition: ${String(metadata.uid)}, UID in object meta: ${uid}`;
    throw conflict(resource, name, why);
  }
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== resourceVersion) {
    const why = "the object has been modified; please apply your changes to the latest version and try again";
    throw conflict(resource, name, why);
  }
  return metadata;
}

function checkCount(kind: string, name: string, field: string, value: unknown, least: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw invalid(kind, name, field, value, "json: cannot unmarshal into Go value of type int32");
  }
  if (value >= least) return value;
  throw invalid(kind, name, field, value, `must be greater than or equal to ${least}`);
}

function checkBounds(kind: string, hpa: KubernetesObject): void {
  const { name } = hpa.metadata;
  const { minReplicas = 1, maxReplicas } = hpa.spec ?? {};
  const min = checkCount(kind, name, "spec.minReplicas", minReplicas, 1);
  const max = checkCount(kind, name, "spec.maxReplicas", maxReplicas, 1);
  if (max < min) throw invalid(kind, name, "spec.maxReplicas", max, "must be greater than or equal to `minReplicas`");
}

function textMap(value: unknown, field: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (isRecord(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Record<string, string>;
  }
  throw badRequest(`metadata.${field}: json: cannot unmarshal into Go struct field of type map[string]string`);
}
