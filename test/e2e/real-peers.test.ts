import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { startEvenkeel, type EvenkeelProcess } from "../support/evenkeel.ts";
import { alertmanager, describeWith, kubernetes, prometheus, redis } from "../support/needs.ts";
import { freePort, run, temporaryFolder, type Running } from "../support/processes.ts";
import { finished, openScene, type PeerSettings, type Scene } from "../support/scene.ts";

const SCALE = "{action: scaling, value: +1, wait: 8s}";

describeWith([prometheus, alertmanager, kubernetes], "with real Prometheus, Alertmanager and Kubernetes", function () {
  this.timeout(120_000);
  let on: Scene;
  afterEach(() => on?.close());

  it("a slow service is scaled 1 → 2, its SLO proves it, and the problem closes", async () => {
    on = await openScene({ actions: [SCALE] });
    on.exporter.setLoad("raised");
    const state = await finished(on);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    const deployment = await on.cluster.replicas("carts-primary");
    assert.deepEqual([deployment.wanted, deployment.available], [2, 2]);
    assert.equal(deployment.annotations["evenkeel.dev/action"], `${state.context}.0`);
    await eventually("the resolved alert is in the log", async () => {
      const events = await on.journal.read(state.context);
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
    assert.equal((await on.journal.remediations({ project: on.project, limit: 10 })).length, 1);
  });

  it("when the first action does not help, the second is tried", async () => {
    on = await openScene({ actions: [SCALE, SCALE, "{action: escalate}"] });
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
    on = await openScene({ actions: [SCALE] });
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
    on = await openScene({ actions: [SCALE] }, { redisUrl: `redis://127.0.0.1:${port}` });
    on.exporter.setLoad("raised");
    const state = await finished(on);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    assert.equal((await on.cluster.replicas("carts-primary")).wanted, 2);
  });
});

describeWith([prometheus, alertmanager, kubernetes], "with each service in processes of its own", function () {
  this.timeout(150_000);
  let on: Scene | undefined;
  let processes: readonly EvenkeelProcess[] = [];
  after(() => on?.close());

  /** Two ingesters, two engines, an evaluation worker and a bridge; Alertmanager posts to the first ingester. */
  async function startAll(settings: PeerSettings) {
    const env = environment(settings);
    const roles = ["ingester", "ingester", "engine", "engine", "evaluation", "bridge"];
    const first = await startEvenkeel(env, [roles[0]!], Number(settings["server.port"]));
    const others = await Promise.all(roles.slice(1).map((role) => startEvenkeel(env, [role])));
    processes = [first, ...others];
    return { close: () => Promise.all(processes.map((one) => one.stop())) };
  }

  it("a slow service is scaled and healed, once, and the bridge tells of it", async () => {
    on = await openScene({ actions: [SCALE] }, { start: startAll });
    on.exporter.setLoad("raised");
    const state = await finished(on, 90_000);
    assert.deepEqual([state.result, state.reason], ["pass", "healed"], state.message);
    assert.equal((await on.cluster.replicas("carts-primary")).wanted, 2);
    const bridge = processes.at(-1)!;
    const answer = await fetch(`${bridge.url}/v1/remediations?project=${on.project}`);
    const { items } = (await answer.json()) as { items: { context: string; reason: string }[] };
    assert.deepEqual(
      items.map(({ context, reason }) => [context, reason]),
      [[state.context, "healed"]],
    );
  });
});

function environment(settings: PeerSettings): Record<string, string> {
  return {
    DATABASE_URL: String(settings["database.url"]),
    KUBECONFIG: String(settings["kubernetes.kubeconfig"]),
    EVENKEEL_SLI__PROMETHEUS__URL: String(settings["sli.prometheus.url"]),
    EVENKEEL_REMEDIATION__SETTLE: String(settings["remediation.settle"]),
  };
}
