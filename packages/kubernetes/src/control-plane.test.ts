import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { createKubernetes } from "./index.ts";
import { controlPlaneTitle, despiteConflicts, openControlPlane, type ControlPlane } from "./testing.ts";
import type { Kubernetes, Workload, WorkloadRef } from "./types.ts";

const MARK = { annotation: "evenkeel.dev/action", value: "step-1" };

describe(`the calls to Kubernetes, ${controlPlaneTitle}`, function () {
  this.timeout(60_000);
  let plane: ControlPlane;
  let kubernetes: Kubernetes;

  before(async function () {
    const opened = await openControlPlane();
    if (!opened) return this.skip();
    plane = opened;
    kubernetes = opened.kubernetes;
  });
  after(() => plane?.close());

  const ref = (name: string, kind: WorkloadRef["kind"] = "Deployment") => ({ kind, namespace: plane.namespace, name });
  async function workload(name: string, kind: WorkloadRef["kind"] = "Deployment"): Promise<Workload> {
    const found = await kubernetes.workload(ref(name, kind));
    assert.ok(found, `${kind} ${name} exists`);
    return found;
  }
  async function until(name: string, holds: (workload: Workload) => boolean): Promise<Workload> {
    for (;;) {
      const found = await workload(name);
      if (holds(found)) return found;
      await pause(200);
    }
  }

  it("tells its version", async () => {
    assert.match(await kubernetes.version(), /^v1\.\d+\.\d+/);
  });

  it("finds nothing where nothing is, in any namespace", async () => {
    assert.equal(await kubernetes.workload(ref("absent")), undefined);
    assert.equal(await kubernetes.workload(ref("absent", "StatefulSet")), undefined);
    assert.equal(await kubernetes.workload({ ...ref("absent"), namespace: "evenkeel-no-such-namespace" }), undefined);
  });

  it("scales a Deployment 1 → 2, leaves its mark, and sees the pods become available", async () => {
    await plane.createWorkload("Deployment", "carts", 1);
    const before = await until("carts", ({ available, observed }) => observed && available === 1);
    assert.deepEqual([before.replicas, before.current, before.selector], [1, 1, "app=carts"]);
    assert.equal(await kubernetes.autoscalerOf(before), undefined);

    const written = await despiteConflicts(async () => kubernetes.scale(await workload("carts"), 2, MARK));
    assert.equal(written.replicas, 2);
    assert.equal(written.annotations[MARK.annotation], "step-1");
    assert.equal(written.uid, before.uid);

    const after = await until("carts", ({ available, observed }) => observed && available === 2);
    const pods = await kubernetes.pods(after);
    assert.deepEqual(
      pods.map(({ ready, phase }) => [ready, phase]),
      [
        [true, "Running"],
        [true, "Running"],
      ],
    );
  });

  it("is refused with a conflict when somebody else has written since, and changes nothing", async () => {
    await plane.createWorkload("Deployment", "orders", 1);
    await until("orders", ({ available, observed }) => observed && available === 1);
    const seen = await despiteConflicts(async () => {
      const found = await workload("orders");
      await kubernetes.scale(found, 3, { ...MARK, value: "somebody else" });
      return found;
    });
    await assert.rejects(kubernetes.scale(seen, 2, MARK), {
      name: "ProviderError",
      reason: "conflict",
      retryable: true,
    });
    const now = await workload("orders");
    assert.deepEqual([now.replicas, now.annotations[MARK.annotation]], [3, "somebody else"]);
  });

  it("reads and scales a StatefulSet", async () => {
    await plane.createWorkload("StatefulSet", "carts-db", 1);
    const before = await workload("carts-db", "StatefulSet");
    assert.equal(before.replicas, 1);
    const scaled = await despiteConflicts(async () =>
      kubernetes.scale(await workload("carts-db", "StatefulSet"), 2, MARK),
    );
    assert.equal(scaled.replicas, 2);
    assert.equal((await workload("carts-db", "StatefulSet")).annotations[MARK.annotation], "step-1");
  });

  it("finds the autoscaler that owns a Deployment and raises its minimum", async () => {
    await plane.createWorkload("Deployment", "front", 1);
    await plane.createAutoscaler("front-hpa", "front", { min: 1, max: 4 });
    const found = await kubernetes.autoscalerOf(ref("front"));
    assert.ok(found);
    assert.deepEqual(
      [found.kind, found.name, found.minReplicas, found.maxReplicas, found.managedBy],
      ["HorizontalPodAutoscaler", "front-hpa", 1, 4, undefined],
    );
    const raised = await despiteConflicts(async () =>
      kubernetes.raiseMinimum((await kubernetes.autoscalerOf(ref("front")))!, 2, MARK),
    );
    assert.deepEqual([raised.minReplicas, raised.annotations[MARK.annotation]], [2, "step-1"]);
    await assert.rejects(kubernetes.raiseMinimum(found, 3, MARK), { reason: "conflict" });
    assert.equal(await kubernetes.autoscalerOf(ref("front", "StatefulSet")), undefined);
  });

  it("refuses to choose between two autoscalers of one Deployment", async () => {
    await plane.createWorkload("Deployment", "torn", 1);
    await plane.createAutoscaler("torn-a", "torn", { min: 1, max: 4 });
    await plane.createAutoscaler("torn-b", "torn", { min: 1, max: 4 });
    await assert.rejects(kubernetes.autoscalerOf(ref("torn")), { reason: "refused", message: /torn-a, torn-b/ });
  });

  it("says what it may do, and who may not gets an auth error that names the missing right", async () => {
    assert.equal(await kubernetes.canI("patch", "apps", "deployments", plane.namespace), true);
    const nobody = await createKubernetes({ kubeconfigText: await asToken("nobody-token") });
    assert.equal(await nobody.canI("patch", "apps", "deployments/scale", plane.namespace), false);
    await assert.rejects(nobody.workload(ref("carts")), {
      reason: "auth",
      message: /cannot get resource "deployments"/,
    });
    nobody.close();
    const stranger = await createKubernetes({ kubeconfigText: await asToken("no-such-token") });
    await assert.rejects(stranger.workload(ref("carts")), { reason: "auth", message: /401/ });
    stranger.close();
  });

  it("logs in with an exec plugin, which is told what is expected of it", async () => {
    const script = `
      const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      if (info.kind !== "ExecCredential" || info.spec.interactive) process.exit(3);
      console.log(JSON.stringify({ apiVersion: info.apiVersion, kind: info.kind, status: { token: process.env.PLUGIN_TOKEN } }));`;
    const exec = {
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", script],
      env: [{ name: "PLUGIN_TOKEN", value: "admintoken" }],
    };
    const plugin = await createKubernetes({ kubeconfigText: await withUser({ exec }) });
    assert.equal(await plugin.canI("patch", "apps", "deployments", plane.namespace), true);
    plugin.close();

    const broken = { ...exec, args: ["-e", "console.error('sso session expired'); process.exit(1)"] };
    const failing = await createKubernetes({ kubeconfigText: await withUser({ exec: broken }) });
    await assert.rejects(failing.version(), { reason: "auth", message: /login.*sso session expired/ });
    failing.close();
  });

  const asToken = (token: string) => withUser({ token });
  async function withUser(user: object): Promise<string> {
    const { loadKubeconfig } = await import("./kubeconfig.ts");
    const cluster = (await loadKubeconfig({ kubeconfig: plane.kubeconfig })).getCurrentCluster();
    assert.ok(cluster);
    return JSON.stringify({
      clusters: [
        {
          name: "c",
          cluster: {
            server: cluster.server,
            "insecure-skip-tls-verify": cluster.skipTLSVerify,
            "certificate-authority-data": cluster.caData,
          },
        },
      ],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
  }
});
