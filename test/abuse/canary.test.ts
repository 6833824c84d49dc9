import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createJournal } from "@evenkeel/journal";
import { createLog } from "@evenkeel/runtime";
import { startSimulator, type Simulator } from "@evenkeel/simulator";
import { startApp, type Running } from "./support/app.ts";
import { evenkeel } from "./support/command.ts";
import { eventually } from "../support/eventually.ts";

/** A secret for each place where one can be set; every one can be told from the others. */
const SECRETS = {
  apiToken: "canary-api-token-5f3a9c",
  readToken: "canary-read-token-81be04",
  alertmanagerPassword: "canary-am-password-77aa10",
  hmacOne: "canary-hmac-one-c0ffee",
  hmacTwo: "canary-hmac-two-facade",
  eventsBearer: "canary-events-bearer-13579b",
  prometheusPassword: "canary-prom-password-24680a",
  prometheusHeader: "canary-prom-header-9d8e7f",
  dynatraceToken: "canary-dynatrace-token-66bb77",
  escalationHeader: "canary-escalation-header-31415c",
  escalationSecret: "canary-escalation-secret-27182d",
  hook: "canary/hook+secret&=?-161803",
  kubernetesToken: "canary-kubernetes-token-14142e",
  databasePassword: "canary-database-password-57721f",
};

/** As they are, and as they look in URLs, headers, JSON and base64. */
function shapesOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const inBasic = ["am", "prom"].map((user) => Buffer.from(`${user}:${secret}`).toString("base64").replace(/=+$/, ""));
  return [...new Set([secret, encodeURIComponent(secret), base64, ...inBasic, Buffer.from(secret).toString("hex")])];
}

const SHIPYARD = "stages:\n  - name: production\n    remediation_strategy: automated\n";
const SLO =
  'spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\n    pass:\n      - criteria: ["<1"]\ntotal_score:\n  pass: "90%"\n';

describe("secrets", () => {
  let simulator: Simulator;
  let app: Running;
  let echo: Server;
  let echoed = "";
  const places = new Map<string, string>();

  before(async function () {
    this.timeout(120_000);
    let turn = 0;
    // The worst of neighbours: it says back whatever it was sent, and fails two times out of three.
    echo = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const said = JSON.stringify({ url: request.url, headers: request.headers, body });
        echoed += said;
        const status = [500, 401, 200][turn++ % 3]!;
        response.writeHead(status, {
          "content-type": "application/json",
          "x-echo": request.headers.authorization ?? "",
        });
        response.end(JSON.stringify({ error: said, status: "error", errorType: said, message: said }));
      });
    });
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    const outside = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    const services = ["carts", "orders", "user"].map((service) => ({ project: "shop", stage: "production", service }));
    simulator = await startSimulator({ services, token: SECRETS.kubernetesToken, startupDelayMs: 200 });
    app = await startApp({
      roles: ["ingester", "engine", "evaluation", "bridge"],
      file: settings(outside),
      kubeconfigText: simulator.kubeconfig(),
      unmasked: true,
      flags: { "remediation.settle": "0s", "remediation.evaluationRetries": 1, "remediation.actionTimeout": "10s" },
    });
    for (const [service, provider] of Object.entries({
      carts: "prometheus",
      orders: "dynatrace",
      user: "prometheus",
    })) {
      await app.journal.apply("shop", files(service, provider, outside), { replace: false });
    }
    await wholeLoop();
    await gather();
  });
  after(async () => {
    await app?.close();
    await simulator?.stop();
    echo?.close();
  });

  const headers = { "content-type": "application/json" };
  const basic = `Basic ${Buffer.from(`am:${SECRETS.alertmanagerPassword}`).toString("base64")}`;

  async function post(path: string, body: string, more: Record<string, string>): Promise<Response> {
    const response = await fetch(`${app.url}${path}`, { method: "POST", headers: { ...headers, ...more }, body });
    places.set(
      `POST ${path} ${response.status} (${places.size})`,
      `${JSON.stringify([...response.headers])}${await response.clone().text()}`,
    );
    return response;
  }

  /** Problems that end in success and in failure of every action, with every provider failing in every way. */
  async function wholeLoop(): Promise<void> {
    simulator.failNext({ method: "PATCH", status: 500 } as never);
    const alerts = ["carts", "orders", "user"].map((service) => ({
      status: "firing",
      labels: { alertname: "slow", project: "shop", stage: "production", service },
      annotations: { summary: "slow" },
      startsAt: "2026-01-31T12:00:00Z",
    }));
    const body = JSON.stringify({ version: "4", alerts });
    assert.equal((await post("/v1/webhooks/alertmanager", body, { authorization: basic })).status, 202);
    // Refusals of every kind, with secrets that are nearly right.
    for (const authorization of [
      "",
      "Bearer x",
      basic.slice(0, -3),
      `Bearer ${SECRETS.apiToken}`,
      `Basic ${SECRETS.hmacOne}`,
    ]) {
      await post("/v1/webhooks/alertmanager", body, authorization ? { authorization } : {});
    }
    await post("/v1/webhooks/alertmanager", "{", { authorization: basic });
    await post("/v1/webhooks/dynatrace", body, { "x-signature": "00" });
    await post("/v1/events", body, { authorization: `Bearer ${SECRETS.eventsBearer}` });
    await post("/v1/events", body, { "x-token": SECRETS.readToken });
    await eventually(
      "every run is finished and nothing is left to do",
      async () => {
        const runs = await app.journal.remediations({ project: "shop", limit: 10 });
        const done = runs.length === 3 && runs.every(({ state }) => state.phase === "finished");
        return done && (await app.journal.tasks(10)).every((task) => task.parkedAt);
      },
      {
        within: 90_000,
        seen: async () => JSON.stringify(await app.journal.remediations({ limit: 10 })).slice(0, 3000),
      },
    );
  }

  async function gather(): Promise<void> {
    places.set("log", app.lines.join(""));
    const events = await app.journal.list({ limit: 1000 });
    places.set("events", JSON.stringify(events));
    const authorization = `Bearer ${SECRETS.readToken}`;
    const get = async (path: string, more: Record<string, string> = { authorization }) => {
      const response = await fetch(`${app.url}${path}`, { headers: more });
      const text = await response.text();
      places.set(`GET ${path} ${response.status} (${places.size})`, JSON.stringify([...response.headers]) + text);
      return text;
    };
    const { paths } = JSON.parse(await get("/openapi.json")) as {
      paths: Record<string, Record<string, { responses: object }>>;
    };
    const run = (await app.journal.remediations({ limit: 1 }))[0]!.state.context;
    const known: Record<string, string> = {
      ...{ project: "shop", stage: "production", service: "carts", context: run, id: events[0]!.id },
      uri: "shipyard.yaml",
    };
    for (const [path, methods] of Object.entries(paths)) {
      if (!methods["get"] || /event-stream/.test(JSON.stringify(methods["get"].responses))) continue;
      const filled = path.replace(/\{([^}]+)\}/g, (_all, name: string) => known[name] ?? "carts");
      await get(filled);
      await get(filled, {});
      await get(filled, { authorization: `Bearer ${SECRETS.eventsBearer}` });
      await get(`${filled}?token=${encodeURIComponent("not-a-secret")}`);
    }
    for (const path of ["/metrics", "/readyz?verbose", "/livez", "/nothing"]) await get(path);
    const env = { EVENKEEL_SERVER: app.url, EVENKEEL_TOKEN: SECRETS.readToken };
    const commands = [
      ...[
        ["get", "remediations"],
        ["get", "events", "-o", "json"],
        ["get", "notifications", "-o", "wide"],
      ],
      ...[
        ["get", "tasks"],
        ["get", "projects"],
        ["describe", "remediation", run],
        ["get", "nothing"],
      ],
      ...[["get", "remediations", "--debug", "--server", "http://127.0.0.1:9"], ["version"]],
    ];
    for (const words of commands) {
      const { stdout, stderr } = await evenkeel(words, env);
      places.set(`evenkeel ${words.join(" ")}`, stdout + stderr);
    }
    const wrong = await evenkeel(["get", "remediations", "--debug"], { ...env, EVENKEEL_TOKEN: SECRETS.hmacTwo });
    places.set("evenkeel with a wrong token", wrong.stdout + wrong.stderr);
    places.set("what the log says when it is told everything", toldEverything());
    places.set("a database that refuses its password", await wrongPassword());
  }

  it("were used: each reached where it belongs", () => {
    for (const name of [
      "hook",
      "prometheusPassword",
      "prometheusHeader",
      "dynatraceToken",
      "escalationHeader",
    ] as const) {
      assert.ok(
        shapesOf(SECRETS[name]).some((shape) => echoed.includes(shape)),
        `${name} was sent nowhere`,
      );
    }
    assert.ok(simulator.audit.length > 0, "the cluster was written to");
  });

  it("met failures of every kind on the way", () => {
    const events = places.get("events")!;
    for (const word of ["errored", "escalation", "webhook", "scaling"]) assert.ok(events.includes(word), word);
    assert.match(places.get("log")!, /"level":40/);
  });

  for (const [name, secret] of Object.entries(SECRETS)) {
    it(`are nowhere to be read: ${name}`, () => {
      assert.ok(places.size > 40, `${places.size} places were looked at`);
      const hits: string[] = [];
      for (const [place, text] of places) {
        for (const shape of shapesOf(secret)) {
          const at = text.indexOf(shape);
          if (at >= 0) hits.push(`${place}: …${text.slice(Math.max(0, at - 150), at + shape.length + 30)}…`);
        }
      }
      if (hits.length > 0) assert.fail(hits.join("\n"));
    });
  }

  it("are nowhere to be read: the database's own password", () => {
    const { password } = new URL(app.databaseUrl);
    if (!password) return;
    for (const [place, text] of places) assert.ok(!text.includes(decodeURIComponent(password)), place);
  });
});

function settings(outside: string): string {
  return JSON.stringify({
    server: {
      tokens: [
        { name: "ci", token: SECRETS.apiToken, scopes: ["write"] },
        { name: "reader", token: SECRETS.readToken, scopes: ["read"] },
      ],
    },
    intake: {
      sources: {
        alertmanager: { auth: { type: "basic", users: [{ username: "am", password: SECRETS.alertmanagerPassword }] } },
        dynatrace: { auth: { type: "hmac", secrets: [SECRETS.hmacOne, SECRETS.hmacTwo] } },
        events: { auth: { type: "bearer", tokens: [SECRETS.eventsBearer] } },
      },
    },
    sli: {
      prometheus: {
        url: `${outside}/prometheus`,
        auth: { type: "basic", username: "prom", password: SECRETS.prometheusPassword },
        headers: { "x-scope-orgid": SECRETS.prometheusHeader },
      },
      dynatrace: { tenantUrl: `${outside}/dynatrace`, apiToken: SECRETS.dynatraceToken },
    },
    escalation: {
      webhook: {
        url: `${outside}/escalation`,
        headers: { "x-key": SECRETS.escalationHeader },
        secret: SECRETS.escalationSecret,
      },
    },
    outbound: { allow: ["127.0.0.0/8"] },
    secrets: { HOOK: SECRETS.hook },
  });
}

function files(service: string, provider: string, outside: string): Map<string, string> {
  const call = `{ url: "${outside}/hook/{{.secret.HOOK}}?key={{.secret.HOOK}}", headers: { authorization: "Bearer {{.secret.HOOK}}" }, body: { key: "{{.secret.HOOK}}", title: "{{.problem.title}}" } }`;
  const refused = `{ url: "http://[::1]:9/{{.secret.HOOK}}", headers: { x-key: "{{.secret.HOOK}}" } }`;
  const missing = `{ url: "${outside}/{{.secret.HOOK}}/{{.secret.NOT_THERE}}" }`;
  const actions = [
    `{ name: scale, action: scaling, value: "+1", wait: 200ms }`,
    `{ name: call, action: webhook, value: ${call}, wait: 200ms }`,
    `{ name: nobody, action: webhook, value: ${refused}, wait: 200ms, timeout: 3s }`,
    `{ name: missing, action: webhook, value: ${missing}, wait: 200ms }`,
    `{ name: tell, action: escalate, value: "{{.problem.title}}" }`,
  ];
  const sli = provider === "dynatrace" ? "metricSelector=builtin:x" : "up";
  return new Map([
    ["shipyard.yaml", SHIPYARD],
    [
      `production/${service}/remediation.yaml`,
      `remediations:\n  - name: default\n    actions:\n${actions.map((action) => `      - ${action}\n`).join("")}`,
    ],
    // One service has none: the problem itself is its indicator, and every action's turn comes.
    ...(service === "user" ? [] : [[`production/${service}/slo.yaml`, SLO] as const]),
    [`production/${service}/${provider}/sli.yaml`, `spec_version: "1.0"\nindicators:\n  response_time_p90: "${sli}"\n`],
    [
      `production/${service}/service.yaml`,
      `target: { kind: Deployment, name: ${service} }\nsliProvider: ${provider}\n`,
    ],
  ]);
}

/** Even what nobody should hand to it. */
function toldEverything(): string {
  const lines: string[] = [];
  const log = createLog({
    level: "trace",
    format: "json",
    secrets: Object.values(SECRETS),
    stream: { write: (line) => lines.push(line) },
  });
  const all = Object.values(SECRETS);
  log.info({ all, deep: { all }, error: new Error(all.join(" "), { cause: all }) }, all.join(" "));
  log.child({ all }).warn(`${"x".repeat(8185)}${all.join(" ")}`);
  return lines.join("");
}

async function wrongPassword(): Promise<string> {
  const lines: string[] = [];
  const log = createLog({ level: "trace", format: "json", stream: { write: (line) => lines.push(line) } });
  const url = `postgres://evenkeel:${SECRETS.databasePassword}@127.0.0.1:1/evenkeel`;
  const error: unknown = await createJournal({ url, log }).catch((thrown: unknown) => thrown);
  log.error({ err: error }, "no database");
  return lines.join("") + String(error) + ((error as Error).stack ?? "");
}
