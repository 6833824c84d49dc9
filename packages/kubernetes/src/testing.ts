import { randomBytes } from "node:crypto";
import { ProviderError } from "@evenkeel/runtime";
import { connect } from "./connection.ts";
import { createKubernetes } from "./create.ts";
import { failureOf } from "./failure.ts";
import { loadKubeconfig } from "./kubeconfig.ts";
import type { Kubernetes } from "./types.ts";

/** For tests: a real control plane, and a namespace of its own in it. */
export interface ControlPlane {
  kubernetes: Kubernetes;
  kubeconfig: string;
  namespace: string;
  create(path: string, body: object): Promise<void>;
  /** A Deployment of one container, or another kind with the same shape. */
  createWorkload(kind: "Deployment" | "StatefulSet", name: string, replicas: number): Promise<void>;
  createAutoscaler(name: string, target: string, bounds: { min: number; max: number }): Promise<void>;
  remove(path: string): Promise<void>;
  /** Deletes the namespace. */
  close(): Promise<void>;
}

/** Says in a title why a suite is pending. */
export const controlPlaneTitle = process.env.KUBECONFIG
  ? "on a real control plane"
  : "needs a Kubernetes control plane: set KUBECONFIG";

/** undefined, and the reason on the terminal, when there is none. */
export async function openControlPlane(): Promise<ControlPlane | undefined> {
  const kubeconfig = process.env.KUBECONFIG;
  if (!kubeconfig) return undefined;
  const kubernetes = await createKubernetes({ kubeconfig, deadlineMs: 10_000 });
  try {
    await kubernetes.version();
  } catch (error) {
    kubernetes.close();
    console.log(`      needs a Kubernetes control plane: ${kubeconfig} does not answer: ${String(error)}`);
    return undefined;
  }
  const connection = connect(await loadKubeconfig({ kubeconfig }), { deadlineMs: 10_000 });
  const namespace = `evenkeel-test-${randomBytes(5).toString("hex")}`;
  const send = async (method: "POST" | "DELETE", path: string, body?: object): Promise<void> => {
    const answer = await connection.send({ method, path, body });
    if (answer.status > 299) throw failureOf(`${method} ${path}`, answer, Date.now());
  };
  const create = (path: string, body: object) => send("POST", path, body);
  await create("/api/v1/namespaces", { metadata: { name: namespace } });

  return {
    kubernetes,
    kubeconfig,
    namespace,
    create,
    createWorkload: (kind, name, replicas) =>
      create(`/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`, {
        metadata: { name },
        spec: {
          replicas,
          serviceName: kind === "StatefulSet" ? name : undefined,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "example.test/none" }] },
          },
        },
      }),
    createAutoscaler: (name, target, { min, max }) =>
      create(`/apis/autoscaling/v1/namespaces/${namespace}/horizontalpodautoscalers`, {
        metadata: { name },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target },
          minReplicas: min,
          maxReplicas: max,
          targetCPUUtilizationPercentage: 80,
        },
      }),
    remove: (path) => send("DELETE", path),
    async close() {
      await send("DELETE", `/api/v1/namespaces/${namespace}`);
      connection.close();
      kubernetes.close();
    },
  };
}

/** Again with what is there now, as often as one of the cluster's controllers has written in between. */
export async function despiteConflicts<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ProviderError) || error.reason !== "conflict") throw error;
    }
  }
}
