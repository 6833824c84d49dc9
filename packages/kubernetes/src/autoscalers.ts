import { ProviderError } from "@evenkeel/runtime";
import { markedAt, type Api } from "./api.ts";
import { pathName } from "./names.ts";
import {
  AutoscalerList,
  AutoscalerObject,
  fromHpa,
  fromScaledObject,
  scaledObjectOf,
  ScaledObject,
} from "./objects.ts";
import type { Kubernetes, WorkloadRef } from "./types.ts";

// v2 is served since Kubernetes 1.23, v1 by every version.
const VERSIONS = ["v2", "v1"] as const;
type ApiVersion = (typeof VERSIONS)[number];

/** Finds and changes what owns a workload's replicas. */
export function createAutoscalers(api: Api): {
  of: Kubernetes["autoscalerOf"];
  raiseMinimum: Kubernetes["raiseMinimum"];
} {
  let served: ApiVersion | undefined;

  async function list(namespace: string, signal?: AbortSignal): Promise<AutoscalerObject[]> {
    for (const version of served ? [served] : VERSIONS) {
      const found = await api.getIfServed(hpasPath(version, namespace), AutoscalerList, signal);
      if (!found) continue;
      served = version;
      return found.items;
    }
    served = undefined;
    throw new ProviderError("not-found", "the server serves neither autoscaling/v2 nor autoscaling/v1");
  }

  return {
    async of(workload, signal) {
      const owners = (await list(workload.namespace, signal)).filter((hpa) => targets(hpa, workload));
      const [hpa, other] = owners;
      if (!hpa) return undefined;
      if (other) {
        const names = owners.map(({ metadata }) => metadata.name).join(", ");
        const message = `${workload.kind} ${workload.namespace}/${workload.name} has more than one autoscaler: ${names}`;
        throw new ProviderError("refused", message);
      }
      const scaledObject = scaledObjectOf(hpa);
      if (scaledObject === undefined) return fromHpa(hpa);
      const path = scaledObjectPath(workload.namespace, scaledObject);
      return fromScaledObject(await api.get(path, ScaledObject, signal), hpa.status?.currentReplicas);
    },

    async raiseMinimum(autoscaler, minReplicas, mark, signal) {
      const metadata = markedAt(autoscaler.resourceVersion, mark);
      if (autoscaler.kind === "ScaledObject") {
        const path = scaledObjectPath(autoscaler.namespace, autoscaler.name);
        const body = { ...metadata, spec: { minReplicaCount: minReplicas } };
        return fromScaledObject(await api.patch(path, body, ScaledObject, signal), autoscaler.currentReplicas);
      }
      const path = `${hpasPath(served ?? "v1", autoscaler.namespace)}/${pathName("name", autoscaler.name)}`;
      return fromHpa(await api.patch(path, { ...metadata, spec: { minReplicas } }, AutoscalerObject, signal));
    },
  };
}

function targets({ spec }: AutoscalerObject, { kind, name }: WorkloadRef): boolean {
  const target = spec.scaleTargetRef;
  const [group] = (target.apiVersion ?? "apps/v1").split("/");
  return group === "apps" && target.kind === kind && target.name === name;
}

const hpasPath = (version: ApiVersion, namespace: string): string =>
  `/apis/autoscaling/${version}/namespaces/${pathName("namespace", namespace)}/horizontalpodautoscalers`;

const scaledObjectPath = (namespace: string, name: string): string =>
  `/apis/keda.sh/v1alpha1/namespaces/${pathName("namespace", namespace)}/scaledobjects/${pathName("name", name)}`;
