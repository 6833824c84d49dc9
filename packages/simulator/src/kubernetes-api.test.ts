import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import { startSimulator } from "./simulator.ts";
import type { Simulator } from "./types.ts";

const namespace = "sockshop-production";
const name = "carts";
const merge = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
const deploymentPath = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;

/** The `Status` that the client's error carries. */
async function failure(promise: Promise<unknown>) {
  const error = await promise.then(
    () => assert.fail("the request succeeded"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof k8s.ApiException, String(error));
  const status = JSON.parse(error.body as string) as { reason: string; message: string; code: number };
  assert.equal(status.code, error.code);
  return status;
}

describe("Kubernetes API, seen by the real client", () => {
  let simulator: Simulator;
  let clock: number;
  let apps: k8s.AppsV1Api;
  let core: k8s.CoreV1Api;
  let autoscaling: k8s.AutoscalingV2Api;

  async function start(options: Partial<Parameters<typeof startSimulator>[0]> = {}) {
    clock = Date.parse("2026-05-04T09:00:00Z");
    simulator = await startSimulator({
      services: [
        { project: "sockshop", stage: "production", service: "carts" },
        { project: "sockshop", stage: "production", service: "carts-db", kind: "StatefulSet", replicas: 2 },
        {
          project: "sockshop",
          stage: "production",
          service: "orders",
          hpa: { minReplicas: 1, maxReplicas: 4 },
        },
      ],
      now: () => clock,
      tickMs: 0,
      historyMs: 0,
      startupDelayMs: 2000,
      startupStaggerMs: 500,
      ...options,
    });
    const config = new k8s.KubeConfig();
    config.loadFromString(simulator.kubeconfig());
    apps = config.makeApiClient(k8s.AppsV1Api);
    core = config.makeApiClient(k8s.CoreV1Api);
    autoscaling = config.makeApiClient(k8s.AutoscalingV2Api);
  }

  beforeEach(() => start());
  afterEach(() => simulator.stop());

  const read = () => apps.readNamespacedDeployment({ namespace, name });
  const patch = (body: object) => apps.patchNamespacedDeployment({ namespace, name, body }, merge);
  const raw = (path: string, init: RequestInit = {}) => fetch(simulator.kubernetesUrl + path, init);

  it("shows a deployment that is up", async () => {
    const { metadata, spec, status } = await read();
    assert.equal(spec?.replicas, 1);
    assert.deepEqual([status?.replicas, status?.availableReplicas, status?.observedGeneration], [1, 1, 1]);
    assert.match(metadata?.uid ?? "", /^[0-9a-f-]{36}$/);
    assert.equal(metadata?.generation, 1);
  });

  it("scales by a merge patch: new generation, then one replica after the other becomes available", async () => {
    const before = await read();
    const after = await patch({
      metadata: { resourceVersion: before.metadata?.resourceVersion, annotations: { "example.dev/step": "7" } },
      spec: { replicas: 3 },
    });
    assert.equal(after.metadata?.generation, 2);
    assert.equal(after.status?.observedGeneration, 1);
    assert.ok(Number(after.metadata?.resourceVersion) > Number(before.metadata?.resourceVersion));

    const counts: (number | undefined)[][] = [];
    for (const elapsed of [0, 1999, 2000, 2499, 2500]) {
      clock = Date.parse("2026-05-04T09:00:00Z") + elapsed;
      const { status } = await read();
      assert.equal(status?.observedGeneration, 2);
      counts.push([status?.replicas, status?.updatedReplicas, status?.availableReplicas, status?.unavailableReplicas]);
    }
    assert.deepEqual(counts, [
      [3, 3, 1, 2],
      [3, 3, 1, 2],
      [3, 3, 2, 1],
      [3, 3, 2, 1],
      [3, 3, 3, undefined],
    ]);
    assert.equal((await read()).metadata?.annotations?.["example.dev/step"], "7");
    assert.deepEqual(simulator.audit, [
      {
        verb: "patch",
        path: deploymentPath,
        before: 1,
        after: 3,
        annotations: { "example.dev/step": "7" },
        at: Date.parse("2026-05-04T09:00:00Z"),
      },
    ]);
  });

  it("leaves zero counts out of the status", async () => {
    await patch({ spec: { replicas: 0 } });
    const { status } = await read();
    assert.deepEqual([status?.replicas, status?.availableReplicas, status?.readyReplicas], [0, undefined, undefined]);
  });

  it("refuses a patch for an older version with 409 and changes nothing", async () => {
    const { metadata } = await read();
    await patch({ spec: { replicas: 2 } });
    const resourceVersion = metadata?.resourceVersion;
    const status = await failure(patch({ metadata: { resourceVersion }, spec: { replicas: 5 } }));
    assert.equal(status.code, 409);
    assert.equal(status.reason, "Conflict");
    assert.match(status.message, /deployments.apps "carts": the object has been modified/);
    assert.equal((await read()).spec?.replicas, 2);
    assert.equal(simulator.audit.length, 1);
  });

  it("refuses a patch for a deployment that was deleted and made again", async () => {
    const { metadata } = await read();
    simulator.cluster.store.remove("deployments", namespace, name);
    assert.equal((await failure(read())).code, 404);
    simulator.cluster.createWorkload("deployments", { namespace, name, replicas: 1 });
    const status = await failure(patch({ metadata: { uid: metadata?.uid }, spec: { replicas: 5 } }));
    assert.equal(status.code, 409);
    assert.match(status.message, /Precondition failed: UID/);
  });

  it("counts a status change as a new version, and an empty patch as none", async () => {
    const before = await patch({ spec: { replicas: 2 } });
    const during = await read();
    assert.notEqual(during.metadata?.resourceVersion, before.metadata?.resourceVersion);
    const same = await patch({ spec: { replicas: 2 } });
    assert.equal(same.metadata?.resourceVersion, during.metadata?.resourceVersion);
  });

  it("scales by a JSON patch with a test, and refuses it with 422 when the test fails", async () => {
    const body = [
      { op: "test", path: "/spec/replicas", value: 1 },
      { op: "replace", path: "/spec/replicas", value: 2 },
    ];
    const scale = await apps.patchNamespacedDeploymentScale({ namespace, name, body });
    assert.equal(scale.spec?.replicas, 2);
    const status = await failure(apps.patchNamespacedDeploymentScale({ namespace, name, body }));
    assert.deepEqual([status.code, status.reason], [422, "Invalid"]);
    assert.equal((await read()).spec?.replicas, 2);
  });

  it("reads, patches and puts the scale of a stateful set with its version as precondition", async () => {
    const target = { namespace, name: "carts-db" };
    const scale = await apps.readNamespacedStatefulSetScale(target);
    assert.deepEqual([scale.spec?.replicas, scale.status?.replicas, scale.status?.selector], [2, 2, "app=carts-db"]);
    const body = { metadata: { resourceVersion: scale.metadata?.resourceVersion }, spec: { replicas: 3 } };
    const patched = await apps.patchNamespacedStatefulSetScale({ ...target, body }, merge);
    assert.equal(patched.spec?.replicas, 3);
    assert.equal((await failure(apps.patchNamespacedStatefulSetScale({ ...target, body }, merge))).code, 409);
    scale.spec = { replicas: 4 };
    assert.equal((await failure(apps.replaceNamespacedStatefulSetScale({ ...target, body: scale }))).code, 409);
    scale.metadata!.resourceVersion = (await apps.readNamespacedStatefulSetScale(target)).metadata?.resourceVersion;
    await apps.replaceNamespacedStatefulSetScale({ ...target, body: scale });
    clock += 60_000;
    const { spec, status } = await apps.readNamespacedStatefulSet(target);
    assert.deepEqual([spec?.replicas, status?.availableReplicas], [4, 4]);
    assert.deepEqual(
      simulator.audit.map(({ verb, before, after }) => [verb, before, after]),
      [
        ["patch", 2, 3],
        ["update", 3, 4],
      ],
    );
  });

  it("lets an autoscaler follow its raised minimum, and take back what others write", async () => {
    const { items } = await autoscaling.listNamespacedHorizontalPodAutoscaler({ namespace });
    assert.deepEqual(
      items.map(({ metadata, spec }) => [metadata?.name, spec?.scaleTargetRef.name, spec?.minReplicas]),
      [["orders", "orders", 1]],
    );
    const target = { namespace, name: "orders" };
    const orders = async () => {
      clock += 1000;
      return (await apps.readNamespacedDeployment(target)).spec?.replicas;
    };
    await apps.patchNamespacedDeployment({ ...target, body: { spec: { replicas: 3 } } }, merge);
    assert.equal(await orders(), 1);
    await autoscaling.patchNamespacedHorizontalPodAutoscaler({ ...target, body: { spec: { minReplicas: 2 } } }, merge);
    assert.equal(await orders(), 2);
    const { status } = await autoscaling.readNamespacedHorizontalPodAutoscaler(target);
    assert.equal(status?.desiredReplicas, 2);
    const tooMany = { ...target, body: { spec: { minReplicas: 5 } } };
    const refused = await failure(autoscaling.patchNamespacedHorizontalPodAutoscaler(tooMany, merge));
    assert.deepEqual([refused.code, refused.reason], [422, "Invalid"]);
    await autoscaling.patchNamespacedHorizontalPodAutoscaler({ ...target, body: { spec: { minReplicas: 1 } } }, merge);
    assert.equal(await orders(), 1);
  });

  it("lists the pods of a deployment with their readiness", async () => {
    await patch({ spec: { replicas: 2 } });
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=carts" });
    assert.deepEqual(
      items.map(({ status }) => [status?.phase, status?.conditions?.find(({ type }) => type === "Ready")?.status]),
      [
        ["Running", "True"],
        ["Pending", "False"],
      ],
    );
    assert.equal((await core.listNamespacedPod({ namespace })).items.length, 5);
    assert.equal((await failure(core.listNamespacedPod({ namespace, labelSelector: "a b" }))).code, 400);
  });

  it("keeps replicas from becoming available beyond a limit", async () => {
    simulator.limitAvailable("carts", 2);
    await patch({ spec: { replicas: 3 } });
    clock += 60_000;
    assert.equal((await read()).status?.availableReplicas, 2);
    simulator.limitAvailable("carts", undefined);
    assert.equal((await read()).status?.availableReplicas, 3);
  });

  it("names what is missing", async () => {
    const status = await failure(apps.readNamespacedDeployment({ namespace, name: "nobody" }));
    assert.deepEqual([status.code, status.reason], [404, "NotFound"]);
    assert.equal(status.message, 'deployments.apps "nobody" not found');
    assert.equal((await failure(core.readNamespace({ name: "elsewhere" }))).code, 404);
    assert.equal((await core.readNamespace({ name: namespace })).metadata?.name, namespace);
  });

  const refusals: [title: string, path: string, init: RequestInit, code: number, reason: string][] = [
    ["an unknown resource", `/apis/apps/v1/namespaces/${namespace}/daemonsets/x`, {}, 404, "NotFound"],
    ["an unknown path", "/nowhere", {}, 404, "NotFound"],
    ["another version", `/apis/apps/v2/namespaces/${namespace}/deployments/carts`, {}, 404, "NotFound"],
    ["a method that is not served", deploymentPath, { method: "DELETE" }, 405, "MethodNotAllowed"],
    [
      "a patch of another type",
      deploymentPath,
      { method: "PATCH", headers: { "content-type": "application/strategic-merge-patch+json" }, body: "{}" },
      415,
      "UnsupportedMediaType",
    ],
    [
      "broken JSON",
      deploymentPath,
      { method: "PATCH", headers: { "content-type": "application/merge-patch+json" }, body: "{" },
      400,
      "BadRequest",
    ],
    ...[-1, "3", 1.5].map((replicas): [string, string, RequestInit, number, string] => [
      `replicas: ${JSON.stringify(replicas)}`,
      deploymentPath,
      {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify({ spec: { replicas } }),
      },
      422,
      "Invalid",
    ]),
    ["a watch", `/apis/apps/v1/namespaces/${namespace}/deployments?watch=true`, {}, 400, "BadRequest"],
  ];
  for (const [title, path, init, code, reason] of refusals) {
    it(`refuses ${title} with ${code} and a Status`, async () => {
      const response = await raw(path, init);
      const status = (await response.json()) as { kind: string; reason: string; code: number };
      assert.deepEqual([response.status, status.kind, status.code, status.reason], [code, "Status", code, reason]);
      assert.equal(simulator.audit.length, 0);
    });
  }

  it("tries a patch without keeping it when asked for a dry run", async () => {
    const body = { spec: { replicas: 4 } };
    const dry = await apps.patchNamespacedDeployment({ namespace, name, body, dryRun: "All" }, merge);
    assert.equal(dry.spec?.replicas, 4);
    assert.equal((await read()).spec?.replicas, 1);
    assert.equal(simulator.audit.length, 0);
  });

  it("is ready, tells its version, and allows what one asks for", async () => {
    assert.equal(await (await raw("/readyz")).text(), "ok");
    const config = new k8s.KubeConfig();
    config.loadFromString(simulator.kubeconfig());
    assert.match((await config.makeApiClient(k8s.VersionApi).getCode()).gitVersion, /simulator/);
    const body = { spec: { resourceAttributes: { verb: "patch", resource: "deployments", namespace } } };
    const review = await config.makeApiClient(k8s.AuthorizationV1Api).createSelfSubjectAccessReview({ body });
    assert.equal(review.status?.allowed, true);
  });

  it("asks for the token when it has one", async () => {
    await simulator.stop();
    await start({ token: "secret" });
    assert.equal((await read()).spec?.replicas, 1);
    assert.equal((await raw(deploymentPath)).status, 401);
    assert.equal((await raw(deploymentPath, { headers: { authorization: "Bearer wrong" } })).status, 401);
  });

  it("fails the next requests as told, then works again", async () => {
    simulator.failNext({ status: 429, retryAfter: 7, times: 2, method: "PATCH" });
    assert.equal((await read()).spec?.replicas, 1);
    const response = await raw(deploymentPath, {
      method: "PATCH",
      headers: { "content-type": "application/merge-patch+json" },
      body: JSON.stringify({ spec: { replicas: 2 } }),
    });
    assert.deepEqual([response.status, response.headers.get("retry-after")], [429, "7"]);
    assert.equal((await failure(patch({ spec: { replicas: 2 } }))).reason, "TooManyRequests");
    assert.equal((await read()).spec?.replicas, 1);
    await patch({ spec: { replicas: 2 } });
    assert.equal((await read()).spec?.replicas, 2);
  });

  it("loses the reply of a write that it applied", async () => {
    simulator.failNext({ dropReply: true, method: "PATCH" });
    await assert.rejects(patch({ spec: { replicas: 2 } }), (error) => !(error instanceof k8s.ApiException));
    assert.equal((await read()).spec?.replicas, 2);
    assert.equal(simulator.audit.length, 1);
  });

  it("stops while a request is held back", async () => {
    simulator.failNext({ delayMs: 60_000 });
    const outcomes = [read(), read()].map((request) =>
      request.then(
        () => "answered",
        () => "broken off",
      ),
    );
    // One of the two takes the fault; when the other is answered, it waits.
    assert.equal(await Promise.race(outcomes), "answered");
    await simulator.stop();
    assert.deepEqual((await Promise.all(outcomes)).sort(), ["answered", "broken off"]);
    await start();
  });
});
