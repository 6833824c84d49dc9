import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startPlatform, ROLES, type Platform } from "@evenkeel/cli";
import { testDatabase } from "@evenkeel/embedded/testing";
import type { Remediation } from "@evenkeel/remediation";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { startExporter, type Exporter } from "@evenkeel/simulator";
import { testCluster, type TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { startMonitoring, type Monitoring } from "../support/monitoring.ts";
import { alertmanager, describeWith, kubernetes, prometheus, redis } from "../support/needs.ts";
import { freePort, run, temporaryFolder, type Running } from "../support/processes.ts";
import { projectFiles, type ProjectOptions } from "../support/project.ts";

const SCALE = "{action: scaling, value: +1, wait: 8s}";

/** One installation with its real peers, and a service whose slowness depends on its real Deployment. */
interface Scene {
  project: string;
  cluster: TestCluster;
  exporter: Exporter;
  platform: Platform;
  remediation(): Promise<Remediation | undefined>;
  kinds(): Promise<string[]>;
  close(): Promise<void>;
}

async function scene(files: ProjectOptions, options: { redisUrl?: string } = {}): Promise<Scene> {
  const project = `shop${randomBytes(3).toString("hex")}`;
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const folder = temporaryFolder();
  closers.push(folder.remove);
  const cluster = await testCluster(`${project}-production`);
  closers.push(() => cluster.remove());
  await cluster.deploy("carts-primary", 1);
  const exporter = await startExporter({
    model: { project, stage: "production", service: "carts" },
    replicas: async () => (await cluster.replicas("carts-primary")).available,
  });
  closers.push(() => exporter.stop());
  const port = await freePort();
  const monitoring: Monitoring = await startMonitoring({
    folder: join(folder.path, "monitoring"),
    scrape: [new URL(exporter.url).host],
    webhookUrl: `http://127.0.0.1:${port}/v1/webhooks/alertmanager`,
  });
  closers.push(() => monitoring.stop());
  const database = await testDatabase();
  const { settings } = loadConfig({
    env: {},
    flags: {
      "database.url": database.url,
      "queue.redisUrl": options.redisUrl,
      "server.port": port,
      "kubernetes.kubeconfig": process.env["KUBECONFIG"],
      "sli.prometheus.url": monitoring.prometheusUrl,
      "remediation.settle": "3s",
    },
  });
  const platform = await startPlatform({ settings, roles: ROLES, log: silentLog, version: "test" });
  closers.push(() => platform.close());
  await platform.journal.apply(project, projectFiles(files), { replace: true });
  const first = async () => (await platform.journal.remediations({ project, limit: 10 })).at(-1)?.state;
  return {
    project,
    cluster,
    exporter,
    platform,
    remediation: first,
    async kinds() {
      const state = await first();
      return state ? (await platform.journal.read(state.context)).map((event) => event.kind) : [];
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

async function finished(on: Scene, within = 60_000) {
  return eventually(
    "the remediation is finished",
    async () => {
      const state = await on.remediation();
      return state?.phase === "finished" && state;
    },
    { within, seen: async () => `${(await on.kinds()).join(" ")}` },
  );
}

describeWith([prometheus, alertmanager, kubernetes], "with real Prometheus, Alertmanager and Kubernetes", function () {
  this.timeout(120_000);
  let on: Scene;
  afterEach(() => on?.close());

  it("a slow service is scaled 1 → 2, its SLO proves it, and the problem closes", async () => {
    on = await scene({ actions: [SCALE] });
    on.exporter.setLoad("raised");
    const state = await finished(on);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    const deployment = await on.cluster.replicas("carts-primary");
    assert.deepEqual([deployment.wanted, deployment.available], [2, 2]);
    assert.equal(deployment.annotations["evenkeel.dev/action"], `${state.context}.0`);
    await eventually("the resolved alert is in the log", async () => {
      const events = await on.platform.journal.read(state.context);
      return events.some((event) => event.kind === "problem" && event.data.state === "resolved");
    });
    assert.deepEqual(
      (await on.kinds()).filter((kind) => kind !== "problem"),
      [
        "remediation.triggered",
        "remediation.started",
        "get-action.triggered",
        "get-action.started",
        "get-action.finished",
        "action.triggered",
        "action.started",
        "action.finished",
        "wait.triggered",
        "wait.finished",
        "evaluation.triggered",
        "evaluation.started",
        "get-sli.triggered",
        "get-sli.started",
        "get-sli.finished",
        "evaluation.finished",
        "remediation.finished",
      ],
    );
    assert.equal((await on.platform.journal.remediations({ project: on.project, limit: 10 })).length, 1);
  });

  it("when the first action does not help, the second is tried", async () => {
    on = await scene({ actions: [SCALE, SCALE, "{action: escalate}"] });
    on.exporter.setLoad("surge");
    const state = await finished(on, 90_000);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    assert.deepEqual(
      state.steps.map((step) => [step.action, step.evaluation?.result]),
      [
        ["scaling", "fail"],
        ["scaling", "pass"],
      ],
    );
    assert.equal((await on.cluster.replicas("carts-primary")).wanted, 3);
  });

  it("a service that an HPA owns gets a higher minimum instead", async () => {
    on = await scene({ actions: [SCALE] });
    await on.cluster.autoscale("carts-primary", { min: 1, max: 4 });
    on.exporter.setLoad("raised");
    const state = await finished(on);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    assert.equal(await on.cluster.minReplicas("carts-primary"), 2);
    assert.equal((await on.cluster.replicas("carts-primary")).wanted, 2);
  });
});

describeWith([prometheus, alertmanager, kubernetes, redis], "with Redis as the queue", function () {
  this.timeout(120_000);
  let on: Scene | undefined;
  let server: Running | undefined;
  const folder = temporaryFolder();
  after(async () => {
    await on?.close();
    await server?.stop();
    folder.remove();
  });

  it("a slow service is scaled and healed", async () => {
    const port = await freePort();
    server = run("redis-server", ["--port", String(port), "--dir", folder.path, "--save", "", "--appendonly", "yes"]);
    on = await scene({ actions: [SCALE] }, { redisUrl: `redis://127.0.0.1:${port}` });
    assert.equal(on.platform.queue, "Redis");
    on.exporter.setLoad("raised");
    const state = await finished(on);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    assert.equal((await on.cluster.replicas("carts-primary")).wanted, 2);
  });
});
