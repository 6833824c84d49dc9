/**
 * A kubeconfig file for one cluster, as JSON (which every YAML reader takes). Clients refuse plain http unless the
 * cluster is marked `insecure-skip-tls-verify`.
 */
export function kubeconfig(server: string, token: string | undefined): string {
  const name = "simulator";
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name, user: token === undefined ? {} : { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  return JSON.stringify(config, undefined, 2);
}
