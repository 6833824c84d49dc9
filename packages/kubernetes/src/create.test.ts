import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createKubernetes, type Kubernetes } from "./index.ts";

const CARTS = { kind: "Deployment", namespace: "sockshop-production", name: "carts" } as const;
const MARK = { annotation: "evenkeel.dev/action", value: "step-1" };

const metadata = { name: "carts", namespace: "sockshop-production", uid: "u1", resourceVersion: "7", generation: 3 };
const DEPLOYMENT = {
  metadata,
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "carts" }, matchExpressions: [{ key: "canary", operator: "DoesNotExist" }] },
  },
  status: { replicas: 2, availableReplicas: 1, updatedReplicas: 2, observedGeneration: 2 },
};
const HPA = {
  metadata: { ...metadata, name: "carts-hpa", uid: "h1" },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "carts" }, maxReplicas: 5 },
  status: { currentReplicas: 2 },
};
const SCALED_OBJECT = {
  metadata: { ...metadata, name: "carts-so", uid: "s1", resourceVersion: "9" },
  spec: { maxReplicaCount: 8 },
};
const status = (code: number, reason: string, message: string) =>
  JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message });

describe("the calls to Kubernetes", () => {
  interface Seen {
    line: string;
    type: string | undefined;
    body: unknown;
  }
  let server: Server;
  let kubernetes: Kubernetes;
  let seen: Seen[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  const reply =
    (code: number, body: unknown, headers: Record<string, string> = {}) =>
    (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(code, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  const routes = (table: Record<string, unknown>) => (request: IncomingMessage, response: ServerResponse) => {
    const found = table[`${request.method} ${request.url}`];
    return found === undefined
      ? reply(404, "404 page not found")(request, response)
      : reply(200, found)(request, response);
  };
  const kubeconfig = (url: string) =>
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "t0ken\n" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
  const urlOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;

  before(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const line = `${request.method} ${request.url}`;
      seen.push({ line, type: request.headers["content-type"], body: text === "" ? undefined : JSON.parse(text) });
      assert.equal(request.headers.authorization, "Bearer t0ken");
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(async () => {
    seen = [];
    kubernetes = await createKubernetes({ kubeconfigText: kubeconfig(urlOf(server)) });
  });
  afterEach(() => {
    kubernetes.close();
    server.closeAllConnections();
  });
  after(() => server.close());

  it("reads a workload at one version, and whether its status speaks about the current spec", async () => {
    answer = reply(200, DEPLOYMENT);
    assert.deepEqual(await kubernetes.workload(CARTS), {
      ...CARTS,
      uid: "u1",
      resourceVersion: "7",
      replicas: 2,
      current: 2,
      available: 1,
      updated: 2,
      observed: false,
      annotations: {},
      selector: "app=carts,!canary",
    });
    assert.equal(seen[0]?.line, "GET /apis/apps/v1/namespaces/sockshop-production/deployments/carts");
  });

  it("scales with one merge patch that holds the precondition, the replicas and the mark", async () => {
    answer = reply(200, DEPLOYMENT);
    const workload = await kubernetes.workload(CARTS);
    assert.ok(workload);
    await kubernetes.scale(workload, 3, MARK);
    assert.deepEqual(seen.slice(1), [
      {
        line: "PATCH /apis/apps/v1/namespaces/sockshop-production/deployments/carts",
        type: "application/merge-patch+json",
        body: {
          metadata: { resourceVersion: "7", annotations: { "evenkeel.dev/action": "step-1" } },
          spec: { replicas: 3 },
        },
      },
    ]);
  });

  const failures: [number, string, string][] = [
    [400, "refused", "BadRequest"],
    [401, "auth", "Unauthorized"],
    [403, "auth", "Forbidden"],
    [409, "conflict", "Conflict"],
    [422, "refused", "Invalid"],
    [429, "rate-limited", "TooManyRequests"],
    [500, "server-error", "InternalError"],
    [503, "server-error", "ServiceUnavailable"],
    [504, "server-error", "Timeout"],
  ];
  for (const [code, reason, word] of failures) {
    it(`${code} is ${reason}, in the server's own words`, async () => {
      answer = reply(code, status(code, word, "the server said why"), { "retry-after": "7" });
      const patch = kubernetes.scale({ ...CARTS, resourceVersion: "7" } as never, 3, MARK);
      await assert.rejects(patch, { reason, message: /PATCH .*: \d+ the server said why/, retryAfterMs: 7000 });
      assert.equal(seen.length, 1, "only the worker retries");
    });
  }

  it("a missing workload is undefined; a 404 of something else than a Kubernetes API is not", async () => {
    answer = reply(404, status(404, "NotFound", 'deployments.apps "carts" not found'));
    assert.equal(await kubernetes.workload(CARTS), undefined);
    answer = reply(404, "<html>nothing here</html>");
    await assert.rejects(kubernetes.workload(CARTS), { reason: "not-found", message: /nothing here/ });
  });

  for (const body of ["<html>welcome</html>", "", "{}", '{"metadata":{"name":7}}', "null"]) {
    it(`an answer of ${JSON.stringify(body)} is a bad response`, async () => {
      answer = reply(200, body);
      await assert.rejects(kubernetes.workload(CARTS), { reason: "bad-response", message: /is this a Kubernetes API/ });
    });
  }

  it("an answer that never comes, or never ends, is a timeout", async () => {
    const hurried = await createKubernetes({ kubeconfigText: kubeconfig(urlOf(server)), deadlineMs: 300 });
    answer = () => undefined;
    await assert.rejects(hurried.workload(CARTS), { reason: "timeout", message: /no answer within 300 ms/ });
    answer = (_, response) => void response.writeHead(200).write("{");
    await assert.rejects(hurried.workload(CARTS), { reason: "timeout" });
    hurried.close();
  });

  it("a connection that is refused or torn is unreachable", async () => {
    answer = (request) => void request.socket.destroy();
    await assert.rejects(kubernetes.workload(CARTS), { reason: "unreachable" });
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const url = urlOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const nowhere = await createKubernetes({ kubeconfigText: kubeconfig(url) });
    await assert.rejects(nowhere.version(), { reason: "unreachable", message: /ECONNREFUSED/ });
    nowhere.close();
  });

  it("reads again on a new connection when the kept one has been closed, but never writes again", async () => {
    answer = reply(200, DEPLOYMENT);
    const workload = await kubernetes.workload(CARTS);
    assert.ok(workload);
    let torn = false;
    answer = (request, response) => {
      if (torn) return reply(200, DEPLOYMENT)(request, response);
      torn = true;
      request.socket.destroy();
    };
    assert.ok(await kubernetes.workload(CARTS));
    torn = false;
    seen = [];
    await assert.rejects(kubernetes.scale(workload, 3, MARK), { reason: "unreachable" });
    assert.equal(seen.length, 1);
  });

  it("ends with the caller's signal, before and during a call", async () => {
    answer = () => undefined;
    const gone = new Error("lease lost");
    await assert.rejects(kubernetes.workload(CARTS, AbortSignal.abort(gone)), gone);
    assert.equal(seen.length, 0);
    const controller = new AbortController();
    answer = () => controller.abort(gone);
    await assert.rejects(kubernetes.workload(CARTS, controller.signal), gone);
  });

  for (const name of [
    "",
    "..",
    "../secrets/x",
    "carts/scale",
    "Carts",
    "carts?x=1",
    "-carts",
    "a".repeat(254),
    "cärts",
    "a..b",
  ]) {
    it(`never sends ${JSON.stringify(name.slice(0, 20))} as a name`, async () => {
      await assert.rejects(kubernetes.workload({ ...CARTS, name }), {
        reason: "refused",
        message: /is not a Kubernetes name/,
      });
      const inNamespace = kubernetes.autoscalerOf({ ...CARTS, namespace: name });
      await assert.rejects(inNamespace, { reason: "refused", message: /is not a Kubernetes namespace/ });
      assert.equal(seen.length, 0);
    });
  }

  describe("looking for the autoscaler", () => {
    const list = (version: string) =>
      `GET /apis/autoscaling/${version}/namespaces/sockshop-production/horizontalpodautoscalers`;

    it("asks for v2, and remembers that an old server only has v1", async () => {
      answer = routes({ [list("v1")]: { items: [HPA] } });
      const found = await kubernetes.autoscalerOf(CARTS);
      assert.deepEqual(
        [found?.name, found?.minReplicas, found?.maxReplicas, found?.currentReplicas],
        ["carts-hpa", 1, 5, 2],
      );
      await kubernetes.autoscalerOf(CARTS);
      assert.deepEqual(
        seen.map(({ line }) => line),
        [list("v2"), list("v1"), list("v1")],
      );
    });

    it("takes only what targets this very workload", async () => {
      const other = (scaleTargetRef: object) => ({ ...HPA, spec: { ...HPA.spec, scaleTargetRef } });
      const items = [
        other({ apiVersion: "apps/v1", kind: "StatefulSet", name: "carts" }),
        other({ apiVersion: "apps/v1", kind: "Deployment", name: "carts-db" }),
        other({ apiVersion: "example.com/v1", kind: "Deployment", name: "carts" }),
      ];
      answer = routes({ [list("v2")]: { items } });
      assert.equal(await kubernetes.autoscalerOf(CARTS), undefined);
    });

    it("does not take a forbidden list for an empty one", async () => {
      answer = reply(403, status(403, "Forbidden", "cannot list horizontalpodautoscalers"));
      await assert.rejects(kubernetes.autoscalerOf(CARTS), { reason: "auth", message: /cannot list/ });
    });

    it("goes to KEDA's ScaledObject where that owns the autoscaler, and raises its minimum", async () => {
      const path = "/apis/keda.sh/v1alpha1/namespaces/sockshop-production/scaledobjects/carts-so";
      const owner = { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", name: "carts-so" };
      answer = routes({
        [list("v2")]: { items: [{ ...HPA, metadata: { ...HPA.metadata, ownerReferences: [owner] } }] },
        [`GET ${path}`]: SCALED_OBJECT,
        [`PATCH ${path}`]: { ...SCALED_OBJECT, spec: { ...SCALED_OBJECT.spec, minReplicaCount: 3 } },
      });
      const found = await kubernetes.autoscalerOf(CARTS);
      assert.ok(found);
      assert.deepEqual(
        [found.kind, found.managedBy, found.minReplicas, found.maxReplicas],
        ["ScaledObject", "KEDA", 0, 8],
      );
      assert.equal((await kubernetes.raiseMinimum(found, 3, MARK)).minReplicas, 3);
      assert.deepEqual(seen.at(-1)?.body, {
        metadata: { resourceVersion: "9", annotations: { "evenkeel.dev/action": "step-1" } },
        spec: { minReplicaCount: 3 },
      });
    });
  });
});
