import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { alertSources } from "@evenkeel/problem-ingester";
import { mayListen } from "@evenkeel/runtime";
import { load } from "js-yaml";
import { commands, SECRET, settingsOf, type Dictionary } from "./support/deployed.ts";
import { describeWith } from "./support/needs.ts";
import { installed } from "./support/processes.ts";
import { readText, root } from "./support/workspace.ts";

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
      ...["mem_limit", "cpus", "pids_limit"],
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
    assert.deepEqual(settings.server.tokens, [
      { name: "compose", token: SECRET, scopes: ["read", "write"], projects: ["*"] },
    ]);
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
