import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  ApiextensionsV1Api,
  AppsV1Api,
  AuthorizationV1Api,
  AutoscalingV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
} from "@kubernetes/client-node";
import { createKubernetes, type Kubernetes, type Workload, type WorkloadKind } from "@evenkeel/kubernetes";
import { despiteConflicts } from "@evenkeel/kubernetes/testing";
import { ProviderError } from "@evenkeel/runtime";
import { loadAll } from "js-yaml";
import { testCluster, type TestCluster } from "./support/cluster.ts";
import { eventually } from "./support/eventually.ts";
import { describeWith, kubernetes as needsKubernetes } from "./support/needs.ts";
import { readText } from "./support/workspace.ts";

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  subjects?: { namespace: string }[];
}

/** What every account may do that has said who it is: ask about itself, and read what the server offers. */
const EVERYBODYS = ["authentication.k8s.io", "authorization.k8s.io"];
const KEDA = { group: "keda.sh", version: "v1alpha1", plural: "scaledobjects" };
const MARK = { annotation: "evenkeel.dev/action", value: "rbac-step-1" };

describeWith([needsKubernetes], "the rights of deploy/kubernetes/target-namespace.yaml, in a cluster", function () {
  this.timeout(90_000);
  const namespace = `evenkeel-rbac-${randomBytes(3).toString("hex")}`;
  let admin: KubeConfig;
  let cluster: TestCluster;
  let own: KubeConfig;
  let kubernetes: Kubernetes;

  before(async () => {
    admin = new KubeConfig();
    admin.loadFromFile(process.env["KUBECONFIG"]!);
    cluster = await testCluster(namespace);
    const core = admin.makeApiClient(CoreV1Api);
    await core.createNamespacedServiceAccount({ namespace, body: { metadata: { name: "evenkeel" } } });
    const api = KubernetesObjectApi.makeApiClient(admin);
    for (const { subjects, ...manifest } of loadAll(
      readText("deploy/kubernetes/target-namespace.yaml"),
    ) as Manifest[]) {
      const metadata = { ...manifest.metadata, namespace };
      await api.create({ ...manifest, metadata, ...(subjects && { subjects: subjects.map(inNamespace) }) });
    }
    const { status } = await core.createNamespacedServiceAccountToken({
      ...{ name: "evenkeel", namespace },
      body: { spec: { audiences: [], expirationSeconds: 600 } },
    });
    own = new KubeConfig();
    const server = admin.getCurrentCluster()!;
    own.loadFromClusterAndUser(server, { name: "evenkeel", token: status!.token });
    kubernetes = await createKubernetes({ kubeconfigText: own.exportConfig(), deadlineMs: 10_000 });
    // The server learns of a Role and of its binding a moment after each is stored.
    await eventually("the rights are in force", async () => (await rightsIn(namespace)).length > 0);
  });
  after(async () => {
    kubernetes?.close();
    await cluster?.remove();
  });

  const inNamespace = (subject: { namespace: string }) => ({ ...subject, namespace });

  async function rightsIn(place: string): Promise<string[]> {
    const { status } = await own.makeApiClient(AuthorizationV1Api).createSelfSubjectRulesReview({
      body: { spec: { namespace: place } },
    });
    const rules = status!.resourceRules.flatMap(({ apiGroups = [], resources = [], verbs, resourceNames = [] }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({ group, right: `${verb} ${group}/${resource}`, resourceNames })),
        ),
      ),
    );
    const ours = rules.filter(({ group }) => !EVERYBODYS.includes(group));
    return ours.map(({ right, resourceNames }) => [right, ...resourceNames].join(" ")).sort();
  }

  async function workload(kind: WorkloadKind, name: string): Promise<Workload> {
    return eventually(`${kind} ${name} is settled`, async () => {
      const found = await kubernetes.workload({ kind, namespace, name });
      return found?.observed && found;
    });
  }

  it("are those of deploy/kubernetes/rights.txt, by the cluster's own account, and none in another namespace", async () => {
    const listed = readText("deploy/kubernetes/rights.txt").split("\n").filter(Boolean);
    assert.deepEqual(await rightsIn(namespace), listed.sort());
    assert.deepEqual(await rightsIn("default"), []);
    assert.deepEqual(await rightsIn("kube-system"), []);
  });

  it("are enough to scale a Deployment and to name its pods", async () => {
    await cluster.deploy("carts", 1);
    assert.equal(await kubernetes.autoscalerOf(await workload("Deployment", "carts")), undefined);
    const scaled = await despiteConflicts(async () => kubernetes.scale(await workload("Deployment", "carts"), 2, MARK));
    assert.equal(scaled.replicas, 2);
    await eventually("both pods are named", async () => {
      const pods = await kubernetes.pods(await workload("Deployment", "carts"));
      return pods.length === 2;
    });
  });

  it("are enough to scale a StatefulSet", async () => {
    const labels = { app: "orders" };
    await admin.makeApiClient(AppsV1Api).createNamespacedStatefulSet({
      namespace,
      body: {
        metadata: { name: "orders" },
        spec: {
          ...{ replicas: 1, serviceName: "orders", selector: { matchLabels: labels } },
          template: {
            metadata: { labels },
            spec: { containers: [{ name: "main", image: "registry.invalid/pause" }] },
          },
        },
      },
    });
    const scaled = await despiteConflicts(async () =>
      kubernetes.scale(await workload("StatefulSet", "orders"), 2, MARK),
    );
    assert.equal(scaled.replicas, 2);
  });

  it("are enough to raise the minimum of an autoscaler", async () => {
    await cluster.deploy("payment", 1);
    await cluster.autoscale("payment", { min: 1, max: 5 });
    const target = await workload("Deployment", "payment");
    await despiteConflicts(async () => {
      const autoscaler = await kubernetes.autoscalerOf(target);
      assert.ok(autoscaler);
      await kubernetes.raiseMinimum(autoscaler, 2, MARK);
    });
    assert.equal(await cluster.minReplicas("payment"), 2);
  });

  it("are enough to raise the minimum of KEDA's ScaledObject where that owns the autoscaler", async () => {
    await cluster.deploy("shipping", 1);
    const forget = await servesKeda();
    try {
      const custom = admin.makeApiClient(CustomObjectsApi);
      const about = { ...KEDA, namespace };
      const spec = { scaleTargetRef: { name: "shipping" }, minReplicaCount: 1, maxReplicaCount: 5 };
      const body = { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", metadata: { name: "shipping" }, spec };
      const made = (await eventually("the new kind is served", () =>
        custom.createNamespacedCustomObject({ ...about, body }),
      )) as { metadata: { uid: string } };
      await admin.makeApiClient(AutoscalingV1Api).createNamespacedHorizontalPodAutoscaler({
        namespace,
        body: {
          metadata: {
            name: "keda-hpa-shipping",
            ownerReferences: [
              { apiVersion: body.apiVersion, kind: body.kind, name: "shipping", uid: made.metadata.uid },
            ],
          },
          spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "shipping" } },
        },
      });
      const autoscaler = await kubernetes.autoscalerOf(await workload("Deployment", "shipping"));
      assert.equal(autoscaler?.kind, "ScaledObject");
      assert.equal((await kubernetes.raiseMinimum(autoscaler, 2, MARK)).minReplicas, 2);
      const { spec: now } = (await custom.getNamespacedCustomObject({ ...about, name: "shipping" })) as {
        spec: object;
      };
      assert.deepEqual(now, { ...spec, minReplicaCount: 2 });
    } finally {
      await forget();
    }
  });

  /** Teaches the cluster KEDA's kind, unless it knows it already. Resolves with what undoes that. */
  async function servesKeda(): Promise<() => Promise<unknown>> {
    const crds = admin.makeApiClient(ApiextensionsV1Api);
    const name = `${KEDA.plural}.${KEDA.group}`;
    const known = await crds.readCustomResourceDefinition({ name }).catch((error: { code?: number }) => {
      if (error.code !== 404) throw error;
    });
    if (known) return async () => {};
    const schema = { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } };
    await crds.createCustomResourceDefinition({
      body: {
        metadata: { name },
        spec: {
          ...{ group: KEDA.group, scope: "Namespaced", names: { plural: KEDA.plural, kind: "ScaledObject" } },
          versions: [{ name: KEDA.version, served: true, storage: true, schema }],
        },
      },
    });
    return () => crds.deleteCustomResourceDefinition({ name });
  }

  it("are not enough for anything else", async () => {
    const core = own.makeApiClient(CoreV1Api);
    const apps = own.makeApiClient(AppsV1Api);
    const forbidden: Record<string, () => Promise<unknown>> = {
      secrets: () => core.listNamespacedSecret({ namespace }),
      configMaps: () => core.listNamespacedConfigMap({ namespace }),
      deletion: () => apps.deleteNamespacedDeployment({ namespace, name: "carts" }),
      creation: () => apps.createNamespacedDeployment({ namespace, body: {} as never }),
      lists: () => apps.listNamespacedDeployment({ namespace }),
      elsewhere: () => apps.readNamespacedDeployment({ namespace: "default", name: "carts" }),
      "the whole cluster": () => core.listNamespace(),
      tokens: () =>
        core.createNamespacedServiceAccountToken({
          ...{ name: "evenkeel", namespace },
          body: { spec: { audiences: [] } },
        }),
    };
    for (const [what, attempt] of Object.entries(forbidden)) {
      await assert.rejects(attempt, (error: { code?: number }) => error.code === 403, what);
    }
    const elsewhere = kubernetes.workload({ kind: "Deployment", namespace: "default", name: "carts" });
    await assert.rejects(elsewhere, (error) => error instanceof ProviderError && error.reason === "auth");
  });
});
