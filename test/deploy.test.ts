import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { alertSources } from "@evenkeel/problem-ingester";
import { loadConfig, mayListen } from "@evenkeel/runtime";
import { load, loadAll } from "js-yaml";
import { createProgram } from "../cli/src/program.ts";
import { describeWith } from "./support/needs.ts";
import { installed } from "./support/processes.ts";
import { readText, root } from "./support/workspace.ts";

type Dictionary = Record<string, unknown>;

const commands = createProgram().commands.map((command) => command.name());
/** Stands in for a token, a password, a URL. */
const SECRET = "postgresql://user:0123456789abcdef@host/evenkeel";

/** The settings as the server itself reads them; throws with every name and value that it does not know. */
function settingsOf(env: Dictionary, files: Readonly<Record<string, string>> = {}) {
  const texts = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  return loadConfig({ env: texts, readFile: (path) => files[path] ?? SECRET }).settings;
}

interface Service {
  image?: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  entrypoint?: string[];
  environment?: Dictionary;
  volumes?: string[];
  ports?: string[];
  secrets?: string[];
  restart?: string;
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

describe("docker-compose.yml", () => {
  const file = load(readText("docker-compose.yml")) as {
    services: Record<string, Service>;
    volumes: Dictionary;
    secrets: Record<string, { environment?: string }>;
  };
  const services = Object.entries(file.services);
  const ours = services.filter(([, { image }]) => image === "evenkeel:local");

  it("uses the keys of the Compose specification, and no others", () => {
    const known = new Set([
      ...["image", "build", "command", "entrypoint", "environment", "volumes", "ports", "secrets", "restart"],
      ...["healthcheck", "depends_on", "init", "read_only", "tmpfs", "cap_drop", "security_opt"],
    ]);
    assert.deepEqual(Object.keys(file).sort(), ["name", "secrets", "services", "volumes"]);
    for (const [name, service] of services) {
      for (const key of Object.keys(service)) assert.ok(known.has(key), `${name}: ${key}`);
    }
  });

  it("mounts files that exist", () => {
    for (const [name, { volumes = [] }] of services) {
      for (const volume of volumes) {
        const [source = "", target = ""] = volume.split(":");
        assert.match(target, /^\//, `${name}: ${volume}`);
        if (source.startsWith("./")) assert.ok(existsSync(join(root, source)), `${name}: ${source} does not exist`);
        else assert.ok(source in file.volumes, `${name}: volume ${source} is not declared`);
      }
    }
  });

  it("waits for services that exist, and for health only where it is checked", () => {
    for (const [name, { depends_on: needs = {} }] of services) {
      for (const [other, { condition }] of Object.entries(needs)) {
        const service = file.services[other];
        assert.ok(service, `${name} depends on ${other}, which does not exist`);
        if (condition === "service_completed_successfully") assert.equal(service.restart, undefined);
        else assert.ok(service.healthcheck ?? service.build, `${name} waits for the health of ${other}`);
      }
    }
  });

  it("never waits in a circle", () => {
    const rest = new Map(services.map(([name, { depends_on: needs = {} }]) => [name, new Set(Object.keys(needs))]));
    for (
      let ready: string[];
      (ready = [...rest].filter(([, needs]) => needs.size === 0).map(([name]) => name)).length;
    ) {
      for (const name of ready) rest.delete(name);
      for (const needs of rest.values()) for (const name of ready) needs.delete(name);
    }
    assert.deepEqual([...rest.keys()], []);
  });

  it("has no secret in it, and passes each one on to who uses it", () => {
    for (const [name, { environment = {}, secrets = [] }] of services) {
      for (const secret of secrets) assert.ok(file.secrets[secret]?.environment, `${name}: secret ${secret}`);
      for (const [variable, value] of Object.entries(environment)) {
        if (/PASSWORD|DATABASE_URL/.test(variable)) assert.match(String(value), /\$\{\w+:\?/, `${name}: ${variable}`);
        const mounted = /^\/run\/secrets\/(.*)$/.exec(String(value))?.[1];
        if (mounted)
          assert.ok(secrets.includes(mounted), `${name}: ${variable} reads ${mounted}, which is not mounted`);
      }
    }
  });

  it("can be reached from this machine only", () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    assert.ok(ports.length > 0);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/);
  });

  it("runs commands that the command line has", () => {
    for (const [name, { command, entrypoint }] of ours) {
      if (entrypoint) assert.ok(existsSync(join(root, "deploy/compose/sample.ts")), name);
      else assert.ok(commands.includes(command?.[0] ?? ""), `${name}: no command ${command?.[0]}`);
    }
  });

  it("gives Evenkeel settings that it knows, with tokens, as it listens beyond loopback", () => {
    for (const [, { environment = {} }] of ours) {
      const { server } = settingsOf(environment);
      assert.equal(mayListen(server.host, server.tokens.length > 0), undefined);
    }
    const settings = settingsOf(file.services["evenkeel"]!.environment!);
    assert.equal(settings.server.port, 8484);
    assert.deepEqual(settings.server.allowedHosts, ["evenkeel"]);
    assert.deepEqual(settings.server.tokens, [{ name: "compose", token: SECRET, scopes: ["read", "write"] }]);
    assert.equal(settings.sli.prometheus?.url, "http://prometheus:9090");
  });

  it("connects names and ports that are there", () => {
    const listening: Readonly<Record<string, number>> = {
      ...{ evenkeel: 8484, sample: 9102, prometheus: 9090, alertmanager: 9093 },
    };
    const prometheus = load(readText("deploy/compose/prometheus.yml")) as Dictionary;
    const targets = JSON.stringify(prometheus).match(/[a-z]+:\d{4}/g) ?? [];
    assert.ok(targets.length >= 3);
    for (const target of targets) {
      const [host = "", port] = target.split(":");
      assert.ok(host in file.services, `prometheus.yml: ${host} is no service`);
      assert.equal(Number(port), listening[host], `prometheus.yml: ${target}`);
    }
    const sample = readText("deploy/compose/sample.ts");
    assert.match(sample, /SAMPLE_METRICS_PORT"\] \?\? 9102/);
    assert.match(sample, /SAMPLE_KUBERNETES_PORT"\] \?\? 8001/);
    assert.match(readText("deploy/compose/kubeconfig.yaml"), /server: http:\/\/sample:8001\n/);
  });

  it("posts alerts to a webhook that exists, with the token", () => {
    const alertmanager = load(readText("deploy/compose/alertmanager.yml")) as {
      receivers: { webhook_configs?: { url: string; http_config: { authorization: Dictionary } }[] }[];
    };
    const hooks = alertmanager.receivers.flatMap((receiver) => receiver.webhook_configs ?? []);
    assert.equal(hooks.length, 1);
    const { host, pathname } = new URL(hooks[0]!.url);
    assert.equal(host, "evenkeel:8484");
    assert.ok(
      alertSources.some(({ name }) => pathname === `/v1/webhooks/${name}`),
      pathname,
    );
    assert.equal(hooks[0]!.http_config.authorization["credentials_file"], "/run/secrets/evenkeel_token");
  });

  it("scrapes names of rules that the demo project answers", () => {
    const rules = load(readText("deploy/compose/rules.yml")) as {
      groups: { rules: { alert: string; annotations: { summary: string } }[] }[];
    };
    const summary = rules.groups[0]!.rules[0]!.annotations.summary;
    assert.ok(readText("shipyards/demo/sockshop/production/carts/remediation.yaml").includes(`name: ${summary}\n`));
  });
});

describeWith(
  [{ ok: installed("promtool"), why: "needs promtool: apt-get install prometheus" }],
  "deploy/compose in Prometheus' own eyes",
  () => {
    it("has a valid configuration", () =>
      check("promtool", "check", "config", "--syntax-only", compose("prometheus.yml")));
    it("has valid rules", () => check("promtool", "check", "rules", compose("rules.yml")));
  },
);

describeWith(
  [{ ok: installed("amtool"), why: "needs amtool: apt-get install prometheus-alertmanager" }],
  "deploy/compose in Alertmanager's own eyes",
  () => {
    it("has a valid configuration", () => check("amtool", "check-config", compose("alertmanager.yml")));

    it("sends what names a service to Evenkeel, and nothing else", () => {
      const route = (...labels: string[]) =>
        check("amtool", "config", "routes", "test", `--config.file=${compose("alertmanager.yml")}`, ...labels).trim();
      assert.equal(route("alertname=response_time_p90", "service=carts"), "evenkeel");
      assert.equal(route("alertname=EvenkeelDown"), "nobody");
    });
  },
);

const compose = (name: string) => join(root, "deploy/compose", name);

function check(program: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

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
  const deployment = one("Deployment").spec as {
    selector: { matchLabels: Dictionary };
    template: { metadata: { labels: Dictionary }; spec: { containers: Dictionary[]; serviceAccountName: string } };
  };
  const container = deployment.template.spec.containers[0] as {
    args: string[];
    env: { name: string; value: string }[];
    ports: { name: string; containerPort: number }[];
    securityContext: Dictionary;
    volumeMounts: { mountPath: string }[];
  };

  it("selects the pods that it makes", () => {
    assert.deepEqual(deployment.template.metadata.labels, deployment.selector.matchLabels);
    const service = one("Service").spec as { selector: Dictionary; ports: { targetPort: string }[] };
    assert.deepEqual(service.selector, deployment.selector.matchLabels);
    assert.deepEqual(
      service.ports.map(({ targetPort }) => targetPort),
      container.ports.map(({ name }) => name),
    );
  });

  it("runs a command that the command line has, without rights", () => {
    assert.ok(commands.includes(container.args[0]!));
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
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

  it("binds them to the account that the pods run as", () => {
    const binding = one("RoleBinding");
    const account = one("ServiceAccount").metadata;
    assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }]);
    assert.equal(binding.roleRef?.name, one("Role").metadata.name);
    assert.equal(binding.metadata.namespace, one("Role").metadata.namespace);
    assert.equal(deployment.template.spec.serviceAccountName, account.name);
  });

  it("is all in the namespace that it makes, but for the target's", () => {
    const namespace = one("Namespace").metadata.name;
    for (const { kind, metadata } of all) {
      if (["Namespace", "Role", "RoleBinding"].includes(kind)) continue;
      assert.equal(metadata.namespace, namespace, `${kind} ${metadata.name}`);
    }
  });
});
