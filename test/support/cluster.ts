import { AppsV1Api, AutoscalingV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { eventually } from "./eventually.ts";

export interface TestCluster {
  namespace: string;
  deploy(name: string, replicas: number): Promise<void>;
  /** An HPA that never scales by itself, since there are no metrics: only its minReplicas move the target. */
  autoscale(name: string, bounds: { min: number; max: number }): Promise<void>;
  replicas(name: string): Promise<{ wanted: number; available: number; annotations: Record<string, string> }>;
  minReplicas(name: string): Promise<number | undefined>;
  /** How often the object's spec was written. */
  generation(name: string): Promise<number>;
  remove(): Promise<void>;
}

/** A namespace of its own in the cluster that KUBECONFIG names. */
export async function testCluster(namespace: string): Promise<TestCluster> {
  const config = new KubeConfig();
  config.loadFromFile(process.env["KUBECONFIG"]!);
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  const autoscaling = config.makeApiClient(AutoscalingV1Api);
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  const read = (name: string) => apps.readNamespacedDeployment({ name, namespace });
  return {
    namespace,
    async deploy(name, replicas) {
      const labels = { app: name };
      await apps.createNamespacedDeployment({
        namespace,
        body: {
          metadata: { name },
          spec: {
            replicas,
            selector: { matchLabels: labels },
            template: {
              metadata: { labels },
              spec: { containers: [{ name: "main", image: "registry.invalid/pause" }] },
            },
          },
        },
      });
      await eventually(`${name} has ${replicas} available replicas`, async () => {
        return (await read(name)).status?.availableReplicas === replicas;
      });
    },
    async autoscale(name, { min, max }) {
      await autoscaling.createNamespacedHorizontalPodAutoscaler({
        namespace,
        body: {
          metadata: { name },
          spec: {
            minReplicas: min,
            maxReplicas: max,
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
            targetCPUUtilizationPercentage: 80,
          },
        },
      });
    },
    async replicas(name) {
      const { spec, status, metadata } = await read(name);
      return {
        wanted: spec?.replicas ?? 0,
        available: status?.availableReplicas ?? 0,
        annotations: metadata?.annotations ?? {},
      };
    },
    async minReplicas(name) {
      return (await autoscaling.readNamespacedHorizontalPodAutoscaler({ name, namespace })).spec?.minReplicas;
    },
    async generation(name) {
      return (await read(name)).metadata?.generation ?? 0;
    },
    async remove() {
      await core.deleteNamespace({ name: namespace });
    },
  };
}
