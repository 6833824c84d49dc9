import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { startSimulator } from "./simulator.ts";
import type { Simulator, SimulatorOptions } from "./types.ts";

const carts = { project: "sockshop", stage: "production", service: "carts" };

describe("simulator", () => {
  let clock: number;
  let simulator: Simulator;
  let server: Server;
  let statuses: string[];

  beforeEach(async () => {
    clock = Date.parse("2026-05-04T09:00:00Z");
    statuses = [];
    server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        statuses.push((JSON.parse(text) as { status: string }).status);
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    await simulator.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function start(options: Partial<SimulatorOptions> = {}): Promise<void> {
    const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    simulator = await startSimulator({ services: [carts], webhookUrl, now: () => clock, tickMs: 0, ...options });
  }

  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 4; step++) {
      clock += 250;
      await simulator.tick();
    }
  }

  async function query(text: string): Promise<number> {
    const response = await fetch(`${simulator.prometheusUrl}/api/v1/query?query=${encodeURIComponent(text)}`);
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } };
    assert.equal(data.result.length, 1);
    return Number(data.result[0]!.value[1]);
  }

  async function scale(replicas: number): Promise<void> {
    const path = "/apis/apps/v1/namespaces/sockshop-production/deployments/carts/scale";
    const response = await fetch(simulator.kubernetesUrl + path, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ spec: { replicas } }),
    });
    assert.equal(response.status, 200);
  }

  it("plays the first incident: one more replica is not enough, two more are", async () => {
    await start();
    const slow = 'avg_over_time(http_response_time_milliseconds_p90{service="carts"}[5s])';
    assert.ok((await query(slow)) < 500);
    simulator.setLoad("carts", "surge", { rampMs: 2000 });
    await pass(10);
    assert.deepEqual(statuses, ["firing"]);
    assert.ok((await query(slow)) > 1500);

    await scale(2);
    await pass(15);
    assert.equal(simulator.snapshot("carts").replicas, 2);
    const [still, most] = [await query(slow), 1600];
    assert.ok(still > 1000 && still < most, `${still} ms`);

    await scale(3);
    await pass(15);
    assert.ok((await query(slow)) < 600);
    assert.equal(await query("kube_deployment_status_replicas_available"), 3);
    assert.deepEqual(statuses, ["firing", "resolved"]);
    assert.deepEqual(
      simulator.audit.map(({ before, after }) => [before, after]),
      [
        [1, 2],
        [2, 3],
      ],
    );
  });

  it("plays the second incident: replicas do not help against a slow dependency", async () => {
    await start();
    simulator.setFault("carts", { latencyMs: 1500 });
    await pass(5);
    assert.deepEqual(statuses, ["firing"]);
    await scale(5);
    await pass(10);
    assert.equal(simulator.snapshot("carts").replicas, 5);
    assert.ok(simulator.snapshot("carts").response_time_p90 > 1500);
    simulator.setFault("carts", undefined);
    await pass(1);
    assert.deepEqual(statuses, ["firing", "resolved"]);
  });

  it("runs several services apart from each other", async () => {
    const orders = { ...carts, service: "orders", replicas: 2, load: "raised" as const };
    await start({ services: [carts, orders, { ...carts, stage: "staging" }] });
    simulator.setLoad("sockshop/production/carts", "surge");
    await pass(5);
    assert.ok(simulator.snapshot("sockshop/production/carts").response_time_p90 > 1500);
    assert.ok(simulator.snapshot("sockshop/staging/carts").response_time_p90 < 500);
    assert.ok(simulator.snapshot("orders").response_time_p90 < 500);
    assert.throws(() => simulator.snapshot("carts"), /service carts: ambiguous; known are sockshop\/production\/carts/);
    assert.throws(() => simulator.setLoad("nobody", "calm"), /service nobody: unknown/);
  });

  it("has a history from before its start", async () => {
    await start({ historyMs: 60_000 });
    assert.ok((await query("sum(increase(http_requests_total[50s]))")) > 450);
  });

  it("reports each step to whoever listens", async () => {
    await start();
    const seen: [string, number][] = [];
    const stop = simulator.onSample((service, sample) => seen.push([service, sample.at - clock]));
    await pass(0.5);
    stop();
    await pass(1);
    assert.deepEqual(seen, [
      ["sockshop/production/carts", 0],
      ["sockshop/production/carts", 0],
    ]);
  });

  it("moves by itself on the real clock", async () => {
    simulator = await startSimulator({ services: [carts], tickMs: 10 });
    await new Promise<void>((resolve) => {
      const stop = simulator.onSample(() => (stop(), resolve()));
    });
  });

  it("says when a port is taken, and leaves nothing open then", async () => {
    await start();
    const port = Number(new URL(simulator.kubernetesUrl).port);
    const services = [carts];
    await assert.rejects(startSimulator({ services, portKubernetes: port }), { code: "EADDRINUSE" });
    const free = await startSimulator({ services });
    await free.stop();
    const portKubernetes = Number(new URL(free.kubernetesUrl).port);
    await assert.rejects(startSimulator({ services, portKubernetes, portPrometheus: port }), { code: "EADDRINUSE" });
    const again = await startSimulator({ services, portKubernetes });
    await again.stop();
  });

  it("listens on loopback only", async () => {
    await start();
    await assert.rejects(startSimulator({ services: [carts], host: "0.0.0.0" }), /loopback/);
  });

  it("closes its listeners when it stops", async () => {
    await start({ tickMs: 10 });
    await fetch(`${simulator.kubernetesUrl}/readyz`);
    await simulator.stop();
    await assert.rejects(fetch(`${simulator.kubernetesUrl}/readyz`));
    await assert.rejects(fetch(`${simulator.prometheusUrl}/-/ready`));
    await simulator.stop();
  });
});
