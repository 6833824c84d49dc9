import { delimiter } from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { ProviderError } from "@evenkeel/runtime";

export interface KubeconfigOptions {
  /** Path of a kubeconfig file, or several as in `KUBECONFIG`. */
  kubeconfig?: string;
  /** The file's text itself; wins over the path. */
  kubeconfigText?: string;
  /** Use the pod's service account. */
  inCluster?: boolean;
}

/**
 * Loads the credentials. With no option at all: `KUBECONFIG`, `~/.kube/config`, then the pod's service account, as
 * kubectl does. Throws ProviderError "refused" when there is none or it cannot be read.
 */
export async function loadKubeconfig(options: KubeconfigOptions): Promise<KubeConfig> {
  // Half a second and 80 MB: only whoever talks to a cluster pays for it.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  try {
    load(config, options, () => new KubeConfig());
  } catch (error) {
    throw new ProviderError("refused", `${sourceOf(options)} cannot be used: ${messageOf(error)}`, { cause: error });
  }
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    const context = config.getCurrentContext();
    const which = context ? `the current context "${context}" names no cluster` : "there is no current context";
    throw new ProviderError("refused", `${sourceOf(options)} cannot be used: ${which}`);
  }
  if (isLastResort(options, cluster)) {
    throw new ProviderError("refused", "no Kubernetes cluster is configured: set KUBECONFIG, or run inside a cluster");
  }
  if (cluster.server.startsWith("http:") && !cluster.skipTLSVerify) {
    const message = `${cluster.server} is not encrypted: set insecure-skip-tls-verify for this cluster to allow it`;
    throw new ProviderError("refused", message);
  }
  describeToPlugin(config);
  return config;
}

function load(config: KubeConfig, options: KubeconfigOptions, empty: () => KubeConfig): void {
  if (options.kubeconfigText !== undefined) return config.loadFromString(options.kubeconfigText);
  if (options.inCluster) return loadServiceAccount(config);
  if (options.kubeconfig === undefined) return config.loadFromDefault();
  const [first = "", ...others] = options.kubeconfig.split(delimiter).filter((path) => path !== "");
  config.loadFromFile(first);
  for (const path of others) {
    const more = empty();
    more.loadFromFile(path);
    config.mergeConfig(more, true);
  }
}

function loadServiceAccount(config: KubeConfig): void {
  if (!process.env.KUBERNETES_SERVICE_HOST) throw new Error("this process does not run inside a Kubernetes cluster");
  config.loadFromCluster();
}

/** The library's answer when it finds nothing, which would end as a puzzling "connection refused". */
function isLastResort(options: KubeconfigOptions, cluster: { name: string; server: string }): boolean {
  const isDefault = options.kubeconfigText === undefined && options.kubeconfig === undefined && !options.inCluster;
  return isDefault && cluster.name === "cluster" && cluster.server === "http://localhost:8080";
}

/** kubectl tells exec plugins what it expects of them; the library does not, and some plugins insist. */
function describeToPlugin(config: KubeConfig): void {
  const exec: unknown = config.getCurrentUser()?.exec;
  if (typeof exec !== "object" || exec === null) return;
  const plugin = exec as { apiVersion?: string; env?: { name: string; value: string }[] | null };
  const info = { apiVersion: plugin.apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  plugin.env = [...(plugin.env ?? []), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }];
}

function sourceOf(options: KubeconfigOptions): string {
  if (options.kubeconfigText !== undefined) return "the given kubeconfig";
  if (options.inCluster) return "the pod's service account";
  return options.kubeconfig === undefined ? "the default kubeconfig" : `the kubeconfig ${options.kubeconfig}`;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
