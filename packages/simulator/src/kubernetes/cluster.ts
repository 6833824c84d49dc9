import { autoscalerStatus, wantedByAutoscaler } from "./autoscaler.ts";
import { replicasOf, workloadResources, type KubernetesObject, type WorkloadResource } from "./objects.ts";
import { adjustPods, podObject, type Pod } from "./pods.ts";
import { createStore, timestamp, type NewObject, type Store } from "./store.ts";

export type ClusterSettings = {
  now: () => number;
  newId: () => string;
  startupDelayMs: number;
  startupStaggerMs: number;
  hpaSyncMs: number;
};

export type Cluster = {
  store: Store;
  /** Creates a Deployment or StatefulSet with its namespace. `available`: its first pods are ready at once. */
  createWorkload(
    resource: WorkloadResource,
    object: NewObject & { namespace: string; replicas: number },
    options?: { available?: boolean },
  ): KubernetesObject;
  /** Pods of a workload that serve now. */
  available(resource: WorkloadResource, namespace: string, name: string): number;
  /** At most so many pods of a workload become available; `undefined` lifts it. */
  limitAvailable(namespace: string, name: string, count: number | undefined): void;
  /** What an autoscaler finds right for the present load, before its bounds. At first: the replicas it found. */
  recommend(namespace: string, name: string, replicas: number): void;
  /** Pods of a namespace as objects. */
  pods(namespace: string): KubernetesObject[];
  /** Lets the controllers work up to the clock's time. */
  advance(): void;
};

/** Objects, and the controllers that move them: workloads get pods, autoscalers correct workloads. */
export function createCluster({ now, newId, startupDelayMs, startupStaggerMs, hpaSyncMs }: ClusterSettings): Cluster {
  const store = createStore(now, newId);
  const podsByUid = new Map<string, readonly Pod[]>();
  const limits = new Map<string, number>();
  const recommendations = new Map<string, number>();
  let nextSync = -Infinity;

  const readyPods = (owner: KubernetesObject): readonly Pod[] => {
    const limit = limits.get(`${owner.metadata.namespace}/${owner.metadata.name}`) ?? Infinity;
    return (podsByUid.get(owner.metadata.uid) ?? []).filter((pod) => pod.readyAt <= now()).slice(0, limit);
  };
  const newPod = (owner: KubernetesObject, ordinal: number, readyAt: number): Pod => {
    const uid = newId();
    const suffix = owner.kind === "StatefulSet" ? String(ordinal) : uid.slice(-5);
    return { name: `${owner.metadata.name}-${suffix}`, uid, createdAt: now(), readyAt };
  };

  function settleWorkload(resource: WorkloadResource, owner: KubernetesObject): void {
    const { uid } = owner.metadata;
    const wanted = replicasOf(owner);
    const pods = adjustPods(podsByUid.get(uid) ?? [], wanted, (ordinal, position) =>
      newPod(owner, ordinal, now() + startupDelayMs + position * startupStaggerMs),
    );
    podsByUid.set(uid, pods);
    const ready = readyPods(owner).length;
    store.replace(resource, owner, { ...owner, status: workloadStatus(owner, pods.length, ready) });
  }

  function syncAutoscalers(): void {
    for (const hpa of store.list("horizontalpodautoscalers")) {
      const target = hpa.spec?.scaleTargetRef as { kind?: string; name?: string } | undefined;
      const resource = target?.kind === "StatefulSet" ? "statefulsets" : "deployments";
      const owner = store.get(resource, hpa.metadata.namespace, target?.name ?? "");
      if (!owner) continue;
      const current = replicasOf(owner);
      const recommended = recommendations.get(hpa.metadata.uid) ?? current;
      recommendations.set(hpa.metadata.uid, recommended);
      const wanted = wantedByAutoscaler(hpa, current, recommended);
      store.replace(resource, owner, { ...owner, spec: { ...owner.spec, replicas: wanted } });
      store.replace("horizontalpodautoscalers", hpa, {
        ...hpa,
        status: autoscalerStatus(hpa, current, wanted, timestamp(now())),
      });
    }
  }

  return {
    store,
    createWorkload(resource, { replicas, ...object }, { available = false } = {}) {
      if (!store.get("namespaces", undefined, object.namespace)) store.create("namespaces", { name: object.namespace });
      const labels = { app: object.name, ...object.labels };
      const selector = { matchLabels: { app: object.name } };
      const spec = { replicas, selector, template: podTemplate(object.name), ...object.spec };
      const owner = store.create(resource, { ...object, labels, spec });
      if (available) {
        podsByUid.set(
          owner.metadata.uid,
          adjustPods([], replicas, (ordinal) => newPod(owner, ordinal, now())),
        );
      }
      settleWorkload(resource, owner);
      return store.get(resource, object.namespace, object.name)!;
    },
    available(resource, namespace, name) {
      const owner = store.get(resource, namespace, name);
      return owner ? readyPods(owner).length : 0;
    },
    limitAvailable(namespace, name, count) {
      if (count === undefined) limits.delete(`${namespace}/${name}`);
      else limits.set(`${namespace}/${name}`, count);
    },
    recommend(namespace, name, replicas) {
      const hpa = store.get("horizontalpodautoscalers", namespace, name);
      if (!hpa) throw new Error(`no HorizontalPodAutoscaler ${namespace}/${name}`);
      recommendations.set(hpa.metadata.uid, replicas);
    },
    pods(namespace) {
      return workloadResources.flatMap((resource) =>
        store.list(resource, namespace).flatMap((owner) => {
          const ready = new Set(readyPods(owner));
          return (podsByUid.get(owner.metadata.uid) ?? []).map((pod) => podObject(owner, pod, ready.has(pod)));
        }),
      );
    },
    advance() {
      if (now() >= nextSync) {
        nextSync = now() + hpaSyncMs;
        syncAutoscalers();
      }
      for (const resource of workloadResources) {
        for (const owner of store.list(resource)) settleWorkload(resource, owner);
      }
    },
  };
}

// Counts of zero are left out, as the API does: a client that reads them must expect `undefined`.
function workloadStatus(owner: KubernetesObject, pods: number, ready: number): Record<string, unknown> {
  const wanted = replicasOf(owner);
  const counts = { updatedReplicas: pods, readyReplicas: ready, availableReplicas: ready };
  const unavailable = owner.kind === "Deployment" ? { unavailableReplicas: wanted - ready } : {};
  return {
    observedGeneration: owner.metadata.generation,
    replicas: pods,
    ...Object.fromEntries(Object.entries({ ...counts, ...unavailable }).filter(([, count]) => count > 0)),
    conditions: [
      {
        type: "Available",
        status: ready >= Math.floor(wanted * 0.75) ? "True" : "False",
        reason: ready >= Math.floor(wanted * 0.75) ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
      },
      {
        type: "Progressing",
        status: "True",
        reason: ready === wanted ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
      },
    ],
  };
}

function podTemplate(name: string) {
  return { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: "simulated" }] } };
}
