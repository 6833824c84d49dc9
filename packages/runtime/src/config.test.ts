import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ConfigError,
  configRows,
  loadConfig,
  settingsJsonSchema,
  settingsReference,
  Settings,
  secretOf,
  sliSettings,
  sourceSettings,
} from "./index.ts";
import type { ConfigSources } from "./index.ts";

const env = (variables: Record<string, string> = {}) => ({ HOME: "/home/ada", ...variables });
const fromFile = (text: string, more: Partial<ConfigSources> = {}) =>
  loadConfig({ env: env(), configPath: "/etc/evenkeel.yaml", readFile: () => text, ...more });

function problemsOf(load: () => unknown): string[] {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message.split("\n");
  }
  return assert.fail("nothing was refused");
}

describe("settings", () => {
  it("are complete without any file, variable or flag", () => {
    const { settings, originOf } = loadConfig({ env: env() });
    assert.equal(settings.dataDir, "/home/ada/.local/share/evenkeel");
    assert.deepEqual([settings.server.host, settings.server.port, settings.server.tokens], ["127.0.0.1", 8484, []]);
    assert.deepEqual(settings.remediation, {
      wait: 600_000,
      settle: 60_000,
      actionTimeout: 300_000,
      evaluationRetries: 3,
    });
    assert.deepEqual(settings.kubernetes.bounds, { min: 1, max: 10 });
    assert.deepEqual(sourceSettings(settings, "alertmanager").auth, { type: "token" });
    assert.deepEqual(sourceSettings(settings, "grafana"), sourceSettings(settings, "alertmanager"));
    assert.deepEqual(originOf("server.port"), { source: "default" });
    assert.equal(loadConfig({ env: { XDG_DATA_HOME: "/data" } }).settings.dataDir, "/data/evenkeel");
    assert.doesNotThrow(() => Settings.parse({}));
  });

  it("come from the file, then the environment, then flags, and say from where", () => {
    const { settings, originOf } = fromFile("server: { port: 1000, host: ::1 }\nlog: { level: warn }", {
      env: env({ EVENKEEL_SERVER__PORT: "2000", EVENKEEL_LOG__LEVEL: "error" }),
      flags: { "log.level": "debug", "log.format": undefined },
    });
    assert.deepEqual([settings.server.host, settings.server.port, settings.log.level], ["::1", 2000, "debug"]);
    assert.deepEqual(originOf("server.host"), { source: "file", name: "/etc/evenkeel.yaml" });
    assert.deepEqual(originOf("server.port"), { source: "env", name: "EVENKEEL_SERVER__PORT" });
    assert.deepEqual(originOf("log.level"), { source: "flag", name: "log.level" });
    assert.deepEqual(originOf("server.publicUrl"), { source: "default" });
  });

  it("take the well-known unprefixed names, which the prefixed ones outrank", () => {
    const both = { DATABASE_URL: "postgres://a", REDIS_URL: "redis://b", KUBECONFIG: "/k" };
    const { settings } = loadConfig({ env: env(both) });
    assert.deepEqual(
      [settings.database.url, settings.queue.redisUrl, settings.kubernetes.kubeconfig],
      ["postgres://a", "redis://b", "/k"],
    );
    assert.equal(
      loadConfig({ env: env({ ...both, EVENKEEL_DATABASE__URL: "postgres://c" }) }).settings.database.url,
      "postgres://c",
    );
  });

  it("read lists, groups, numbers, booleans and durations from text", () => {
    const { settings } = loadConfig({
      env: env({
        EVENKEEL_OUTBOUND__ALLOW: "10.0.0.0/8, prometheus:9090",
        EVENKEEL_KUBERNETES__BOUNDS: '{"max": 20}',
        EVENKEEL_REMEDIATION__WAIT: "1h30m",
        EVENKEEL_SLI__PROMETHEUS__URL: "https://prom",
        EVENKEEL_SLI__PROMETHEUS__TLS__INSECURE_SKIP_VERIFY: "true",
        EVENKEEL_INTAKE__SOURCES__MY_SENDER__AUTH__TYPE: "bearer",
        EVENKEEL_INTAKE__SOURCES__MY_SENDER__AUTH__TOKENS: "one-token,two-token",
      }),
    });
    assert.deepEqual(settings.outbound.allow, ["10.0.0.0/8", "prometheus:9090"]);
    assert.deepEqual(settings.kubernetes.bounds, { min: 1, max: 20 });
    assert.equal(settings.remediation.wait, 5_400_000);
    assert.equal(settings.sli.prometheus?.tls?.insecureSkipVerify, true);
    assert.deepEqual(sourceSettings(settings, "my-sender").auth, {
      type: "bearer",
      tokens: ["one-token", "two-token"],
    });
  });

  it("take secrets from mounted files and from other variables, without the final newline", () => {
    const directory = mkdtempSync(join(tmpdir(), "evenkeel-config-"));
    try {
      const file = join(directory, "token");
      writeFileSync(file, "file-token-0123456789\n");
      const config = join(directory, "evenkeel.yaml");
      writeFileSync(
        config,
        `server:\n  tokens:\n    - { name: ci, token: { file: ${JSON.stringify(file)} } }\nsecrets: { PAGER: { env: PAGER_KEY }, PLAIN: in-the-file }\n`,
      );
      const loaded = loadConfig({
        env: env({
          EVENKEEL_CONFIG: config,
          PAGER_KEY: "pager-key-1",
          DATABASE_URL_FILE: file,
          EVENKEEL_SECRETS__CHAT_FILE: file,
          EVENKEEL_SERVER__TOKENS__0__NAME: "renamed",
        }),
      });
      assert.deepEqual(loaded.settings.server.tokens, [
        { name: "renamed", token: "file-token-0123456789", scopes: ["read", "write"], projects: ["*"] },
      ]);
      assert.deepEqual(loaded.settings.secrets, {
        PAGER: "pager-key-1",
        PLAIN: "in-the-file",
        CHAT: "file-token-0123456789",
      });
      assert.equal(loaded.settings.database.url, "file-token-0123456789");
      assert.deepEqual(new Set(loaded.secrets), new Set(["file-token-0123456789", "pager-key-1", "in-the-file"]));
      const shown = JSON.stringify(configRows(loaded));
      for (const secret of loaded.secrets) assert.equal(shown.includes(secret), false, "a secret is shown");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("name a file that is not there", () => {
    assert.deepEqual(
      problemsOf(() =>
        loadConfig({
          env: env({ EVENKEEL_SERVER__TOKENS__0__TOKEN_FILE: "/nowhere/x", EVENKEEL_SERVER__TOKENS__0__NAME: "a" }),
        }),
      )[0],
      "env EVENKEEL_SERVER__TOKENS__0__TOKEN_FILE: server.tokens.0.token: found a file that cannot be read: /nowhere/x (ENOENT), expected a readable file",
    );
    assert.match(
      problemsOf(() => loadConfig({ env: env(), configPath: "/nowhere.yaml" }))[0]!,
      /^file \/nowhere.yaml: found a file that cannot be read/,
    );
  });

  it("refuse unknown variables, keys and flags with a suggestion", () => {
    const problems = problemsOf(() =>
      fromFile("server: { prot: 1 }\nkubernets: {}", {
        env: env({ EVENKEEL_PORT: "1", EVENKEEL_LOGLEVEL: "x", EVENKEEL_ZZZZZZZZZZZZ: "y" }),
        flags: { "sever.port": 1 },
      }),
    );
    const expected = [
      /^env EVENKEEL_PORT: .*did you mean EVENKEEL_SERVER__PORT\?/,
      /^env EVENKEEL_LOGLEVEL: .*did you mean EVENKEEL_LOG__LEVEL\?/,
      /^env EVENKEEL_ZZZZZZZZZZZZ: found an unknown setting, expected a known one$/,
      /^flag sever.port: .*did you mean server.port\?/,
      /^file \/etc\/evenkeel.yaml: server.prot: .*did you mean port\?/,
      /^file \/etc\/evenkeel.yaml: kubernets: .*did you mean kubernetes\?/,
    ];
    for (const pattern of expected)
      assert.ok(
        problems.some((line) => pattern.test(line)),
        `${pattern} in\n${problems.join("\n")}`,
      );
    assert.equal(problems.length, expected.length);
  });

  it("leave alone what Kubernetes and the command line put beside them", () => {
    const foreign = {
      EVENKEEL_PORT: "tcp://10.0.0.1:80",
      EVENKEEL_BRIDGE_SERVICE_HOST: "10.0.0.1",
      EVENKEEL_SERVICE_PORT_HTTP: "80",
      EVENKEEL_PORT_80_TCP_ADDR: "10.0.0.1",
      EVENKEEL_TOKEN: "x",
      EVENKEEL_SERVER: "http://x",
    };
    assert.equal(loadConfig({ env: env(foreign) }).settings.server.port, 8484);
  });

  it("say what was found and what was expected, all at once, and never quote a secret", () => {
    const problems = problemsOf(() =>
      fromFile(
        "server: { port: 99999, tokens: [{ name: a, token: short }] }\nkubernetes: { bounds: { min: 5, max: 2 } }\nsli: { prometheus: { headers: {} } }\nremediation: { wait: 10 }\nintake: { sources: { events: { auth: { type: hmca } } } }",
        {
          env: env({ EVENKEEL_REMEDIATION__WAIT: "10", EVENKEEL_LOG__LEVEL: "loud" }),
        },
      ),
    );
    const file = "file /etc/evenkeel.yaml";
    assert.deepEqual(
      new Set(problems),
      new Set([
        `env EVENKEEL_REMEDIATION__WAIT: remediation.wait: found "10", expected a duration such as 30s or 10m`,
        `env EVENKEEL_LOG__LEVEL: log.level: found "loud", expected one of trace, debug, info, warn, error, fatal, silent`,
        `${file}: server.port: found 99999, expected at most 65535`,
        `${file}: server.tokens.0.token: found a text of 5 characters, expected at least 16 characters`,
        `${file}: kubernetes.bounds: found a group, expected min to be at most max`,
        `${file}: sli.prometheus.url: found nothing, expected a text`,
        `${file}: remediation.wait: found 10, expected a text`,
        `${file}: intake.sources.events.auth.type: found "hmca", expected one of token, bearer, basic, hmac`,
      ]),
    );
  });

  it("refuse files that are no mapping, no YAML, too large or out to change prototypes", () => {
    assert.match(problemsOf(() => fromFile("- a"))[0]!, /found no mapping/);
    assert.match(problemsOf(() => fromFile("a: [1"))[0]!, /expected YAML or JSON/);
    assert.match(problemsOf(() => fromFile("# ".padEnd(300_000, "x")))[0]!, /more than 256 KiB/);
    assert.match(problemsOf(() => fromFile("secrets: { __proto__: { a: b } }"))[0]!, /key "__proto__"/);
    assert.deepEqual(fromFile("").settings, loadConfig({ env: env() }).settings);
  });

  it("refuse a source or provider that this build does not have, when told which it has", () => {
    const known = {
      sources: ["alertmanager", "dynatrace", "events", "grafana"],
      sliProviders: ["prometheus", "dynatrace"],
    };
    const problems = problemsOf(() =>
      fromFile(
        "intake: { sources: { alertmanger: {} } }\nsli: { provider: promtheus }\nprojects: { shop: { sli: { datadog: { a: 1 } } } }",
        { known },
      ),
    );
    assert.match(problems[0]!, /intake\.sources\.alertmanger: .*did you mean alertmanager\?/);
    assert.match(problems[1]!, /sli\.provider: .*did you mean prometheus\?/);
    assert.match(problems[2]!, /projects\.shop\.sli\.datadog: .*expected an SLI provider: prometheus, dynatrace/);
    assert.doesNotThrow(() => fromFile("intake: { sources: { grafana: {} } }", { known }));
  });

  it("let a project differ in its SLI source and keep the rest", () => {
    const { settings } = fromFile(
      "sli: { provider: dynatrace, prometheus: { url: http://general } }\nprojects: { shop: { sli: { prometheus: { url: http://shop } } } }",
    );
    assert.deepEqual(
      [sliSettings(settings, "shop").provider, sliSettings(settings, "shop").prometheus?.url],
      ["dynatrace", "http://shop"],
    );
    assert.equal(sliSettings(settings, "toString").prometheus?.url, "http://general");
  });

  it("let a project have secrets of its own, which no other project can name", () => {
    const { settings } = loadConfig({
      ...{
        configPath: "x.yaml",
        readFile: () => "secrets: { BOTH: general }\nprojects: { shop: { secrets: { CI: shop-1 } } }",
      },
      env: { EVENKEEL_PROJECTS__SHOP__SECRETS__BOTH: "shop-2", EVENKEEL_PROJECTS__BANK__SECRETS__My_Key: "bank-1" },
    });
    const names = ["BOTH", "CI", "My_Key", "toString", "__proto__"];
    const of = (project: string) => names.map((name) => secretOf(settings, project, name));
    assert.deepEqual(of("shop"), ["shop-2", "shop-1", undefined, undefined, undefined]);
    assert.deepEqual(of("bank"), ["general", undefined, "bank-1", undefined, undefined]);
    for (const other of ["toString", "__proto__", "*", ""])
      assert.deepEqual(of(other), ["general", undefined, undefined, undefined, undefined], other);
  });

  it("are all listed, with a description, for the reference page", () => {
    const rows = settingsReference();
    const port = rows.find((row) => row.path === "server.port");
    assert.deepEqual([port?.env, port?.type, port?.default], ["EVENKEEL_SERVER__PORT", "number", "8484"]);
    assert.equal(rows.find((row) => row.path === "database.url")?.alias, "DATABASE_URL");
    assert.equal(
      rows.find((row) => row.path === "intake.sources.events.auth.type")?.type,
      "token | bearer | basic | hmac",
    );
    assert.deepEqual(
      rows.filter((row) => row.description === "").map((row) => row.path),
      [],
    );
    assert.equal(new Set(rows.map((row) => row.env)).size, rows.length);
  });

  it("have a JSON Schema in which a secret may also be a reference", () => {
    const schema = settingsJsonSchema();
    const text = JSON.stringify(schema);
    assert.match(
      text,
      /"redisUrl":\{"description":"[^"]+","anyOf":\[\{"type":"string","minLength":1\},\{"type":"object","properties":\{"file"/,
    );
    assert.doesNotMatch(text, /"secret":true|"kind":|defaultText|\/home|\/root/);
    assert.equal(schema["additionalProperties"], false);
  });
});
