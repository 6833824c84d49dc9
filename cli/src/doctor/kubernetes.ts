import { ProviderError, type Settings } from "@evenkeel/runtime";
import { fail, ok, reasonOf, warn, type Check } from "./check.ts";

const RIGHTS = [
  ["get", "apps", "deployments"],
  ["patch", "apps", "deployments"],
  ["list", "", "pods"],
  ["list", "autoscaling", "horizontalpodautoscalers"],
] as const;

/** Is there a cluster, and may we scale what is in the namespace? */
export async function* checkKubernetes({ kubernetes: settings }: Settings, namespace: string): AsyncGenerator<Check> {
  const { createKubernetes } = await import("@evenkeel/kubernetes");
  const hint = "set kubernetes.kubeconfig, KUBECONFIG, or run inside of the cluster";
  let kubernetes: Awaited<ReturnType<typeof createKubernetes>>;
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
    const missing: string[] = [];
    for (const [verb, group, resource] of RIGHTS) {
      if (!(await kubernetes.canI(verb, group, resource, namespace))) missing.push(`${verb} ${resource}`);
    }
    if (missing.length === 0) yield ok("rights", `may scale deployments in namespace ${namespace}`);
    else
      yield fail(
        "rights",
        `may not ${missing.join(", ")} in namespace ${namespace}`,
        "apply the Role of deploy/kubernetes there",
      );
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    yield settings.kubeconfig ? fail("kubernetes", reasonOf(error), hint) : warn("kubernetes", reasonOf(error), hint);
  } finally {
    kubernetes.close();
  }
}
