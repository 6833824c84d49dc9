import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Settings } from "@evenkeel/runtime";
import { loadAll } from "js-yaml";
import { checkKubernetes } from "./kubernetes.ts";

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}
const rightsOf = (rules: readonly Rule[]) =>
  rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`))),
  );
const ROLE = new URL("../../../deploy/kubernetes/target-namespace.yaml", import.meta.url);

describe("doctor asks a cluster for every right that it needs", () => {
  let server: Server;
  let folder: string;
  let keda: boolean;
  let granted: readonly string[];
  let asked: string[];
  let all: string[];

  before(async () => {
    const [role] = loadAll(await readFile(ROLE, "utf8")) as [{ rules: Rule[] }];
    all = rightsOf(role.rules);
    folder = await mkdtemp(join(tmpdir(), "evenkeel-doctor-"));
    server = createServer(async (request, response) => {
      const answer = (body: unknown) => response.end(JSON.stringify(body));
      if (request.url === "/version") return answer({ gitVersion: "v1.31.2" });
      if (request.url === "/apis/keda.sh/v1alpha1" && keda) return answer({ resources: [{ name: "scaledobjects" }] });
      if (!request.url?.endsWith("/selfsubjectaccessreviews")) return response.writeHead(404).end("404 page not found");
      const { verb, group, resource, namespace } = JSON.parse(await text(request)).spec.resourceAttributes;
      assert.equal(namespace, "shop");
      asked.push(`${verb} ${group}/${resource}`);
      return answer({ status: { allowed: granted.includes(`${verb} ${group}/${resource}`) } });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const config = {
      clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user: { token: "t" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    };
    await writeFile(join(folder, "kubeconfig"), JSON.stringify(config));
  });
  after(async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
    keda = true;
  });

  async function rights() {
    const settings = Settings.parse({ kubernetes: { kubeconfig: join(folder, "kubeconfig") } });
    const checks = [];
    for await (const check of checkKubernetes(settings, "shop")) checks.push(check);
    const found = checks.find(({ name }) => name === "rights");
    assert.ok(found, JSON.stringify(checks));
    return found;
  }

  it("those of the Role that the documentation has people apply, no more and no less", async () => {
    granted = all;
    const { state, text } = await rights();
    assert.deepEqual([state, text], ["ok", "may scale in namespace shop"]);
    assert.deepEqual(asked.sort(), [...all].sort());
  });

  it("names each one that is missing", async () => {
    granted = all.filter((right) => !/^patch (autoscaling|keda)|statefulsets/.test(right));
    const { state, text } = await rights();
    const missing = "get statefulsets, patch statefulsets, patch horizontalpodautoscalers, patch scaledobjects.keda.sh";
    assert.deepEqual([state, text], ["fail", `may not ${missing} in namespace shop`]);
  });

  it("nothing of KEDA where the cluster does not serve it", async () => {
    keda = false;
    granted = all.filter((right) => !right.includes("keda"));
    assert.equal((await rights()).state, "ok");
    assert.ok(!asked.some((right) => right.includes("keda")));
  });
});
