import assert from "node:assert/strict";
import { bridgeRoutes } from "@evenkeel/bridge";
import { testDatabase, type TestDatabase } from "@evenkeel/embedded/testing";
import type { Platform } from "@evenkeel/cli";
import { startPlatform } from "@evenkeel/cli";
import { createIngester, ingesterRoutes } from "@evenkeel/problem-ingester";
import { loadConfig, silentLog } from "@evenkeel/runtime";
import { alert } from "./support/evenkeel.ts";
import { projectFiles } from "./support/project.ts";

/**
 * Every route, the right that it needs and what it is about. It says the same as the route tables, on purpose: whoever
 * adds a route, or changes who may call it, says so here as well.
 */
const ROUTES: Readonly<Record<string, readonly [verb: string, on: string]>> = {
  getIndex: ["read", "nothing"],
  getOpenapi: ["read", "nothing"],
  getEvents: ["read", "readable projects"],
  getEventCounts: ["read", "readable projects"],
  getEvent: ["read", "the event's project"],
  getRemediationEvents: ["read", "the context's project"],
  watch: ["read", "readable projects"],
  getRemediations: ["read", "readable projects"],
  describeRemediation: ["read", "the context's project"],
  getRemediationCounts: ["read", "readable projects"],
  getSliCurve: ["read", "the context's project"],
  abortRemediation: ["remediations:command", "the context's project"],
  pauseRemediation: ["remediations:command", "the context's project"],
  resumeRemediation: ["remediations:command", "the context's project"],
  skipWait: ["remediations:command", "the context's project"],
  rerunRemediation: ["remediations:command", "the context's project"],
  getEvaluations: ["read", "readable projects"],
  getEvaluation: ["read", "the context's project"],
  triggerEvaluation: ["evaluations:write", "the body's project"],
  invalidateEvaluation: ["evaluations:write", "the context's project"],
  annotateEvaluation: ["evaluations:write", "the context's project"],
  getProjects: ["read", "readable projects"],
  getProject: ["read", "the path's project"],
  getRevisions: ["read", "the path's project"],
  getFindings: ["read", "the path's project"],
  getResources: ["read", "the path's project"],
  applyResources: ["resources:write", "the path's project"],
  ...Object.fromEntries(
    ["Project", "Stage", "Service"].flatMap((level) => [
      [`get${level}Resource`, ["read", "the path's project"]],
      [`put${level}Resource`, ["resources:write", "the path's project"]],
      [`delete${level}Resource`, ["resources:write", "the path's project"]],
    ]),
  ),
  getNotifications: ["read", "readable projects"],
  getTasks: ["read", "readable projects"],
  retryTask: ["remediations:command", "the task's project"],
  getTaskCounts: ["read", "readable projects"],
  getStatus: ["read", "readable projects"],
  getSources: ["read", "readable projects"],
  getTokens: ["admin", "everything"],
  createToken: ["admin", "everything"],
  revokeToken: ["admin", "everything"],
  "receive-alertmanager": ["events:write:alertmanager", "the alerts' projects"],
  "receive-dynatrace": ["events:write:dynatrace", "the alerts' projects"],
  "send-event": ["events:write:events", "the alerts' projects"],
  "send-keptn-event": ["events:write:events", "the alerts' projects"],
  "send-keptn-event-alias": ["events:write:events", "the alerts' projects"],
};

/** What each scope includes, said once more. */
const INCLUDES: Readonly<Record<string, (verb: string) => boolean>> = {
  read: (verb) => verb === "read",
  write: (verb) => verb !== "admin",
  admin: () => true,
  "events:write": (verb) => verb.startsWith("events:write"),
  "events:write:alertmanager": (verb) => verb === "events:write:alertmanager",
  "evaluations:write": (verb) => verb === "read" || verb === "evaluations:write",
  "remediations:command": (verb) => verb === "read" || verb === "remediations:command",
  "resources:write": (verb) => verb === "read" || verb === "resources:write",
};

const OURS = "shop";
const OTHER = "bank";
/** In everything that belongs to the project that is asked for. */
const CANARY = "zx7canary";

interface Token {
  scope: string;
  projects: string;
  text: string;
}

const TOKENS: readonly Token[] = Object.keys(INCLUDES).flatMap((scope) =>
  [OURS, OTHER, "*"].map((projects) => ({
    ...{ scope, projects },
    text: `token-${scope}-${projects}-0123456789`,
  })),
);

interface Line {
  method: string;
  path: string;
  operationId: string;
  scope: string;
  on: string;
}

const LINES: readonly Line[] = [...bridgeRoutes, ...ingesterRoutes];

describe("who may do what", function () {
  this.timeout(120_000);
  let database: TestDatabase;
  let platform: Platform;
  const contexts: Record<string, string> = {};
  const events: Record<string, string> = {};
  const tasks: Record<string, string> = {};

  before(async () => {
    database = await testDatabase();
    const tokens = TOKENS.map(({ scope, projects, text }) => ({
      ...{ name: `${scope}-${projects}`, token: text },
      ...{ scopes: [scope], projects: [projects] },
    }));
    const flags = { "database.url": database.url, "server.port": 0, "server.tokens": tokens };
    const { settings } = loadConfig({ env: {}, flags });
    platform = await startPlatform({ settings, roles: ["ingester", "bridge"], log: silentLog, version: "0.1.0" });
    for (const project of [OURS, OTHER]) await seed(project);
  });
  after(async () => {
    await platform?.close();
    await database?.drop();
  });

  async function seed(project: string): Promise<void> {
    const mark = project === OURS ? CANARY : "plain";
    const files = projectFiles({ actions: [`{action: scaling, value: "+1", name: ${mark}}`] });
    for (const level of ["", "production/", "production/carts/"]) files.set(`${level}${mark}.md`, mark);
    await platform.journal.apply(project, files, { replace: true });
    const target = { project, stage: "production", service: "carts" };
    const sent = await call("POST", "/v1/webhooks/alertmanager", tokenOf("admin", "*"), {
      body: alert(target, { title: mark }),
    });
    assert.equal(sent.status, 202, sent.text);
    contexts[project] = (JSON.parse(sent.text) as { results: { context: string }[] }).results[0]!.context;
    events[project] = (await platform.journal.read(contexts[project]))[0]!.id;
    tasks[project] = await parkedGate(target);
    await platform.journal.append(contexts[project], [
      {
        kind: "evaluation.triggered",
        id: `evaluation-${mark}`,
        data: { ...target, evaluation: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:05:00Z" } },
      },
    ]);
  }

  /** A quality gate that failed too often: it can be retried. */
  async function parkedGate(target: { project: string; stage: string; service: string }): Promise<string> {
    const gate = `gate-${target.project}`;
    const evaluation = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:05:00Z" };
    const { tasks: opened } = await platform.journal.append(gate, [
      { kind: "evaluation.triggered", data: { ...target, evaluation } },
    ]);
    const { id, generation } = (await platform.journal.take(opened[0]!.id, "test", 60_000))!;
    await platform.journal.append(gate, [], { completes: { task: id, generation }, park: "a bug" });
    return id;
  }

  const tokenOf = (scope: string, projects: string): Token =>
    TOKENS.find((token) => token.scope === scope && token.projects === projects)!;

  async function call(
    method: string,
    path: string,
    token: Token | string | undefined,
    { body, type = "application/json" }: { body?: string | undefined; type?: string } = {},
  ): Promise<{ status: number; text: string }> {
    const text = typeof token === "string" ? token : token?.text;
    const over = new AbortController();
    const response = await fetch(`${platform.url}${path}`, {
      method,
      signal: over.signal,
      headers: {
        ...(text && { authorization: `Bearer ${text}` }),
        ...(body !== undefined && { "content-type": type }),
      },
      body: body ?? null,
    });
    if (!response.headers.get("content-type")?.startsWith("text/event-stream"))
      return { status: response.status, text: await response.text() };
    over.abort();
    return { status: response.status, text: "" };
  }

  const requestOf = ({ operationId, method, path }: Line) => {
    const place = { project: OURS, stage: "production", service: "carts", uri: `${CANARY}.md`, name: "nobody" };
    const values: Record<string, string> = {
      ...place,
      context: contexts[OURS]!,
      id: events[OURS]!,
      task: tasks[OURS]!,
    };
    const filled = path.replace(/[:*](\w+)/g, (_, name: string) => encodeURIComponent(values[name]!));
    return { path: filled, ...bodyOf(operationId, method) };
  };

  function bodyOf(operationId: string, method: string): { body?: string; type?: string } {
    const target = { project: OURS, stage: "production", service: "carts" };
    const problem = { ...target, problem: { title: CANARY } };
    const event = { specversion: "1.0", source: "test", type: "sh.keptn.events.problem", data: problem };
    if (operationId === "receive-alertmanager") return { body: alert(target, { title: CANARY }) };
    if (operationId === "receive-dynatrace") {
      const labels = { KeptnProject: OURS, KeptnStage: "production", KeptnService: "carts" };
      return { body: JSON.stringify({ PID: "17", State: "OPEN", ProblemTitle: CANARY, ...labels }) };
    }
    if (operationId.startsWith("send-")) return { body: JSON.stringify({ ...event, id: operationId }) };
    if (operationId === "triggerEvaluation") return { body: JSON.stringify({ ...target, timeframe: "5m" }) };
    if (operationId === "invalidateEvaluation") return { body: JSON.stringify({ reason: "test" }) };
    if (operationId === "annotateEvaluation") return { body: JSON.stringify({ note: "test" }) };
    if (operationId === "applyResources")
      return { body: JSON.stringify({ files: { "note.md": CANARY }, replace: false, dryRun: true }) };
    if (operationId === "createToken")
      return { body: JSON.stringify({ name: "made", grants: [{ verb: "read", projects: ["x"] }] }) };
    if (method === "put") return { body: CANARY, type: "text/plain" };
    return {};
  }

  it("is said here of every route, and each route says the same", () => {
    const said = LINES.map(({ operationId, scope, on }) => [operationId, scope, on]);
    const here = Object.entries(ROUTES).map(([operationId, [verb, on]]) => {
      return [operationId, on === "the alerts' projects" ? "source" : verb, on];
    });
    assert.deepEqual(said.map(String).sort(), here.map(String).sort());
  });

  it("is said of what the ingester mounts, and of nothing else but of sources that are not there", () => {
    const { settings } = loadConfig({ env: {} });
    const { router } = createIngester({ journal: platform.journal, settings, log: silentLog });
    const { stack } = router as unknown as { stack: { route: { path: string | string[]; methods: object } }[] };
    const mounted = stack.flatMap(({ route }) =>
      [route.path].flat().flatMap((path) => Object.keys(route.methods).map((method) => `${method} ${path}`)),
    );
    const said = ingesterRoutes.map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(mounted.sort(), [...said, "post /v1/webhooks/:source"].sort());
  });

  it("without a token, or with one that nobody knows: nothing, on any route", async () => {
    for (const line of LINES) {
      const { path, ...body } = requestOf(line);
      for (const token of [undefined, "ek_nobody", `ek_${"a".repeat(43)}`]) {
        const { status, text } = await call(line.method.toUpperCase(), path, token, body);
        assert.equal(status, 401, `${line.operationId}: ${text}`);
        // An answer names the path that was asked for.
        if (!line.path.includes("*uri")) assert.ok(!text.includes(CANARY), line.operationId);
      }
    }
  });

  it("with a good token in the address, where logs of proxies keep it, or in a cookie: nothing", async () => {
    const { text } = tokenOf("admin", "*");
    const cookie = `token=${text}; access_token=${text}`;
    for (const name of ["token", "access_token", "api_key", "authorization", "x-token"]) {
      for (const [method, path] of [
        ["GET", "/v1/events"],
        ["GET", "/v1/stream"],
        ["POST", "/v1/webhooks/alertmanager"],
        ["POST", "/v1/event"],
      ] as const) {
        const headers = { cookie, "content-type": "application/json" };
        const body = method === "POST" ? "{}" : null;
        const response = await fetch(`${platform.url}${path}?${name}=${text}`, { method, headers, body });
        assert.equal(response.status, 401, `${path}?${name}`);
        assert.ok(!(await response.text()).includes(text));
      }
    }
  });

  for (const token of TOKENS) {
    it(`scope ${token.scope} for ${token.projects === "*" ? "every project" : `project ${token.projects}`}`, async () => {
      for (const line of LINES) {
        const [verb, on] = ROUTES[line.operationId]!;
        const { path, ...body } = requestOf(line);
        const { status, text } = await call(line.method.toUpperCase(), path, token, body);
        const told = `${line.operationId} answers ${status}: ${text.slice(0, 300)}`;
        const hasVerb = INCLUDES[token.scope]!(verb);
        const reaches = token.projects === "*" || token.projects === OURS;
        const reads = INCLUDES[token.scope]!("read") && reaches;
        if (!reads && !line.path.includes("*uri")) assert.ok(!text.includes(CANARY), told);
        if (!hasVerb) {
          // Of what it may not read, a token does not learn that it is there.
          assert.equal(status, 403, told);
          continue;
        }
        if (on === "nothing" || on === "readable projects") assert.equal(status, 200, told);
        else if (on === "everything") assert.equal(status === 403, token.projects !== "*", told);
        else if (!reaches) assert.equal(status, /context|event's|task's/.test(on) ? 404 : 403, told);
        else assert.ok(status < 500 && ![401, 403].includes(status), told);
        if (reaches && verb === "read" && line.method === "get" && on !== "everything")
          assert.equal(status, line.path.includes("*uri") ? status : 200, told);
      }
    });
  }

  it("lists and counts hold what may be read, and nothing else", async () => {
    for (const project of [OURS, OTHER]) {
      const again = alert({ project, stage: "production", service: "carts" }, { startsAt: "2026-01-02T00:00:00.000Z" });
      const sent = await call("POST", "/v1/webhooks/alertmanager", tokenOf("admin", "*"), { body: again });
      const { results } = JSON.parse(sent.text) as { results: { context: string }[] };
      // The run before may have been ended by now, and has then no task any more.
      contexts[project] = results[0]!.context;
    }
    const lists = ["events", "event-counts", "remediations", "notifications", "tasks", "evaluations", "projects"];
    for (const [mine, theirs] of [
      [OURS, OTHER],
      [OTHER, OURS],
    ] as const) {
      const token = tokenOf("read", mine);
      for (const list of lists) {
        const { text } = await call("GET", `/v1/${list}`, token);
        assert.ok(!text.includes(contexts[theirs]!), `${list}: ${text}`);
        assert.ok(!text.includes(`"${theirs}"`), `${list}: ${text}`);
        const isMine = text.includes(contexts[mine]!) || text.includes(`"${mine}"`);
        if (!["event-counts", "evaluations", "tasks"].includes(list)) assert.ok(isMine, list);
        const refused = await call("GET", `/v1/${list}?project=${theirs}`, token);
        assert.ok([400, 403].includes(refused.status), `${list}?project=${theirs}: ${refused.text}`);
      }
      const count = async (who: Token) => {
        const read = async (path: string) => JSON.parse((await call("GET", path, who)).text) as never;
        const { phases }: { phases: Record<string, number> } = await read("/v1/status");
        const { total }: { total: number } = await read("/v1/remediation-counts");
        const events: { total: number } = await read("/v1/event-counts");
        const { items }: { items: { count: number }[] } = await read("/v1/tasks/counts");
        const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
        return [sum(Object.values(phases)), total, events.total, sum(items.map((item) => item.count))];
      };
      const own = await count(token);
      const all = await count(tokenOf("read", "*"));
      const other = await count(tokenOf("read", theirs));
      assert.deepEqual(
        own.map((number, i) => number + other[i]!),
        all,
      );
      assert.ok(own[0]! >= 1);
    }
  });

  it("the stream holds what may be read, and nothing else", async () => {
    const over = new AbortController();
    const headers = { authorization: `Bearer ${tokenOf("read", OTHER).text}` };
    const response = await fetch(`${platform.url}/v1/stream?since=0.0`, { headers, signal: over.signal });
    const id = "the-last-one";
    await platform.journal.append(contexts[OURS]!, [
      { kind: "other", type: "test.seen", source: "test", id: "not-for-them", data: { project: OURS } },
    ]);
    await platform.journal.append("nobodys", [
      { kind: "other", type: "test.seen", source: "test", id: "nobodys", data: { text: CANARY } },
    ]);
    await platform.journal.append(contexts[OTHER]!, [
      { kind: "other", type: "test.seen", source: "test", id, data: { project: OTHER } },
    ]);
    let text = "";
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk).toString("utf8");
      if (text.includes(id)) break;
    }
    over.abort();
    assert.ok(text.includes(contexts[OTHER]!));
    for (const hidden of [CANARY, contexts[OURS]!, "not-for-them", "nobodys"])
      assert.ok(!text.includes(hidden), hidden);
  });

  it("a sender for one project can neither end nor join what another project has", async () => {
    const token = tokenOf("events:write:alertmanager", OTHER);
    const target = { project: OURS, stage: "production", service: "carts" };
    const copied = JSON.parse(alert(target, { status: "resolved" })) as { alerts: { labels: { project: string } }[] };
    copied.alerts[0]!.labels.project = OTHER;
    const before = (await platform.journal.read(contexts[OURS]!)).length;
    const answer = await call("POST", "/v1/webhooks/alertmanager", token, { body: JSON.stringify(copied) });
    assert.equal(answer.status, 403, answer.text);
    const mixed = { ...copied, alerts: [...copied.alerts, ...alertsOf(OTHER)] };
    const partly = await call("POST", "/v1/webhooks/alertmanager", token, { body: JSON.stringify(mixed) });
    assert.equal(partly.status, 202);
    const { results } = JSON.parse(partly.text) as { results: { outcome: string; reason: string }[] };
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ["refused", "joined"],
    );
    assert.match(results[0]!.reason, /not for project shop/);
    assert.equal((await platform.journal.read(contexts[OURS]!)).length, before);
  });

  const alertsOf = (project: string) =>
    (JSON.parse(alert({ project, stage: "production", service: "carts" })) as { alerts: unknown[] }).alerts;
});
