import assert from "node:assert/strict";
import { sliProviders } from "@evenkeel/evaluation-worker";
import { createLog, ProviderError } from "@evenkeel/runtime";
import { newStory, storyLine } from "../../cli/src/story.ts";
import { renderStory } from "../../cli/src/story-render.ts";
import { renderTable } from "../../cli/src/output/table.ts";
import { isName, isNamespace, pathName } from "../../packages/kubernetes/src/names.ts";
import { secretKeeper } from "../../services/remediation-engine/src/actions/support/secrets.ts";
import { webhookRequest } from "../../services/remediation-engine/src/actions/support/webhook-request.ts";
import { WebhookValue } from "../../services/remediation-engine/src/actions/support/webhook-value.ts";
import { exchange, intakeFault } from "./support/answers.ts";
import { startApp, type Running } from "./support/app.ts";
import { evenkeel } from "./support/command.ts";
import { HOSTILE_TEXTS } from "./support/hostile-texts.ts";

const texts = Object.entries(HOSTILE_TEXTS);
/** What a terminal, an editor or a log shipper obeys. Line feeds are looked for on their own. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
/** U+200B…D are letters of some scripts; the log escapes what changes order or lines. */
const OBEYED_IN_LOGS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

describe("hostile text of alerts", () => {
  let app: Running;
  before(async function () {
    this.timeout(60_000);
    app = await startApp();
    const files = JSON.stringify({
      files: {
        "shipyard.yaml": "stages:\n  - name: production\n    remediation_strategy: automated\n",
        "production/carts/remediation.yaml":
          "remediations:\n  - name: default\n    actions:\n      - { name: wait, action: escalate }\n",
      },
    });
    await exchange(app, {
      method: "POST",
      path: "/v1/projects/shop/resources",
      headers: json,
      body: Buffer.from(files),
    });
    for (const [name, text] of texts) {
      const labels = {
        alertname: text || "empty",
        project: "shop",
        stage: "production",
        service: "carts",
        name,
        label: text,
      };
      const annotations = { summary: text, description: text, runbook_url: text };
      const more = { startsAt: "2026-01-31T12:00:00Z", generatorURL: text };
      const alerts = [
        { status: "firing", labels, annotations, ...more },
        { status: "firing", labels: { ...labels, project: text, stage: text, service: text }, annotations, ...more },
        { status: "firing", labels: { [text]: text, namespace: text }, annotations, ...more },
      ];
      const sent = await send("/v1/webhooks/alertmanager", { version: "4", externalURL: text, alerts });
      assert.equal(intakeFault(sent), undefined, name);
      const dynatrace = {
        State: "OPEN",
        PID: `p${name}`,
        ProblemTitle: text,
        ProblemURL: text,
        Tags: text,
        rootCause: text,
      };
      assert.equal(intakeFault(await send("/v1/webhooks/dynatrace", dynatrace)), undefined, name);
      const event = {
        specversion: "1.0",
        id: text.slice(0, 100) || "e",
        source: "/s",
        type: "t.x",
        subject: text,
        data: { words: text },
      };
      assert.equal(intakeFault(await send("/v1/events", event)), undefined, name);
    }
  });
  after(() => app.close());

  const json = { "content-type": "application/json" };
  const send = (path: string, value: unknown) =>
    exchange(app, { method: "POST", path, headers: json, body: Buffer.from(JSON.stringify(value)) });
  const get = async (path: string) => {
    const response = await fetch(`${app.url}${path}`);
    return { response, body: (await response.json()) as { items: Record<string, unknown>[] } };
  };

  it("is escaped in the log, which stays one line for each entry", () => {
    assert.ok(app.lines.length > texts.length * 3);
    for (const line of app.lines) {
      assert.equal(line.indexOf("\n"), line.length - 1, line.slice(0, 200));
      assert.doesNotMatch(line.slice(0, -1), OBEYED_IN_LOGS);
      assert.ok(line.length < 50_000, `a line of ${line.length}`);
      JSON.parse(line);
    }
    assert.deepEqual(app.errors(), []);
  });

  it("is escaped in the log for people as well", () => {
    for (const [name, text] of texts) {
      const lines: string[] = [];
      const log = createLog({
        level: "trace",
        format: "pretty",
        stream: { write: (line) => lines.push(line), isTTY: false },
      });
      log.info({ title: text, [text || "empty"]: text, nested: { text } }, text);
      log.child({ text }).warn(text);
      assert.doesNotMatch(lines.join("").replaceAll("\n", ""), OBEYED_IN_LOGS, name);
      for (const line of lines) assert.equal(line.split("\n").length, 2, `${name}: ${JSON.stringify(line)}`);
    }
  });

  it("comes back as JSON that no browser takes for a page, and never as a link", async () => {
    for (const path of ["/v1/events?limit=200", "/v1/notifications?limit=200", "/v1/remediations?limit=200"]) {
      const { response, body } = await get(path);
      assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
      assert.ok(body.items.length > 30, path);
      for (const url of valuesOf(body, "url")) assert.match(String(url), /^https?:/);
      for (const title of valuesOf(body, "title")) assert.ok(String(title).length <= 500);
    }
  });

  it("is never the name of a project, stage or service", async () => {
    const { body } = await get("/v1/events?limit=200");
    for (const field of ["project", "stage", "service"]) {
      for (const name of valuesOf(body, field)) {
        assert.match(String(name), /^[a-z0-9][a-z0-9-]{0,62}$/, field);
      }
    }
  });

  it("cannot move a terminal: tables, descriptions and stories of the command line", async function () {
    this.timeout(60_000);
    const env = { EVENKEEL_SERVER: app.url };
    const runs = (await get("/v1/remediations?limit=5")).body.items as { context: string }[];
    const commands = [
      ["get", "remediations"],
      ["get", "remediations", "-o", "wide"],
      ["get", "notifications"],
      ["get", "notifications", "-o", "wide"],
      ["get", "events"],
      ["get", "events", "-o", "wide"],
      ["get", "tasks"],
      ...runs.map(({ context }) => ["describe", "remediation", context]),
    ];
    for (const words of commands) {
      const { code, stdout, stderr } = await evenkeel(words, env);
      assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
      assert.ok(stdout.includes("\n"), words.join(" "));
      assert.doesNotMatch(stdout + stderr, OBEYED, words.join(" "));
    }
    const { items } = (await get("/v1/events?limit=200")).body;
    const memory = newStory();
    let told = 0;
    for (const event of items.reverse()) {
      const story = storyLine(event as never, memory);
      if (!story) continue;
      told++;
      for (const line of renderStory(story, { color: false, unicode: true, timeZone: "UTC" })) {
        assert.doesNotMatch(line, OBEYED);
        assert.ok(!line.includes("\n"));
      }
    }
    assert.ok(told > 20, `${told}`);
  });

  it("cannot break a table: one line for each row, whatever is in it", () => {
    const rows = texts.map(([name, text]) => ({ name, text }));
    const columns = [
      { header: "NAME", value: (row: { name: string }) => row.name },
      { header: "TEXT", value: (row: { text: string }) => row.text, flexible: true },
      { header: "AGAIN", value: (row: { text: string }) => row.text.slice(0, 20) },
    ];
    const lines = renderTable(rows, columns, { wide: false, width: 100 });
    assert.equal(lines.length, rows.length + 1);
    for (const line of lines) assert.doesNotMatch(line, OBEYED);
    for (const line of lines) assert.ok(!line.includes("\n"));
  });

  it("stays inside of the string where an SLI query has a placeholder, or the query is refused", async () => {
    const prometheus = sliProviders.find(({ name }) => name === "prometheus")!;
    const settings = prometheus.settings.parse({ url: "http://prometheus.invalid" });
    for (const [name, text] of texts) {
      for (const quote of ['"', "'", "`"]) {
        let asked: string | undefined;
        const outbound = async ({ url, body }: { url: string; body?: string }) => {
          asked = new URLSearchParams(body ?? new URL(url).search).get("query") ?? "";
          throw new ProviderError("unreachable", "as far as it needs to go");
        };
        const query = {
          ...{
            indicator: "x",
            query: `up{a=${quote}$LABEL.a${quote}}`,
            project: "p",
            stage: "s",
            service: "c",
            deployment: "primary",
          },
          ...{ labels: { a: text }, filters: {}, start: new Date(0), end: new Date(600_000) },
        };
        const error: unknown = await prometheus
          .fetch(settings, query, { outbound: outbound as never, signal: new AbortController().signal })
          .catch((thrown: unknown) => thrown);
        assert.ok(error instanceof ProviderError, name);
        if (asked === undefined) {
          assert.equal(error.reason, "refused", `${name}: ${error.message}`);
          continue;
        }
        const inside =
          quote === "`" ? /^up\{a=`[^`]*`\}$/ : new RegExp(`^up\\{a=${quote}(?:[^${quote}\\\\\\n]|\\\\.)*${quote}\\}$`);
        assert.match(asked, inside, name);
      }
    }
  });

  it("stays inside of the string of a Dynatrace selector as well, and adds no parameter", async () => {
    const dynatrace = sliProviders.find(({ name }) => name === "dynatrace")!;
    const settings = dynatrace.settings.parse({ tenantUrl: "https://abc.invalid", apiToken: "dt0c01.token" });
    let sent = 0;
    for (const [name, text] of texts) {
      for (const [selector, inside] of [
        ['tag("$LABEL.a")', /^tag\("(?:[^"~]|~[^])*"\)$/],
        ["tag($LABEL.a)", /^tag\([\w:.@/-]*\)$/],
      ] as const) {
        let asked: URL | undefined;
        const outbound = async ({ url }: { url: string }) => {
          asked = new URL(url);
          throw new ProviderError("unreachable", "as far as it needs to go");
        };
        const query = {
          ...{ indicator: "x", query: `metricSelector=builtin:x&entitySelector=${selector}` },
          ...{ project: "p", stage: "s", service: "c", deployment: "primary" },
          ...{ labels: { a: text }, filters: {}, start: new Date(0), end: new Date(600_000) },
        };
        const error: unknown = await dynatrace
          .fetch(settings, query, { outbound: outbound as never, signal: new AbortController().signal })
          .catch((thrown: unknown) => thrown);
        assert.ok(error instanceof ProviderError, name);
        if (!asked) {
          assert.equal(error.reason, "refused", `${name}: ${error.message}`);
          continue;
        }
        sent++;
        assert.equal(asked.host, "abc.invalid", name);
        const names = [...asked.searchParams.keys()].sort();
        assert.deepEqual(names, ["entitySelector", "from", "metricSelector", "resolution", "to"], name);
        assert.match(asked.searchParams.get("entitySelector")!, inside, name);
      }
    }
    assert.ok(sent > texts.length / 2, `${sent} of ${2 * texts.length} were sent`);
  });

  it("is refused as a name in Kubernetes, before any request", () => {
    for (const [name, text] of texts) {
      if (/^[a-z0-9]+$/.test(text)) continue;
      assert.ok(!isName(text) && !isNamespace(text), name);
      for (const what of ["name", "namespace"] as const) assert.throws(() => pathName(what, text), ProviderError, name);
    }
  });

  it("fills templates of webhook actions without leaving its place", () => {
    const value = WebhookValue.parse({
      url: "https://hooks.invalid/a/{{.problem.title}}/b?c={{.problem.title}}",
      headers: { "x-title": "{{.problem.title}}" },
      body: { title: "{{.problem.title}}", n: 1 },
    });
    for (const [name, text] of texts) {
      // Intake has replaced what is no character.
      const title = Buffer.from(text).toString();
      const problem = { id: "1", source: "x", title, severity: "error" as const, labels: {} };
      const context = {
        ...{ context: "c", step: "s", target: { project: "p", stage: "s", service: "c" }, problem, namespace: "p-s" },
        ...{ action: { name: "a", action: "webhook" }, defaultTargets: [], bounds: {}, deadlineMs: 1000 },
      };
      const request = webhookRequest(
        value,
        context as never,
        secretKeeper(() => undefined),
      );
      const url = new URL(request.url);
      assert.equal(url.host, "hooks.invalid", name);
      if (!/^\.{1,2}$/.test(title))
        assert.equal(url.pathname.split("/").length, 4, `${name}: ${url.pathname.slice(0, 100)}`);
      assert.deepEqual([...url.searchParams.keys()], ["c"], name);
      assert.doesNotMatch(request.headers["x-title"]!, /[\r\n\0]/, name);
      assert.deepEqual(JSON.parse(request.body!), { title, n: 1 }, name);
    }
  });
});

/** Every value of a key, at any depth. */
function valuesOf(value: unknown, key: string): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    ...(name === key && typeof inner !== "object" ? [inner] : []),
    // The sender's own words are shown as such.
    ...(name === "raw" || name === "labels" || name === "body" ? [] : valuesOf(inner, key)),
  ]);
}
