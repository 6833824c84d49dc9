import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseCriterion } from "@evenkeel/evaluation";
import { sliProviders } from "@evenkeel/evaluation-worker";
import { parseCursor } from "@evenkeel/journal";
import { Labels } from "@evenkeel/events";
import { alertSources } from "@evenkeel/problem-ingester";
import { glob, match, parseScaling, planReplicas } from "@evenkeel/remediation";
import {
  ConfigError,
  createLog,
  formatDuration,
  HttpProblem,
  loadConfig,
  parseDuration,
  parseJsonBytes,
  ProviderError,
  Settings,
  settingsReference,
  toHttpProblem,
} from "@evenkeel/runtime";
import { classify, parseFile, type FileKind } from "@evenkeel/specs";
import fc from "fast-check";
import { parsePageCursor } from "../../services/bridge/src/cursor.ts";
import { deliveryOf, parseCloudEvent } from "../../services/problem-ingester/src/cloudevents.ts";
import { entryOf } from "../../services/problem-ingester/src/intake.ts";
import { problemOf, triggeredOf } from "../../services/problem-ingester/src/posted-problem.ts";
import { nameFault, splitNamespace } from "../../services/problem-ingester/src/routing.ts";
import { storable, writtenLength } from "../../services/problem-ingester/src/text.ts";
import { requestedWindow } from "../../services/problem-ingester/src/window.ts";
import { hostCheck } from "../../packages/runtime/src/http-hosts.ts";
import { isBlockedAddress, plainAddress } from "../../packages/runtime/src/addresses.ts";
import { criterionTrouble } from "../../packages/specs/src/criterion.ts";
import { actionKinds } from "../../services/remediation-engine/src/actions/index.ts";
import {
  MissingValue,
  lookupIn,
  parseTemplate,
  render,
} from "../../services/remediation-engine/src/actions/support/template.ts";
import { WebhookValue } from "../../services/remediation-engine/src/actions/support/webhook-value.ts";
import { anyJson, mangled, spoiled, textOf } from "./support/arbitraries.ts";
import { fuzz } from "./support/fuzzing.ts";
import { HOSTILE_YAML } from "./support/hostile-yaml.ts";
import { PAYLOADS } from "./support/payloads.ts";

/** What a sender would be told is its own fault. */
const isRefusal = (error: unknown) => toHttpProblem(error).status < 500;
const mapping = Settings.parse({}).intake.sources.events.mapping;
const NOW = Date.parse("2026-01-31T12:00:00Z");
const payloads = (path: RegExp) => PAYLOADS.filter((payload) => path.test(payload.path));

describe("fuzzing", () => {
  describe("notifications", () => {
    fuzz(
      "bytes as JSON",
      fc.oneof(
        mangled(
          PAYLOADS.map(({ value }) => JSON.stringify(value)),
          ["{", "[", '"', "\\u", "\\", ":", ",", "__proto__", "1e999"],
        ),
        textOf("{", "}", "[", "]", '"', ":", ",", "1", "e", "-", ".", "true", "null", "\\u0000", " ", "\n", "/*"),
      ),
      (text) => {
        const bytes = Buffer.from(text, "utf8");
        const expected = tried(() => JSON.parse(bytes.toString("utf8")) as unknown);
        const found = tried(() => parseJsonBytes(bytes));
        if (found.error) {
          assert.ok(found.error instanceof HttpProblem, String(found.error));
          assert.ok(found.error.message.length < 1000);
        } else assert.deepEqual(found.value, expected.value, "says the same as JSON.parse");
      },
    );
    for (const source of alertSources) {
      fuzz(
        `alerts of ${source.name}`,
        fc.oneof(...payloads(new RegExp(`/${source.name}$`)).map(({ value }) => spoiled(value)), anyJson),
        (value) => {
          for (const alert of source.read(received(value), mapping).alerts) check(entryOf(alert, source.name, true));
        },
        isRefusal,
      );
    }
    fuzz(
      "CloudEvents",
      fc.tuple(
        fc.oneof(...payloads(/event/).map(({ value }) => spoiled(value)), anyJson),
        fc.dictionary(
          fc.constantFrom(
            "content-type",
            "ce-type",
            "ce-id",
            "ce-source",
            "ce-specversion",
            "ce-time",
            "ce-data",
            "ce-x",
          ),
          textOf(
            "application/cloudevents",
            "-batch",
            "+json",
            "application/json",
            "1.0",
            "sh.keptn.events.problem",
            "%",
            '"',
            "\\",
          ),
        ),
        fc.boolean(),
      ),
      ([value, headers, likeKeptn]) => {
        const delivery = deliveryOf(headers, received(value));
        for (const event of delivery.mode === "batch" ? delivery.events : [delivery.event]) {
          const posted = parseCloudEvent(event, { newId: () => "id", likeKeptn });
          assert.ok(posted.id && posted.source && posted.type);
          const { source, alert } = posted.type.endsWith(".triggered")
            ? triggeredOf(posted, "production", mapping)
            : problemOf(posted, mapping);
          check(entryOf(alert, source, false));
        }
      },
      isRefusal,
    );
    fuzz(
      "windows of evaluations",
      fc.record(
        {
          start: textOf("2026-01-31T", "12:00:00", "Z", "+23:59", "0000", "99999", ".123", "-"),
          end: textOf("2026-01-31T", "13:00:00", "Z", "-23:59", "9999-12-31T23:59:59"),
          timeframe: textOf("5", "m", "h", "1d", "0", ".", "-", "999999999"),
        },
        { requiredKeys: [] },
      ),
      (request) => {
        const window = requestedWindow(request, NOW);
        if (window.ok) assert.ok(Date.parse(window.end) - Date.parse(window.start) >= 60_000);
        else assert.ok(window.why);
      },
    );
    fuzz(
      "names and namespaces",
      fc.tuple(
        textOf("sockshop", "-", "production", ".", "/", "A", "é"),
        textOf("{project}", "{stage}", "-", "{", ".*", "(", "\\"),
      ),
      ([namespace, pattern]) => {
        splitNamespace(namespace, pattern, { project: namespace.slice(0, 3) });
        for (const field of ["project", "stage", "service"] as const) {
          if (nameFault(field, namespace) === undefined) assert.match(namespace, /^[a-z0-9][a-z0-9-]{0,62}$/);
        }
      },
    );
  });

  describe("files", () => {
    const kinds: readonly FileKind[] = ["shipyard", "remediation", "slo", "sli", "service"];
    const words = [
      ": ",
      "- ",
      "\n",
      "  ",
      "&a ",
      "*a",
      "<<: ",
      "|",
      ">",
      '"',
      "'",
      "[",
      "]",
      "{",
      "}",
      "#",
      "---",
      "!!",
      "? ",
      "~",
      "+1",
    ];
    const hostile = Object.values(HOSTILE_YAML).filter((text) => text.length < 2_000);
    for (const kind of kinds) {
      fuzz(`${kind}.yaml`, mangled([...shipped(kind), ...hostile], words), (text) => {
        const parsed = parseFile(kind, text);
        if (parsed.ok) return void JSON.stringify(parsed.value);
        assert.ok(parsed.findings.length > 0);
        for (const { line, column, message } of parsed.findings) assert.ok(line >= 1 && column >= 1 && message);
      });
    }
    fuzz("criteria", textOf("<", "<=", "=", ">", ">=", "+", "-", "%", "10", ".5", "1e3", "e", " ", "6e999"), (text) => {
      const parsed = parseCriterion(text);
      assert.equal(parsed.ok, criterionTrouble(text) === undefined, "the file's check and the evaluation agree");
      if (parsed.ok) assert.ok(Number.isFinite(parsed.criterion.value));
    });
    fuzz(
      "durations",
      textOf("1", "10", "0", ".", "5", "ms", "s", "m", "h", "d", "w", "-", " ", "PT", "9".repeat(30)),
      (text) => {
        const ms = parseDuration(text);
        if (ms === undefined) return;
        assert.ok(Number.isSafeInteger(ms) && ms >= 0);
        assert.equal(parseDuration(formatDuration(ms)), ms);
      },
    );
    fuzz(
      "scaling values",
      fc.tuple(
        fc.oneof(textOf("+", "-", "=", "x", "%", "1", "2", "0", ".5", " ", "e9", "9".repeat(20)), fc.double(), anyJson),
        fc.oneof(fc.nat({ max: 100 }), fc.double()),
        fc.record({ min: fc.integer({ min: 0, max: 20 }), max: fc.integer({ min: 0, max: 20 }) }, { requiredKeys: [] }),
      ),
      ([value, before, bounds]) => {
        const parsed = parseScaling(value);
        if (!parsed.ok) return assert.ok(parsed.message);
        if (!Number.isInteger(before) || before < 0) return;
        const { after } = planReplicas(parsed.change, before, bounds);
        assert.ok(Number.isInteger(after) && after >= 0, `${after}`);
      },
    );
    fuzz(
      "paths of files",
      textOf("sockshop", "/", "production", "..", ".", "slo.yaml", "remediation.yaml", "\\", "//"),
      classify,
    );
  });

  describe("matching", () => {
    fuzz("globs", fc.tuple(textOf("*", "a", "b", "ab", "?", "[a]"), textOf("a", "b", "ab", "*")), ([pattern, text]) => {
      assert.equal(glob(pattern, text), slowGlob(pattern, text));
      assert.ok(glob(pattern.replaceAll("*", ""), pattern.replaceAll("*", "")));
      assert.ok(glob("*", text));
    });
    fuzz(
      "problems against files",
      fc.tuple(
        mangled(shipped("remediation"), ["default", "*", "match:\n", "labels: ", "title: "]),
        anyJson,
        textOf("a", "*", "slow"),
      ),
      ([text, labels, title]) => {
        const parsed = parseFile("remediation", text);
        if (!parsed.ok) return;
        const own = Labels.safeParse(labels).data ?? {};
        const matched = match(parsed.value, { id: "1", source: "x", title, severity: "error", labels: own });
        assert.equal(matched.considered.length, parsed.value.entries.length);
      },
    );
    fuzz(
      "templates",
      fc.tuple(
        textOf("{{", "}}", ".", "problem", "title", " ", "{{.problem.title}}", "constructor", "__proto__", "-", "|"),
        anyJson,
      ),
      ([text, data]) => {
        const parsed = parseTemplate(text);
        if (!parsed.ok) return assert.ok(parsed.message);
        const rendered = render(
          parsed.template,
          (path) => lookupIn(data, path),
          (value) => String(value),
        );
        if (!text.includes("{{")) assert.equal(rendered, text);
        assert.ok(!rendered.includes("[native code]"));
      },
      (error) => error instanceof MissingValue,
    );
    fuzz(
      "values of webhook actions",
      spoiled({
        url: "https://hooks.invalid/{{.problem.id}}?a={{.secret.x}}",
        method: "POST",
        headers: { authorization: "Bearer {{.secret.token}}" },
        body: { text: "{{.problem.title}}", more: [1, true, null] },
        expect: [200, 204],
      }),
      (value) => void WebhookValue.safeParse(value),
    );
    for (const kind of actionKinds) {
      if (!("check" in kind) || typeof kind.check !== "function") continue;
      const checkValue = kind.check as (value: unknown) => unknown;
      fuzz(`values of ${kind.name} actions`, anyJson, (value) => void checkValue(value));
    }
  });

  describe("answers of SLI providers", () => {
    const answers: Readonly<Record<string, unknown>> = {
      vector: {
        status: "success",
        data: { resultType: "vector", result: [{ metric: {}, value: [1769860800, "0.25"] }] },
      },
      matrix: {
        status: "success",
        data: {
          resultType: "matrix",
          result: [
            {
              metric: {},
              values: [
                [1, "1"],
                [2, "NaN"],
              ],
            },
          ],
        },
      },
      scalar: { status: "success", data: { resultType: "scalar", result: [1, "+Inf"] }, warnings: ["w"] },
      error: { status: "error", errorType: "bad_data", error: "parse error" },
      metrics: {
        totalCount: 1,
        result: [{ metricId: "m", data: [{ dimensions: [], timestamps: [1, 2], values: [1.5, null] }] }],
      },
      slo: { id: "s", enabled: true, evaluatedPercentage: 99.5, status: "SUCCESS", error: "NONE" },
      problems: { totalCount: 3, pageSize: 1, problems: [] },
    };
    const body = fc.oneof(
      ...Object.values(answers).map((answer) => spoiled(answer).map((value) => JSON.stringify(value) ?? "")),
      mangled(
        Object.values(answers).map((answer) => JSON.stringify(answer)),
        ["NaN", "1e999", "{", "]", "null", "<html>"],
      ),
    );
    const status = fc.constantFrom(200, 200, 200, 200, 204, 400, 401, 404, 422, 429, 500, 503);
    const settings: Readonly<Record<string, unknown>> = {
      prometheus: { url: "http://prometheus.invalid" },
      dynatrace: { tenantUrl: "https://abc.invalid", apiToken: "dt0c01.token" },
    };
    const queries = [
      "",
      "up",
      "metricSelector=builtin:x",
      "MV2;Percent;metricSelector=x",
      "SLO;abc",
      "PV2;problemSelector=x",
    ];
    for (const provider of sliProviders) {
      fuzz(
        provider.name,
        fc.tuple(
          body,
          status,
          fc.constantFrom(...queries),
          fc.constantFrom("", "17", "x", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ),
        async ([text, code, query, retryAfter]) => {
          const outbound = async () => ({ status: code, headers: { "retry-after": retryAfter }, body: text });
          const result = await provider.fetch(provider.settings.parse(settings[provider.name]), sliQuery(query), {
            outbound,
            signal: new AbortController().signal,
          });
          if (result.value === null) assert.ok(result.message);
          else assert.ok(Number.isFinite(result.value), `${result.value}`);
        },
        (error) => error instanceof ProviderError,
      );
    }
    for (const provider of sliProviders) {
      fuzz(
        `curves of ${provider.name}`,
        body,
        async (text) => {
          const deps = {
            outbound: async () => ({ status: 200, headers: {}, body: text }),
            signal: new AbortController().signal,
          };
          const query = sliQuery(provider.name === "dynatrace" ? "metricSelector=a" : "up");
          const own = provider.settings.parse(settings[provider.name]);
          const { points } = await provider.range!(own, query, 60, deps);
          for (const [time, value] of points) assert.ok(Number.isFinite(time) && Number.isFinite(value));
        },
        (error) => error instanceof ProviderError,
      );
    }
    fuzz(
      "placeholders in queries",
      fc.tuple(
        textOf("$PROJECT", "$LABEL.a", "$filter", '"', "'", "{", "}", "a=", "\\", "`"),
        textOf('"', "\\", "}", "'", "\n", "x"),
      ),
      async ([query, label]) => {
        for (const provider of sliProviders) {
          const outbound = async () => ({ status: 404, headers: {}, body: "" });
          const asked = { ...sliQuery(query), labels: { a: label }, filters: { filter: label } };
          await provider
            .fetch(provider.settings.parse(settings[provider.name]), asked, {
              outbound,
              signal: new AbortController().signal,
            })
            .catch((error: unknown) => {
              if (!(error instanceof ProviderError)) throw error;
            });
        }
      },
    );
  });

  describe("the rest", () => {
    fuzz("cursors of the stream", textOf("0", "1", ".", "9223372036854775807", "-", " ", "\n"), (text) => {
      const cursor = parseCursor(text);
      if (cursor) assert.ok(cursor.txid < 2n ** 63n && cursor.seq < 2n ** 63n);
    });
    fuzz(
      "cursors of pages",
      fc.oneof(
        textOf("MTA0Mi5hYmNkZWZnaGlqaw", "=", "-", "_"),
        textOf("1", ".", "abcdefghijk").map((text) => Buffer.from(text).toString("base64url")),
      ),
      (text) => parsePageCursor("events", {}, text),
      isRefusal,
    );
    fuzz(
      "host headers",
      textOf("localhost", "127.0.0.1", "[::1]", ":", "8484", ".", "evil.invalid", "@", "%", "/"),
      (text) => {
        hostCheck(["*.example.org"])(text);
      },
    );
    fuzz("addresses", textOf("127", ".", "0", "::", "ffff", ":", "%eth0", "[", "]", "0x7f", "fe80", "1"), (text) => {
      plainAddress(text);
      isBlockedAddress(text);
    });
    const variables = settingsReference().map(({ env }) => env);
    fuzz(
      "settings in the environment",
      fc.dictionary(
        fc.oneof(
          fc.constantFrom("DATABASE_URL", "EVENKEEL_X", ...variables),
          textOf("EVENKEEL_", "__", "SERVER", "SLI", "0", "_FILE", "SECRETS"),
        ),
        textOf("1", "true", "10m", "http://", "localhost", "[", "{", "a: b", ",", "/dev/null", "postgres://"),
        { maxKeys: 4 },
      ),
      (env) => {
        const { settings } = loadConfig({ env, readFile: () => "content" });
        assert.ok(settings.server.port >= 0);
      },
      (error) => error instanceof ConfigError,
    );
    fuzz(
      "settings in a file",
      mangled(
        [
          "server:\n  port: 1\nsli:\n  prometheus:\n    url: http://a\n",
          ...Object.values(HOSTILE_YAML).filter((t) => t.length < 2000),
        ],
        [": ", "- ", "{", "[", "&a ", "*a", "\n", "env: ", "file: "],
      ),
      (text) => {
        loadConfig({ env: {}, configPath: "x.yaml", readFile: (path) => (path === "x.yaml" ? text : "content") });
      },
      (error) => error instanceof ConfigError,
    );
    fuzz(
      "lines of the log",
      fc.tuple(anyJson, textOf("\u001b[31m", "\u2028", "\n", "Bearer ", "x", "%s", "%o")),
      ([fields, message]) => {
        const lines: string[] = [];
        const log = createLog({
          level: "trace",
          format: "json",
          secrets: ["hunter2hunter2"],
          stream: { write: (text) => lines.push(text) },
        });
        log.info({ fields, secret: "hunter2hunter2" }, message);
        log.error({ err: new Error(`${message} hunter2hunter2`, { cause: fields }) }, message);
        assert.equal(lines.length, 2);
        for (const line of lines) {
          assert.equal(line.indexOf("\n"), line.length - 1, "one line");
          JSON.parse(line);
          assert.doesNotMatch(line, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]|hunter2/);
        }
      },
    );
    fuzz("answers to errors", anyJson, (value) => {
      const thrown = toHttpProblem(value);
      assert.ok(thrown.status >= 400 && thrown.message);
    });
  });
});

/** The same way in as over HTTP. */
function received(value: unknown): unknown {
  return parseJsonBytes(Buffer.from(JSON.stringify(value)));
}

/** Whatever was read can be stored, and is no larger than the log takes. */
function check(entry: ReturnType<typeof entryOf>): void {
  const stored = storable(entry);
  const text = JSON.stringify(stored);
  assert.ok(!/\\u0000|\\ud[89a-f]/i.test(text.replaceAll("\\\\", "")), "can be stored");
  for (const event of stored.events) assert.ok(writtenLength(event.data) < 400_000);
  assert.ok((stored.notification.title ?? "").length <= 500);
}

/** By the book, and exponential: for short texts only. */
function slowGlob(pattern: string, text: string): boolean {
  if (pattern.length > 40 || text.length > 40) return glob(pattern, text);
  const row = [true, ...new Array<boolean>(text.length).fill(false)];
  for (const char of pattern) {
    if (char === "*") {
      for (let n = 1; n <= text.length; n++) row[n] ||= row[n - 1]!;
    } else {
      for (let n = text.length; n > 0; n--) row[n] = row[n - 1]! && text[n - 1] === char;
      row[0] = false;
    }
  }
  return row[text.length]!;
}

function tried<T>(work: () => T): { value?: T; error?: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error ?? new Error("nothing was thrown") };
  }
}

function sliQuery(query: string) {
  return {
    ...{ indicator: "response_time_p90", query, project: "sockshop", stage: "production", service: "carts" },
    ...{ deployment: "primary", labels: {}, filters: {} },
    ...{ start: new Date(NOW - 600_000), end: new Date(NOW) },
  };
}

/** The files of a kind that the projects as shipped have. */
function shipped(kind: FileKind): string[] {
  const folder = join(import.meta.dirname, "..", "..", "shipyards");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(`${kind}.yaml`),
  );
  assert.ok(files.length > 0, `no ${kind}.yaml is shipped`);
  return files.map((file) => readFileSync(join(folder, file), "utf8"));
}
