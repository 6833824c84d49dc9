import type { Kubernetes } from "@evenkeel/kubernetes";
import { ProviderError, type Settings } from "@evenkeel/runtime";
import { fail, ok, reasonOf, warn, type Check } from "./check.ts";

const KEDA = "keda.sh";

/** Those of deploy/kubernetes/target-namespace.yaml, in its order. */
const RIGHTS = [
  ["get", "apps", "deployments"],
  ["patch", "apps", "deployments"],
  ["get", "apps", "statefulsets"],
  ["patch", "apps", "statefulsets"],
  ["list", "autoscaling", "horizontalpodautoscalers"],
  ["patch", "autoscaling", "horizontalpodautoscalers"],
  ["get", KEDA, "scaledobjects"],
  ["patch", KEDA, "scaledobjects"],
  ["list", "", "pods"],
] as const;

/** Is there a cluster, and may we scale what is in the namespace? */
export async function* checkKubernetes({ kubernetes: settings }: Settings, namespace: string): AsyncGenerator<Check> {
  const { createKubernetes } = await import("@evenkeel/kubernetes");
  const hint = "set kubernetes.kubeconfig, KUBECONFIG, or run inside of the cluster";
  let kubernetes: Kubernetes;
  try {
    kubernetes = await createKubernetes({ kubeconfig: settings.kubeconfig, deadlineMs: 4_000 });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    // Without a cluster there is still the log, and there are quality gates.
    yield settings.kubeconfig ? fail("kubernetes", reasonOf(error), hint) : warn("kubernetes", reasonOf(error), hint);
    return;
  }
  try {
    const version = await kubernetes.version();
    yield ok("kubernetes", version);
    yield await checkRights(kubernetes, namespace);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    yield settings.kubeconfig ? fail("kubernetes", reasonOf(error), hint) : warn("kubernetes", reasonOf(error), hint);
  } finally {
    kubernetes.close();
  }
}

async function checkRights(kubernetes: Kubernetes, namespace: string): Promise<Check> {
  const keda = await kubernetes.serves(`${KEDA}/v1alpha1`, "scaledobjects");
  const missing: string[] = [];
  for (const [verb, group, resource] of RIGHTS) {
    if (group === KEDA && !keda) continue;
    const name = group === KEDA ? `${resource}.${group}` : resource;
    if (!(await kubernetes.canI(verb, group, resource, namespace))) missing.push(`${verb} ${name}`);
  }
  if (missing.length === 0) return ok("rights", `may scale in namespace ${namespace}`);
  const next = "apply deploy/kubernetes/target-namespace.yaml there";
  return fail("rights", `may not ${missing.join(", ")} in namespace ${namespace}`, next);
}
