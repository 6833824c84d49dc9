import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createJournal } from "@evenkeel/journal";
import { createLog, settingsReference } from "@evenkeel/runtime";
import { startSimulator, type Simulator } from "@evenkeel/simulator";
import { createTaskQueue } from "@evenkeel/tasks";
import pg from "pg";
import { startApp, type Running } from "./support/app.ts";
import { evenkeel } from "./support/command.ts";
import { eventually } from "../support/eventually.ts";

/** A secret for each place where one can be set; every one can be told from the others. */
const SECRETS = {
  apiToken: "canary-api-token-5f3a9c",
  readToken: "canary-read-token-81be04",
  rootToken: "canary-root-token-112358",
  alertmanagerPassword: "canary-am-password-77aa10",
  hmacOne: "canary-hmac-one-c0ffee",
  hmacTwo: "canary-hmac-two-facade",
  eventsBearer: "canary-events-bearer-13579b",
  prometheusPassword: "canary-prom-password-24680a",
  prometheusHeader: "canary-prom-header-9d8e7f",
  dynatraceToken: "canary-dynatrace-token-66bb77",
  escalationUrl: "canary-escalation-url-69314f",
  escalationHeader: "canary-escalation-header-31415c",
  escalationSecret: "canary-escalation-secret-27182d",
  hook: "canary/hook+secret&=?-161803",
  ownHook: "canary-own-hook-30103a",
  othersHook: "canary-others-hook-47712b",
  kubernetesToken: "canary-kubernetes-token-14142e",
  databasePassword: "canary-database-password-57721f",
  redisPassword: "canary-redis-password-15470c",
  bankBearer: "canary-bank-bearer-20205d",
  bankHeader: "canary-bank-header-26180e",
  bankDynatrace: "canary-bank-dynatrace-31622f",
  tlsAuthority: "canary-tls-authority-83721a",
  tlsCertificate: "canary-tls-certificate-90210b",
  tlsKey: "canary-tls-key-60221c",
};

/** Where the settings name a secret that is not among SECRETS, and why that is no gap. */
const ALIKE: Readonly<Record<string, string>> = {
  "database.url": "the database's own password and databasePassword",
  "database.migrationUrl": "read by the same code as database.url",
};

/** As they are, and as they look in URLs, headers, JSON and base64. */
function shapesOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const inBasic = ["am", "prom"].map((user) => Buffer.from(`${user}:${secret}`).toString("base64").replace(/=+$/, ""));
  return [...new Set([secret, encodeURIComponent(secret), base64, ...inBasic, Buffer.from(secret).toString("hex")])];
}

const BANK = { project: "bank", stage: "production", service: "ledger" };
const SHIPYARD = "stages:\n  - name: production\n    remediation_strategy: automated\n";
const SLO =
  'spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\n    pass:\n      - criteria: ["<1"]\ntotal_score:\n  pass: "90%"\n';

describe("secrets", () => {
  let simulator: Simulator;
  let app: Running;
  let echo: Server;
  let echoed = "";
  const places = new Map<string, string>();
  let madeToken = "";

  before(async function () {
    this.timeout(120_000);
    let turn = 0;
    let hasHungUp = false;
    // The worst of neighbours: it says back whatever it was sent, and fails two times out of three.
    echo = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => (body += text));
      request.on("end", () => {
        const said = JSON.stringify({ url: request.url, headers: request.headers, body });
        echoed += said;
        // One that goes away: what is told of it is made from the address.
        if (request.url?.startsWith("/escalation") && !hasHungUp) {
          hasHungUp = true;
          return void request.socket.destroy();
        }
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
    services.push({ ...BANK });
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
    await app.journal.apply("bank", bankFiles(), { replace: true });
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
    const shop = { project: "shop", stage: "production" };
    const targets = [...["carts", "orders", "user"].map((service) => ({ ...shop, service })), BANK];
    const alerts = targets.map((target) => ({
      status: "firing",
      labels: { alertname: "slow", ...target },
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
        const runs = await app.journal.remediations({ limit: 10 });
        const done = runs.length === 4 && runs.every(({ state }) => state.phase === "finished");
        return done && (await app.journal.tasks(10)).every((task) => task.parkedAt);
      },
      {
        within: 90_000,
        seen: async () => {
          const runs = await app.journal.remediations({ limit: 10 });
          const phases = runs.map(({ state }) => `${state.target.service} ${state.phase}`);
          return `${phases.join(", ")}; ${JSON.stringify(await app.journal.tasks(10))}`;
        },
      },
    );
  }

  async function gather(): Promise<void> {
    places.set("log", app.lines.join(""));
    const events = await app.journal.list({ limit: 1000 });
    places.set("events", JSON.stringify(events));
    await useTokenThatWasMade();
    await readDatabase();
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
    places.set("a Redis that is not there", await noRedis());
    const folder = mkdtempSync(join(tmpdir(), "evenkeel-canary-"));
    const config = join(folder, "settings.yaml");
    writeFileSync(config, settings("http://127.0.0.1:9"));
    for (const words of [
      ["config", "view"],
      ["config", "view", "--show-origin"],
      ["config", "view", "-o", "json"],
      ["doctor"],
    ]) {
      const { stdout, stderr } = await evenkeel([...words, "--config", config], {});
      assert.ok(stdout.length > 100, `${words.join(" ")}: ${stderr}`);
      places.set(`evenkeel ${words.join(" ")} --config`, stdout + stderr);
    }
    rmSync(folder, { recursive: true });
  }

  /** A token of the database is said once, to who makes it. */
  async function useTokenThatWasMade(): Promise<void> {
    const made = await fetch(`${app.url}/v1/tokens`, {
      method: "POST",
      headers: { ...headers, authorization: `Bearer ${SECRETS.rootToken}` },
      body: JSON.stringify({ name: "made", grants: [{ verb: "admin", projects: ["*"] }] }),
    });
    assert.equal(made.status, 201);
    madeToken = ((await made.json()) as { token: string }).token;
    const authorization = `Bearer ${madeToken}`;
    for (const path of ["/v1/tokens", "/v1/status", `/v1/events?token=${madeToken}`, "/v1/nothing"]) {
      const response = await fetch(`${app.url}${path}`, { headers: { authorization } });
      places.set(`GET ${path.split("?")[0]} with a token that was made`, await response.text());
    }
    const revoked = await fetch(`${app.url}/v1/tokens/made/revoke`, { method: "POST", headers: { authorization } });
    places.set("revoking it", await revoked.text());
    places.set(
      "using it afterwards",
      await (await fetch(`${app.url}/v1/events`, { headers: { authorization } })).text(),
    );
    places.set("log of that", app.lines.join(""));
  }

  /** All that is kept, the queue's tables too. */
  async function readDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: app.databaseUrl });
    await client.connect();
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'bullmq')`,
    );
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
      places.set(`table ${name}`, rows.map(({ row }) => row).join("\n"));
    }
    await client.end();
    for (const table of ["events", "tasks", "notifications", "blobs", "tokens"])
      assert.ok(places.has(`table public.${table}`), table);
  }

  it("were used: each reached where it belongs", () => {
    for (const name of [
      "hook",
      "ownHook",
      "escalationUrl",
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
    assert.match(places.get("events")!, /PEM|asn1/i, "a certificate that cannot be read was tried");
  });

  it("are of every kind that can be set", () => {
    const planted = new Set(plantedIn(JSON.parse(settings("http://127.0.0.1:9")), []).map(kindOf));
    planted.add("queue.redisUrl");
    const missing = settingsReference().filter(
      ({ secret, path }) => secret && !planted.has(kindOf(path)) && !(path in ALIKE),
    );
    assert.deepEqual(
      missing.map(({ path }) => path),
      [],
      "Plant a canary there:",
    );
  });

  it("of one project are not sent by the files of another", () => {
    for (const shape of shapesOf(SECRETS.othersHook)) assert.ok(!echoed.includes(shape));
    assert.match(places.get("events")!, /the secret \\?"OTHERS\\?" is not set/);
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

  it("are nowhere to be read: a token that was made", () => {
    assert.match(madeToken, /^ek_[\w-]{43}$/);
    for (const [place, text] of places) assert.ok(!text.includes(madeToken), place);
  });

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
        { name: "root", token: SECRETS.rootToken, scopes: ["admin"] },
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
        url: `${outside}/escalation/${SECRETS.escalationUrl}`,
        headers: { "x-key": SECRETS.escalationHeader },
        secret: SECRETS.escalationSecret,
      },
    },
    outbound: { allow: ["127.0.0.0/8"] },
    secrets: { HOOK: SECRETS.hook },
    projects: {
      shop: { secrets: { OWN: SECRETS.ownHook } },
      bank: {
        secrets: { OTHERS: SECRETS.othersHook },
        sli: {
          prometheus: {
            url: outside.replace("http:", "https:"),
            auth: { type: "bearer", token: SECRETS.bankBearer },
            headers: { "x-scope-orgid": SECRETS.bankHeader },
            tls: {
              ca: pem("CERTIFICATE", SECRETS.tlsAuthority),
              cert: pem("CERTIFICATE", SECRETS.tlsCertificate),
              key: pem("PRIVATE KEY", SECRETS.tlsKey),
            },
          },
          dynatrace: { tenantUrl: `${outside}/bank`, apiToken: SECRETS.bankDynatrace },
        },
      },
    },
  });
}

const pem = (what: string, text: string) => `-----BEGIN ${what}-----\n${text}\n-----END ${what}-----\n`;

/** Paths of what holds a canary, as the reference of the settings writes them. */
function plantedIn(value: unknown, path: readonly string[]): string[] {
  if (typeof value === "string") return value.includes("canary") ? [path.join(".")] : [];
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value);
  return inner.flatMap(([key, one]) =>
    plantedIn(one, Array.isArray(value) && typeof one === "string" ? path : [...path, key]),
  );
}

/** What is read by one piece of code is of one kind, whichever source, project or name it is set for. */
function kindOf(path: string): string {
  return path
    .replace(/^intake\.sources\.[^.]+/, "source")
    .replace(/^projects\.[^.]+\.sli/, "sli")
    .replace(/^projects\.[^.]+\.secrets\..*/, "projects.secrets")
    .replace(/^secrets\..*/, "secrets")
    .replace(/headers\..*/, "headers")
    .replace(/\.\d+\./, ".0.");
}

function bankFiles(): Map<string, string> {
  const { service } = BANK;
  const actions = `{ name: scale, action: scaling, value: "+1", wait: 200ms }`;
  return new Map([
    ["shipyard.yaml", SHIPYARD],
    [`production/${service}/remediation.yaml`, `remediations:\n  - name: default\n    actions:\n      - ${actions}\n`],
    [`production/${service}/slo.yaml`, SLO],
    [`production/${service}/prometheus/sli.yaml`, `spec_version: "1.0"\nindicators:\n  response_time_p90: up\n`],
    [`production/${service}/service.yaml`, `target: { kind: Deployment, name: ${service} }\nsliProvider: prometheus\n`],
  ]);
}

function files(service: string, provider: string, outside: string): Map<string, string> {
  const call = `{ url: "${outside}/hook/{{.secret.HOOK}}?key={{.secret.HOOK}}", headers: { authorization: "Bearer {{.secret.HOOK}}" }, body: { key: "{{.secret.HOOK}}", title: "{{.problem.title}}" } }`;
  const refused = `{ url: "http://[::1]:9/{{.secret.HOOK}}", headers: { x-key: "{{.secret.HOOK}}" } }`;
  const missing = `{ url: "${outside}/{{.secret.HOOK}}/{{.secret.NOT_THERE}}" }`;
  const own = `{ url: "${outside}/own/{{.secret.OWN}}" }`;
  const others = `{ url: "${outside}/others/{{.secret.OTHERS}}" }`;
  const actions = [
    `{ name: scale, action: scaling, value: "+1", wait: 200ms }`,
    `{ name: call, action: webhook, value: ${call}, wait: 200ms }`,
    `{ name: nobody, action: webhook, value: ${refused}, wait: 200ms, timeout: 3s }`,
    `{ name: missing, action: webhook, value: ${missing}, wait: 200ms }`,
    `{ name: own, action: webhook, value: ${own}, wait: 200ms }`,
    `{ name: others, action: webhook, value: ${others}, wait: 200ms }`,
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

async function noRedis(): Promise<string> {
  const lines: string[] = [];
  const log = createLog({ level: "trace", format: "json", stream: { write: (line) => lines.push(line) } });
  const queue = await createTaskQueue({ redisUrl: `redis://evenkeel:${SECRETS.redisPassword}@127.0.0.1:1`, log });
  const error: unknown = await queue.add("plan", { task: "a", generation: 0 }).catch((thrown: unknown) => thrown);
  log.error({ err: error }, "no queue");
  await queue.close();
  assert.ok(lines.length > 0);
  return lines.join("") + String(error) + ((error as Error).stack ?? "");
}
