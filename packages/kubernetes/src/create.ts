import { createApi, markedAt } from "./api.ts";
import { createAutoscalers } from "./autoscalers.ts";
import { connect } from "./connection.ts";
import { isMissingObject } from "./failure.ts";
import { loadKubeconfig, type KubeconfigOptions } from "./kubeconfig.ts";
import { pathName } from "./names.ts";
import { AccessReview, PodList, ResourceList, toPods, toWorkload, Version, WorkloadObject } from "./objects.ts";
import type { Kubernetes, WorkloadKind, WorkloadRef } from "./types.ts";

export interface KubernetesOptions extends KubeconfigOptions {
  /** For each call, from login to the answer's last byte; 10 s when left out. */
  deadlineMs?: number;
}

const PLURAL: Record<WorkloadKind, string> = { Deployment: "deployments", StatefulSet: "statefulsets" };
const MAX_PODS = 100;

/** Connects lazily: nothing is sent before the first call. Throws ProviderError "refused" for unusable credentials. */
export async function createKubernetes(options: KubernetesOptions = {}): Promise<Kubernetes> {
  const connection = connect(await loadKubeconfig(options), { deadlineMs: options.deadlineMs ?? 10_000 });
  const api = createApi(connection);
  const autoscalers = createAutoscalers(api);

  return {
    async workload(ref, signal) {
      const call = { method: "GET", path: pathOf(ref), signal } as const;
      const answer = await connection.send(call);
      if (isMissingObject(answer)) return undefined;
      return toWorkload(ref.kind, api.parse(call, answer, WorkloadObject));
    },
    autoscalerOf: autoscalers.of,
    async scale(workload, replicas, mark, signal) {
      const body = { ...markedAt(workload.resourceVersion, mark), spec: { replicas } };
      return toWorkload(workload.kind, await api.patch(pathOf(workload), body, WorkloadObject, signal));
    },
    raiseMinimum: autoscalers.raiseMinimum,
    async pods(workload, signal) {
      // An empty selector would name every pod of the namespace.
      if (workload.selector === undefined) return [];
      const query = `labelSelector=${encodeURIComponent(workload.selector)}&limit=${MAX_PODS}`;
      const path = `/api/v1/namespaces/${pathName("namespace", workload.namespace)}/pods?${query}`;
      return toPods(await api.get(path, PodList, signal));
    },
    async version(signal) {
      return (await api.get("/version", Version, signal)).gitVersion;
    },
    async canI(verb, group, resource, namespace, signal) {
      const [plural, subresource] = resource.split("/");
      const attributes = { verb, group, resource: plural, namespace, ...(subresource ? { subresource } : {}) };
      const body = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: attributes },
      };
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      return (await api.post(path, body, AccessReview, signal)).status.allowed;
    },
    async serves(groupVersion, resource, signal) {
      const list = await api.getIfServed(`/apis/${groupVersion}`, ResourceList, signal);
      return list?.resources.some(({ name }) => name === resource) ?? false;
    },
    close: () => connection.close(),
  };
}

const pathOf = ({ kind, namespace, name }: WorkloadRef): string =>
  `/apis/apps/v1/namespaces/${pathName("namespace", namespace)}/${PLURAL[kind]}/${pathName("name", name)}`;
