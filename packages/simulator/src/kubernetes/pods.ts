import { apiVersion, podLabels, type KubernetesObject } from "./objects.ts";
import { timestamp } from "./store.ts";

/** A pod of a workload. It is ready from `readyAt` on. */
export type Pod = { name: string; uid: string; createdAt: number; readyAt: number };

/** The API's object of a pod; `ready` is said by the controller, which knows about limits. */
export function podObject(owner: KubernetesObject, pod: Pod, ready: boolean): KubernetesObject {
  const status = ready ? "True" : "False";
  return {
    apiVersion: apiVersion("pods"),
    kind: "Pod",
    metadata: {
      name: pod.name,
      namespace: owner.metadata.namespace ?? "",
      uid: pod.uid,
      resourceVersion: owner.metadata.resourceVersion,
      creationTimestamp: timestamp(pod.createdAt),
      labels: podLabels(owner),
    },
    spec: { containers: [{ name: owner.metadata.name, image: "simulated" }] },
    status: {
      phase: ready ? "Running" : "Pending",
      conditions: ["PodScheduled", "Initialized"]
        .map((type) => ({ type, status: "True" }))
        .concat(["ContainersReady", "Ready"].map((type) => ({ type, status }))),
      startTime: timestamp(pod.createdAt),
    },
  };
}

/** Pods to add or to take away so that there are `wanted`. The newest go first. */
export function adjustPods(
  pods: readonly Pod[],
  wanted: number,
  make: (ordinal: number, position: number) => Pod,
): readonly Pod[] {
  if (pods.length >= wanted) return pods.slice(0, wanted);
  const added = Array.from({ length: wanted - pods.length }, (_, position) => make(pods.length + position, position));
  return [...pods, ...added];
}
