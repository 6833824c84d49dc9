import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { createKubernetes } from "./index.ts";

const config = (cluster: object | undefined, user: object, context = "x") =>
  JSON.stringify({
    clusters: cluster ? [{ name: "c", cluster }] : [],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": context,
  });

describe("a kubeconfig", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(join(tmpdir(), "evenkeel-kubeconfig-"))));
  after(() => rm(folder, { recursive: true }));

  const refusals: [string, string, RegExp][] = [
    ["without a cluster", config(undefined, {}), /the current context "x" names no cluster/],
    ["without a current context", "{}", /there is no current context/],
    ["with a server over plain HTTP", config({ server: "http://10.0.0.1" }, {}), /insecure-skip-tls-verify/],
    ["that is no YAML", "{[", /the given kubeconfig cannot be used/],
    ["that is empty", "", /the given kubeconfig cannot be used/],
  ];
  for (const [what, kubeconfigText, message] of refusals) {
    it(`${what} is refused in words`, async () => {
      await assert.rejects(createKubernetes({ kubeconfigText }), { name: "ProviderError", reason: "refused", message });
    });
  }

  it("that does not exist is refused, naming the path", async () => {
    const kubeconfig = join(folder, "absent");
    await assert.rejects(createKubernetes({ kubeconfig }), {
      reason: "refused",
      message: /absent cannot be used: ENOENT/,
    });
  });

  it("of a pod is refused outside of a cluster", async function () {
    if (process.env.KUBERNETES_SERVICE_HOST) {
      console.log("        this is a pod of a cluster");
      return this.skip();
    }
    await assert.rejects(createKubernetes({ inCluster: true }), {
      reason: "refused",
      message: /service account cannot/,
    });
  });

  describe("with TLS", function () {
    let server: Server;
    let url: string;
    const file = (name: string) => readFile(join(folder, name));
    const base64 = async (name: string) => (await file(name)).toString("base64");
    const openssl = (...args: string[]) => {
      const { status, stderr } = spawnSync("openssl", args, { cwd: folder });
      assert.equal(status, 0, String(stderr));
    };

    before(async function () {
      if (spawnSync("openssl", ["version"]).status !== 0) {
        console.log("        needs openssl: apt-get install openssl");
        return this.skip();
      }
      const sign = (name: string, subject: string, extension: string) => {
        openssl(
          "req",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-subj",
          subject,
          "-keyout",
          `${name}.key`,
          "-out",
          `${name}.csr`,
        );
        const ca = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
        openssl(
          "x509",
          "-req",
          "-in",
          `${name}.csr`,
          ...ca,
          "-extfile",
          extension,
          "-days",
          "1",
          "-out",
          `${name}.crt`,
        );
      };
      openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=test-ca",
        "-days",
        "1",
        "-keyout",
        "ca.key",
        "-out",
        "ca.crt",
      );
      await writeFile(join(folder, "san"), "subjectAltName=IP:127.0.0.1");
      await writeFile(join(folder, "none"), "");
      sign("server", "/CN=server", "san");
      sign("client", "/CN=engine", "none");
      const tls = { key: await file("server.key"), cert: await file("server.crt"), ca: await file("ca.crt") };
      server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
        const { subject } = (request.socket as TLSSocket).getPeerCertificate();
        response.end(
          JSON.stringify({ gitVersion: `${subject?.CN ?? "nobody"} ${request.headers.authorization ?? ""}` }),
        );
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server?.closeAllConnections();
      server?.close();
    });

    async function versionWith(options: { kubeconfig?: string; kubeconfigText?: string }): Promise<string> {
      const kubernetes = await createKubernetes(options);
      try {
        return (await kubernetes.version()).trim();
      } finally {
        kubernetes.close();
      }
    }

    it("logs in by a client certificate, given as data or as files beside it", async () => {
      const ca = { server: url, "certificate-authority-data": await base64("ca.crt") };
      const user = {
        "client-certificate-data": await base64("client.crt"),
        "client-key-data": await base64("client.key"),
      };
      assert.equal(await versionWith({ kubeconfigText: config(ca, user) }), "engine");

      const beside = { server: url, "certificate-authority": "ca.crt" };
      const files = { "client-certificate": "client.crt", "client-key": "client.key" };
      const path = join(folder, "config");
      await writeFile(path, config(beside, files));
      assert.equal(await versionWith({ kubeconfig: path }), "engine");
    });

    it("logs in by a token, and by name and password", async () => {
      const cluster = { server: url, "certificate-authority-data": await base64("ca.crt") };
      assert.equal(await versionWith({ kubeconfigText: config(cluster, { token: "abc" }) }), "nobody Bearer abc");
      const basic = await versionWith({ kubeconfigText: config(cluster, { username: "me", password: "pw" }) });
      assert.equal(basic, `nobody Basic ${Buffer.from("me:pw").toString("base64")}`);
    });

    it("does not trust a server that its authority has not signed", async () => {
      await assert.rejects(versionWith({ kubeconfigText: config({ server: url }, { token: "abc" }) }), {
        reason: "unreachable",
        message: /certificate/,
      });
    });

    it("may be spread over several files, the first of which names the current context", async () => {
      const cluster = { server: url, "certificate-authority-data": await base64("ca.crt") };
      await writeFile(
        join(folder, "one"),
        JSON.stringify({ "current-context": "x", contexts: [{ name: "x", context: { cluster: "c", user: "u" } }] }),
      );
      await writeFile(
        join(folder, "two"),
        JSON.stringify({ clusters: [{ name: "c", cluster }], users: [{ name: "u", user: { token: "two" } }] }),
      );
      const kubeconfig = `${join(folder, "one")}:${join(folder, "two")}`;
      assert.equal(await versionWith({ kubeconfig }), "nobody Bearer two");
    });
  });
});

describe("without any kubeconfig", () => {
  const saved = { KUBECONFIG: process.env.KUBECONFIG, HOME: process.env.HOME };
  let empty: string;
  before(async () => {
    empty = await mkdtemp(join(tmpdir(), "evenkeel-home-"));
    delete process.env.KUBECONFIG;
    process.env.HOME = empty;
  });
  after(async () => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(empty, { recursive: true });
  });

  it("what is missing is said, instead of a refused connection to localhost", async function () {
    if (process.env.KUBERNETES_SERVICE_HOST) {
      console.log("        this is a pod of a cluster");
      return this.skip();
    }
    await assert.rejects(createKubernetes(), {
      reason: "refused",
      message: /no Kubernetes cluster is configured: set KUBECONFIG/,
    });
  });
});
