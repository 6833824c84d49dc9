// The sample service of docker-compose.yml: sockshop/production/carts under load, on a simulated Kubernetes API. Prometheus
// scrapes it, Evenkeel scales it. It is calm at first, then the load rises for good; to see it again, restart it.
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { startSimulator } from "../../packages/simulator/src/index.ts";

const calmSeconds = Number(process.env["SAMPLE_CALM_SECONDS"] ?? 45);
const load = Number(process.env["SAMPLE_LOAD"] ?? 36);
const ports = {
  kubernetes: Number(process.env["SAMPLE_KUBERNETES_PORT"] ?? 8001),
  metrics: Number(process.env["SAMPLE_METRICS_PORT"] ?? 9102),
};

const simulator = await startSimulator({
  services: [{ project: "sockshop", stage: "production", service: "carts", workload: "carts-primary" }],
  startupDelayMs: 5_000,
});
// The simulator keeps to loopback, which other containers cannot reach.
await forward(ports.kubernetes, simulator.kubernetesUrl);
await forward(ports.metrics, simulator.prometheusUrl);
// For an Evenkeel on this machine, as in docs/tutorial.md.
const kubeconfig = process.env["SAMPLE_KUBECONFIG"];
if (kubeconfig) writeFileSync(kubeconfig, simulator.kubeconfig());
console.log(`sample: Kubernetes API on ${ports.kubernetes}, metrics on ${ports.metrics}; calm for ${calmSeconds} s`);

const rise = setTimeout(() => {
  simulator.setLoad("carts", load, { rampMs: 10_000 });
  console.log(`sample: the load of carts rises to ${load} requests per second`);
}, calmSeconds * 1000);

let replicas = 1;
simulator.onSample((service) => {
  const { replicas: available } = simulator.snapshot(service);
  if (available === replicas) return;
  console.log(`sample: carts has ${available} available replicas now (${replicas} before)`);
  replicas = available;
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    clearTimeout(rise);
    void simulator.stop().then(() => process.exit(0));
  });
}

function forward(port: number, url: string): Promise<void> {
  const { hostname, port: target } = new URL(url);
  const server = createServer((client) => {
    const upstream = connect(Number(target), hostname);
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on("error", () => other.destroy());
    }
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "0.0.0.0", resolve);
  });
}
