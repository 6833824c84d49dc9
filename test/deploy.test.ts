import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AuthorizationV1Api, CoreV1Api, KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import { ROLES } from "@evenkeel/cli";
import { mayListen } from "@evenkeel/runtime";
import { loadAll } from "js-yaml";
import { commands, SECRET, settingsOf, type Dictionary } from "./support/deployed.ts";
import { eventually } from "./support/eventually.ts";
import { describeWith, kubernetes } from "./support/needs.ts";
import { readText, root } from "./support/workspace.ts";

describe("deploy/Dockerfile", () => {
  const lines = readText("deploy/Dockerfile")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => /^(\w+)\s+(.*)$/.exec(line)!.slice(1) as [word: string, rest: string]);
  const last = lines.slice(lines.findLastIndex(([word]) => word === "FROM"));
  const value = (word: string) => last.find(([found]) => found === word)?.[1] ?? "";

  it("copies files that exist", () => {
    for (const [word, rest] of lines) {
      if (word !== "COPY" || rest.startsWith("--from")) continue;
      for (const source of rest.split(/\s+/).slice(0, -1)) {
        assert.ok(existsSync(join(root, source)), `COPY ${source}`);
      }
    }
  });

  it("copies what the installation and the bundle read", () => {
    const copied = lines.filter(([word]) => word === "COPY").flatMap(([, rest]) => rest.split(/\s+/).slice(0, -1));
    for (const needed of [
      "packages",
      "services",
      "cli",
      "test/package.json",
      "shipyards",
      "LICENSE",
      "pnpm-lock.yaml",
    ]) {
      assert.ok(copied.includes(needed), `COPY ${needed} is missing`);
    }
  });

  it("runs a command that the command line has, as a user that is not root", () => {
    const [command = ""] = JSON.parse(value("CMD")) as string[];
    assert.ok(commands.includes(command), `no command ${command}`);
    assert.match(value("USER"), /^[1-9]\d{3,}:[1-9]\d{3,}$/);
    assert.deepEqual(JSON.parse(value("ENTRYPOINT")), ["node", "/opt/evenkeel/evenkeel.mjs"]);
  });

  it("asks the readiness route for its health", () => {
    assert.match(value("HEALTHCHECK"), /EVENKEEL_SERVER__PORT \|\| 8484\}\/readyz/);
  });

  it("starts from a Node that the package allows", () => {
    for (const [word, rest] of lines) if (word === "FROM") assert.match(rest, /^node:(2[24])-bookworm-slim\b/);
  });
});

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  rules?: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  roleRef?: { kind: string; name: string };
  automountServiceAccountToken?: boolean;
  subjects?: { kind: string; name: string; namespace: string }[];
  spec?: Dictionary;
}

describe("deploy/kubernetes", () => {
  const folder = join(root, "deploy/kubernetes");
  const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
  const all = files.flatMap((name) => loadAll(readText(`deploy/kubernetes/${name}`)) as Manifest[]);
  const one = (kind: string) => {
    const found = all.filter((manifest) => manifest.kind === kind);
    assert.equal(found.length, 1, `one ${kind}`);
    return found[0]!;
  };
  interface Pods {
    name: string;
    selector: { matchLabels: Dictionary };
    labels: Dictionary;
    account: string;
    hasToken: boolean;
    spec: Dictionary;
    container: {
      args: string[];
      env: { name: string; value: string }[];
      ports: { name: string; containerPort: number }[];
      resources: { limits: Dictionary };
      securityContext: Dictionary;
    };
  }
  const pods = all
    .filter(({ kind }) => kind === "Deployment")
    .map(({ metadata, spec }): Pods => {
      const { selector, template } = spec as {
        selector: Pods["selector"];
        template: { metadata: { labels: Dictionary }; spec: Dictionary };
      };
      return {
        ...{ name: metadata.name, selector, labels: template.metadata.labels, spec: template.spec },
        account: template.spec["serviceAccountName"] as string,
        hasToken: template.spec["automountServiceAccountToken"] as boolean,
        container: (template.spec["containers"] as Pods["container"][])[0]!,
      };
    });
  const [intake, engine] = [
    pods.find(({ name }) => name === "evenkeel")!,
    pods.find(({ name }) => name !== "evenkeel")!,
  ];
  const { container } = intake;
  const rolesOf = ({ container: { args } }: Pods) => args.filter((_, n) => args[n - 1] === "--role");

  it("selects the pods that it makes", () => {
    for (const { labels, selector } of pods) assert.deepEqual(labels, selector.matchLabels);
    const service = one("Service").spec as { selector: Dictionary; ports: { targetPort: string }[] };
    assert.deepEqual(service.selector, intake.selector.matchLabels);
    assert.deepEqual(
      service.ports.map(({ targetPort }) => targetPort),
      container.ports.map(({ name }) => name),
    );
  });

  it("runs every part, by commands that the command line has, without rights on its own machine", () => {
    assert.deepEqual(pods.flatMap(rolesOf).sort(), [...ROLES].sort());
    for (const { container: one, spec } of pods) {
      assert.ok(commands.includes(one.args[0]!));
      assert.deepEqual(one.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      const { runAsNonRoot, seccompProfile } = spec["securityContext"] as Dictionary;
      assert.deepEqual([runAsNonRoot, seccompProfile], [true, { type: "RuntimeDefault" }]);
      assert.deepEqual(Object.keys(one.resources.limits), ["cpu", "memory"]);
    }
  });

  it("gives only the engine an account that may do something; what reads strangers' requests has no token", () => {
    assert.deepEqual(rolesOf(engine), ["engine"]);
    assert.equal(engine.hasToken, true);
    assert.equal(intake.hasToken, false);
    assert.notEqual(intake.account, engine.account);
    const accounts = all.filter(({ kind }) => kind === "ServiceAccount");
    assert.deepEqual(accounts.map(({ metadata }) => metadata.name).sort(), [engine.account, intake.account].sort());
    for (const account of accounts) assert.equal(account.automountServiceAccountToken, false);
  });

  it("lets in what is meant to be reached and out what is needed, and nothing else", () => {
    const policies = all.filter(({ kind }) => kind === "NetworkPolicy");
    const of = (name: string) => policies.find(({ metadata }) => metadata.name === name)!.spec as unknown as Policy;
    interface Policy {
      podSelector: { matchLabels?: Dictionary };
      policyTypes: string[];
      ingress?: { from?: unknown[]; ports: { port: unknown }[] }[];
      egress?: { to?: { ipBlock: { cidr: string; except: string[] } }[]; ports: { port: unknown }[] }[];
    }
    assert.deepEqual(of("evenkeel-nothing"), { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    for (const [name, made] of [
      ["evenkeel-intake", intake],
      ["evenkeel-engine", engine],
    ] as const) {
      const policy = of(name);
      assert.deepEqual(policy.podSelector.matchLabels, made.labels);
      assert.deepEqual(policy.policyTypes, ["Ingress", "Egress"]);
      assert.deepEqual(
        policy.ingress!.flatMap(({ ports }) => ports.map(({ port }) => port)),
        ["http"],
      );
      const open = policy.egress!.filter(({ to }) => to === undefined).flatMap(({ ports }) => ports);
      assert.deepEqual(
        [...new Set(open.map(({ port }) => port))],
        [53],
        "without a destination only names are asked for",
      );
      const metadata = policy.egress!.flatMap(({ to }) => to ?? []).map(({ ipBlock }) => ipBlock.except);
      assert.deepEqual(metadata, [["169.254.0.0/16"], ["fd00:ec2::254/128"]]);
    }
    assert.equal(of("evenkeel-intake").ingress![0]!.from, undefined);
    assert.equal(of("evenkeel-engine").ingress![0]!.from?.length, 1, "nobody but the metrics' reader");
  });

  it("has settings that Evenkeel knows", () => {
    const files = Object.fromEntries(
      Object.entries(one("ConfigMap").data!).map(([name, text]) => [`/etc/evenkeel/${name}`, text]),
    );
    const env = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    const { server, database } = settingsOf(env, files);
    assert.equal(mayListen(server.host, server.tokens.length > 0), undefined);
    assert.equal(server.port, container.ports[0]!.containerPort);
    assert.equal(database.url, SECRET);
  });

  it("grants what packages/kubernetes calls, and no more", () => {
    const granted = one("Role").rules!.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource} (${group})`)),
      ),
    );
    assert.deepEqual(granted.sort(), [
      "get deployments (apps)",
      "get scaledobjects (keda.sh)",
      "get statefulsets (apps)",
      "list horizontalpodautoscalers (autoscaling)",
      "list pods ()",
      "patch deployments (apps)",
      "patch horizontalpodautoscalers (autoscaling)",
      "patch scaledobjects (keda.sh)",
      "patch statefulsets (apps)",
    ]);
    // A new call in there needs a new verb here.
    const calls = ["autoscalers.ts", "create.ts"].map((name) => readText(`packages/kubernetes/src/${name}`)).join("\n");
    const made = new Set(
      [...calls.matchAll(/\bapi\.(get|getIfServed|patch|post|delete|put)\(/g)].map(([, call]) => call),
    );
    assert.deepEqual([...made].sort(), ["get", "getIfServed", "patch", "post"]);
    assert.equal([...calls.matchAll(/api\.post\(/g)].length, 1, "the one POST is the question what we may do");
  });

  it("binds them to the account that the engine runs as", () => {
    const binding = one("RoleBinding");
    const account = all.find(
      ({ kind, metadata }) => kind === "ServiceAccount" && metadata.name === engine.account,
    )!.metadata;
    assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }]);
    assert.equal(binding.roleRef?.name, one("Role").metadata.name);
    assert.equal(binding.metadata.namespace, one("Role").metadata.namespace);
  });

  it("is all in the namespace that it makes, but for the target's", () => {
    const namespace = one("Namespace").metadata.name;
    for (const { kind, metadata } of all) {
      if (["Namespace", "Role", "RoleBinding"].includes(kind)) continue;
      assert.equal(metadata.namespace, namespace, `${kind} ${metadata.name}`);
    }
  });
});

describeWith([kubernetes], "deploy/kubernetes in a cluster's own eyes", function () {
  this.timeout(60_000);
  const namespace = `evenkeel-deploy-${randomBytes(3).toString("hex")}`;
  const manifests = ["evenkeel.yaml", "network-policy.yaml", "target-namespace.yaml"].flatMap(
    (name) => loadAll(readText(`deploy/kubernetes/${name}`)) as Manifest[],
  );
  let config: KubeConfig;

  before(async () => {
    config = new KubeConfig();
    config.loadFromFile(process.env["KUBECONFIG"]!);
    await config.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name: namespace } } });
    const api = KubernetesObjectApi.makeApiClient(config);
    for (const { metadata, subjects, ...rest } of manifests) {
      const moved = { ...rest, metadata: { ...metadata, namespace } };
      const bound = { ...moved, ...(subjects && { subjects: subjects.map((one) => ({ ...one, namespace })) }) };
      // Rights are really granted, all else is only checked by the server.
      await api.create(bound, undefined, rest.kind.startsWith("Role") ? undefined : "All");
    }
    // The server learns of a Role and of its binding a moment after each is stored.
    await eventually("the rights are in force", () => may("get", "apps", "deployments"));
  });
  after(() => config.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace }));

  async function may(verb: string, group: string, resource: string, where = namespace): Promise<boolean> {
    const { status } = await config.makeApiClient(AuthorizationV1Api).createSubjectAccessReview({
      body: {
        spec: {
          user: `system:serviceaccount:${namespace}:evenkeel`,
          resourceAttributes: { verb, group, resource, namespace: where },
        },
      },
    });
    return status?.allowed ?? false;
  }

  it("lets Evenkeel scale what is there", async () => {
    assert.equal(await may("get", "apps", "deployments"), true);
    assert.equal(await may("patch", "apps", "statefulsets"), true);
    assert.equal(await may("patch", "autoscaling", "horizontalpodautoscalers"), true);
    assert.equal(await may("list", "", "pods"), true);
  });

  it("lets it do nothing else, and nothing elsewhere", async () => {
    assert.equal(await may("get", "", "secrets"), false);
    assert.equal(await may("delete", "apps", "deployments"), false);
    assert.equal(await may("create", "", "pods"), false);
    assert.equal(await may("patch", "apps", "deployments", "default"), false);
  });
});
