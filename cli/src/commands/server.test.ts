import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { evenkeel, start, until, type TestOptions } from "../run-for-test.ts";
import { answering, startServer, type TestServer } from "./server-for-test.ts";

const target = { project: "sockshop", stage: "production", service: "carts" };
const FLAGS = ["--project", "sockshop", "--stage", "production", "--service", "carts"];
const FILES: Record<string, string> = {
  "sockshop/shipyard.yaml": "stages:\n  - name: production\n    remediation_strategy: automated\n",
  "sockshop/production/carts/remediation.yaml":
    "remediations:\n  - name: Response time degradation\n    actions:\n      - action: scaling\n        value: +1\n",
  "sockshop/production/carts/slo.yaml":
    'spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\n    pass:\n      - criteria: ["<600"]\n    warning:\n      - criteria: ["<1000"]\ntotal_score:\n  pass: "90%"\n  warning: "50%"\n',
  "sockshop/prometheus/sli.yaml": 'spec_version: "1.0"\nindicators:\n  response_time_p90: "latency"\n',
};

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

describe("commands on a server", function () {
  this.timeout(60_000);
  let server: TestServer;
  let prometheus: Awaited<ReturnType<typeof answering>>;
  let folder: string;
  /** What the data source measures now, milliseconds; undefined: nothing. */
  let measured: number | undefined = 500;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "evenkeel-cli-"));
    await write(folder, FILES);
    prometheus = await answering((_request, response) => {
      const result = measured === undefined ? [] : [{ metric: {}, value: [0, String(measured)] }];
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
    });
    server = await startServer(["ingester", "bridge", "evaluation"], { "sli.prometheus.url": prometheus.url });
  });
  after(async () => {
    await server?.close();
    await prometheus?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (words: readonly string[], options: TestOptions = {}) =>
    evenkeel(words, { ...options, env: { EVENKEEL_SERVER: server.url, ...options.env } });

  /** A run that the test drives by hand. */
  async function problem(title = "Response time degradation"): Promise<string> {
    const { code, stdout, stderr } = await run(["send", "problem", ...FLAGS, "--title", title]);
    assert.equal(code, 0, stderr);
    return stdout.trim();
  }

  const idOf = async (context: string, kind: string) =>
    (await server.platform.journal.read(context)).find((event) => event.kind === kind)?.id;

  async function finish(context: string, result: "pass" | "warning" | "fail" | "inconclusive"): Promise<void> {
    const outcome = { status: "succeeded", result, reason: "healed", message: "as told" } as const;
    const triggeredid = await idOf(context, "remediation.triggered");
    await server.append(context, {
      kind: "remediation.finished",
      triggeredid,
      data: { ...target, ...outcome, steps: [] },
    });
  }

  describe("apply", () => {
    it("puts a folder of projects in force and says what changed", async () => {
      const { code, stdout, stderr } = await run(["apply", folder]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^project\/sockshop applied at revision [0-9a-f]{8}: 4 files$/m);
      assert.match(stdout, /^ {2}added +production\/carts\/slo\.yaml$/m);
    });

    it("the same again changes nothing", async () => {
      const { stdout } = await run(["apply", folder]);
      assert.match(stdout, /^project\/sockshop unchanged at revision/);
    });

    it("takes a folder that is one project", async () => {
      const { stdout } = await run(["apply", join(folder, "sockshop"), "-o", "json"]);
      const { items } = JSON.parse(stdout);
      assert.deepEqual([items[0].project, items[0].changed], ["sockshop", []]);
    });

    it("--dry-run only says what would change", async () => {
      const path = join(folder, "sockshop/production/carts/service.yaml");
      await writeFile(path, "wait: 5m\n");
      try {
        const { stdout } = await run(["apply", folder, "--dry-run"]);
        assert.match(stdout, /^project\/sockshop would change: 1 file \(dry run/);
        assert.equal(
          (await server.platform.journal.files("sockshop"))?.files.has("production/carts/service.yaml"),
          false,
        );
      } finally {
        await rm(path);
      }
    });

    it("refuses bad files with their place, exit code 2, and sends nothing", async () => {
      const before = (await server.platform.journal.files("sockshop"))?.revision;
      const bad = await mkdtemp(join(tmpdir(), "evenkeel-cli-"));
      await write(bad, { ...FILES, "sockshop/production/carts/slo.yaml": "objectivs: []\n" });
      try {
        const { code, stdout, stderr } = await run(["apply", bad]);
        assert.equal(code, 2);
        assert.equal(stdout, "");
        assert.match(stderr, /slo\.yaml:1:1: .*did you mean objectives\?/);
        assert.equal((await server.platform.journal.files("sockshop"))?.revision, before);
      } finally {
        await rm(bad, { recursive: true });
      }
    });

    it("--watch applies each change, tells of bad files and keeps the old revision", async () => {
      const watched = await mkdtemp(join(tmpdir(), "evenkeel-cli-"));
      const renamed = Object.entries(FILES).map(([path, text]) => [path.replace("sockshop", "watched"), text]);
      await write(watched, Object.fromEntries(renamed));
      const shipyard = join(watched, "watched/shipyard.yaml");
      const { texts, interrupt, done } = start(["apply", watched, "--watch", "--server", server.url]);
      try {
        await until(() => texts.stdout.includes("project/watched applied"));
        await writeFile(shipyard, "stages: 7\n");
        await until(() => texts.stderr.includes("the files on the server stay as they were"));
        await writeFile(shipyard, `${FILES["sockshop/shipyard.yaml"]}  - name: dev\n`);
        await until(() => /changed +shipyard\.yaml/.test(texts.stdout));
        interrupt();
        const { code, stderr } = await done;
        assert.equal(code, 130);
        assert.match(stderr, /shipyard\.yaml:1:9: /);
        assert.equal((await server.platform.journal.revisions("watched", 10)).length, 2);
      } finally {
        interrupt();
        await rm(watched, { recursive: true });
      }
    });
  });

  describe("trigger evaluation", () => {
    const trigger = (...more: string[]) => run(["trigger", "evaluation", ...FLAGS, "--timeframe", "1m", ...more]);

    for (const [value, code, result] of [
      [500, 0, "pass"],
      [700, 10, "warning"],
      [1240, 11, "fail"],
      [undefined, 1, "inconclusive"],
    ] as const) {
      it(`${value ?? "no"} ms: ${result}, exit code ${code}`, async () => {
        measured = value;
        const ran = await trigger();
        assert.equal(ran.code, code, ran.stderr);
        assert.match(ran.stdout, new RegExp(`^${result} {2}score`, "m"));
        assert.match(ran.stdout, /^response_time_p90 +/m);
      });
    }

    it("prints the whole evaluation as JSON and nothing else on stdout", async () => {
      measured = 500;
      const { stdout } = await trigger("-o", "json", "--label", "build=42");
      const { result, score, indicatorResults } = JSON.parse(stdout);
      assert.deepEqual([result, score], ["pass", 100]);
      assert.equal(indicatorResults[0].value.value, 500);
    });

    it("--no-wait prints the context", async () => {
      const { code, stdout } = await trigger("--no-wait");
      assert.equal(code, 0);
      assert.match(stdout, /^[0-9a-f-]{36}\n$/);
    });

    it("a service that does not exist: exit code 3, with the one that was meant", async () => {
      const { code, stderr } = await run(["trigger", "evaluation", ...FLAGS.slice(0, -1), "crts"]);
      assert.equal(code, 3);
      assert.match(stderr, /did you mean carts\?/);
    });

    it("evaluations are listed with their scores", async () => {
      await until(async () => (await run(["get", "evaluations", "--limit", "9"])).stdout.split("\n").length >= 7);
      const { stdout } = await run(["get", "evaluations", "--result", "fail"]);
      assert.match(stdout, /^[0-9a-f]{8} +sockshop +production +carts +fail +0 +60s/m);
    });
  });

  describe("send, get and describe", () => {
    it("a problem starts a run, and --resolved ends its episode", async () => {
      const context = await problem("Queue too long");
      const resolved = await run(["send", "problem", ...FLAGS, "--title", "Queue too long", "--resolved"]);
      assert.deepEqual([resolved.code, resolved.stdout.trim()], [0, context], resolved.stderr);
      const { stdout } = await run(["describe", "remediation", context.slice(0, 8)]);
      assert.match(stdout, /^Problem: +Queue too long \(error, from events, resolved\)$/m);
      assert.match(stdout, /^Verdict: +pass \(resolved-before-action\)/m);
    });

    it("resolving what is not open: exit code 3", async () => {
      const { code, stderr } = await run(["send", "problem", ...FLAGS, "--title", "never seen", "--resolved"]);
      assert.equal(code, 3);
      assert.match(stderr, /no problem titled "never seen" is open/);
    });

    it("CloudEvents go in from a file or standard input, one or many", async () => {
      const event = { type: "org.example.deployed", data: { service: "carts" } };
      const one = await run(["send", "event", "-f", "-", "-o", "jsonl"], { stdin: JSON.stringify(event) });
      assert.equal(one.code, 0, one.stderr);
      assert.equal(JSON.parse(one.stdout).outcome, "stored");
      const many = await run(["send", "event", "-f", "-"], { stdin: JSON.stringify([event, { nonsense: 1 }]) });
      assert.equal(many.code, 2);
      assert.match(many.stdout, /stored[^]*refused/);
    });

    it("describe tells why an entry matched and others did not, and each step", async () => {
      const context = await problem();
      const action = {
        name: "scaling",
        action: "scaling",
        value: "+1",
        wait: 5000,
        timeout: 1000,
        then: "evaluate",
      } as const;
      const plan = {
        revision: "abcdef0123456789",
        matched: { problemType: "Response time degradation", line: 5, by: "title" },
        considered: [
          { problemType: "Other", line: 2, matched: false, why: "the titles differ" },
          { problemType: "Response time degradation", line: 5, matched: true, why: "matched by title" },
        ],
        actions: [action],
        settle: 0,
        evaluationRetries: 0,
      };
      await server.append(context, {
        kind: "get-action.finished",
        triggeredid: await idOf(context, "get-action.triggered"),
        data: { ...target, status: "succeeded", result: "pass", message: "planned", plan },
      });
      const { stdout } = await run(["describe", "remediation", context]);
      assert.match(stdout, /^ {4}line 2 {2}Other: the titles differ$/m);
      assert.match(stdout, /^ {2}\* line 5 {2}Response time degradation: matched by title$/m);
      assert.match(stdout, /^ {4}1\. scaling \+1: wait 5s, then evaluate$/m);
      assert.match(stdout, /^Phase: +acting, action 1 of 1 \(scaling\)/m);
      assert.match(stdout, /You can: evenkeel pause/);
      await finish(context, "pass");
    });

    it("lists as table, wide, JSON, YAML, lines and names; data on stdout only", async () => {
      const list = async (format: string) => (await run(["get", "remediations", "-o", format])).stdout;
      assert.match(await list("table"), /^CONTEXT +PROJECT +STAGE +SERVICE +PROBLEM +PHASE/);
      assert.match(await list("wide"), /^[0-9a-f-]{36} /m);
      const { apiVersion, kind, items } = JSON.parse(await list("json"));
      assert.deepEqual([apiVersion, kind], ["evenkeel.dev/v1", "RemediationList"]);
      assert.match(
        await list("yaml"),
        /^apiVersion: evenkeel\.dev\/v1\nkind: RemediationList\nitems:\n {2}- context: /,
      );
      const lines = (await list("jsonl")).trim().split("\n");
      assert.deepEqual(
        lines.map((line) => JSON.parse(line)),
        items,
      );
      assert.match(await list("name"), /^(remediation\/[0-9a-f-]{36}\n)+$/);
    });

    it("colours only when asked for or on a terminal", async () => {
      const colored = await run(["get", "evaluations"], { env: { FORCE_COLOR: "1" } });
      assert.match(colored.stdout, /\u001b\[32mpass/);
      const plain = await run(["get", "evaluations"], { env: { FORCE_COLOR: "1", NO_COLOR: "1" } });
      assert.doesNotMatch(plain.stdout, /\u001b/);
    });

    it("filters on the server, pages through, and says when there is more", async () => {
      const some = await run(["get", "events", "--limit", "2", "--service", "carts"]);
      assert.equal(some.stdout.trim().split("\n").length, 3);
      assert.match(some.stderr, /there are more: --limit N or --all/);
      const all = await run(["get", "events", "--all", "-o", "json"]);
      assert.ok(JSON.parse(all.stdout).items.length > 10);
      const none = await run(["get", "events", "--text", "no such text"]);
      assert.deepEqual([none.code, none.stdout, none.stderr], [0, "", "no events\n"]);
    });

    it("what could not be routed is listed with the reason", async () => {
      const event = { type: "sh.keptn.events.problem", data: { problem: { title: "Lost", severity: "error" } } };
      await run(["send", "event", "-f", "-"], { stdin: JSON.stringify(event) });
      const { stdout } = await run(["get", "notifications", "--outcome", "unrouted"]);
      assert.match(stdout, /Lost +unrouted +[0-9a-f]{8} +\S/);
    });

    it("projects, their files and the text of one", async () => {
      assert.match((await run(["get", "projects"])).stdout, /^sockshop +production \(automated\) +1 /m);
      assert.match(
        (await run(["get", "resources", "--project", "sockshop"])).stdout,
        /slo\.yaml +slo +production +carts/,
      );
      const path = "production/carts/slo.yaml";
      assert.equal((await run(["get", "resources", "--project", "sockshop", path])).stdout, FILES[`sockshop/${path}`]);
      const tasks = await run(["get", "tasks"]);
      assert.equal(tasks.code, 0, tasks.stderr);
    });
  });

  describe("commands to a run", () => {
    it("pause, resume and abort a run by the first characters of its context", async () => {
      const context = await problem("Memory");
      const short = context.slice(0, 10);
      assert.match((await run(["pause", short, "--reason", "looking"])).stdout, /paused/);
      assert.match((await run(["get", "remediations", "--context", short])).stdout, /\(paused\)/);
      assert.match((await run(["resume", short])).stdout, /resumed/);
      assert.match((await run(["abort", short, "--reason", "done by hand"])).stdout, /aborted/);
      const again = await run(["abort", short]);
      assert.equal(again.code, 5);
      assert.match(again.stderr, /this run is finished/);
    });

    it("a run that is not there: exit code 3", async () => {
      assert.equal((await run(["abort", "ffffffff-ffff"])).code, 3);
      assert.equal((await run(["describe", "remediation", "00000000-0000-4000-8000-000000000000"])).code, 3);
    });
  });

  describe("watch", () => {
    for (const [result, code] of [
      ["pass", 0],
      ["warning", 10],
      ["fail", 11],
      ["inconclusive", 1],
    ] as const) {
      it(`ends with the run: ${result} is exit code ${code}`, async () => {
        const context = await problem(`Watched until ${result}`);
        const { texts, done } = start(["watch", context.slice(0, 12), "--server", server.url]);
        await until(() => texts.stdout.includes(`problem: Watched until ${result}`));
        await finish(context, result);
        const ran = await done;
        assert.equal(ran.code, code, ran.stderr);
        assert.match(ran.stdout, new RegExp(`finished in .*: ${result} \\(healed\\): as told`));
        assert.equal(ran.stdout.match(/problem: Watched/g)?.length, 1);
        const over = await run(["watch", context]);
        assert.deepEqual([over.code, over.stdout], [code, ran.stdout]);
      });
    }

    it("follows all runs until Ctrl-C", async () => {
      const { texts, interrupt, done } = start(["watch", "--server", server.url]);
      await until(() => texts.stderr.includes("following all runs"));
      const context = await problem("Seen by all");
      await until(() => texts.stdout.includes(`${context.slice(0, 8)} problem: Seen by all`));
      interrupt();
      assert.equal((await done).code, 130);
    });

    it("gives up after --timeout with exit code 124", async () => {
      const context = await problem("Takes long");
      const { code, stderr } = await run(["watch", context, "--timeout", "200ms"]);
      assert.equal(code, 124);
      assert.match(stderr, /no end within 200ms/);
    });

    it("get events --watch prints what is there, then what comes, each once", async () => {
      const context = await problem("Followed");
      const words = ["get", "events", "--watch", "--context", context, "-o", "jsonl", "--server", server.url];
      const { texts, interrupt, done } = start(words);
      await until(() => texts.stdout.includes("remediation.triggered"));
      await finish(context, "pass");
      await until(() => texts.stdout.includes("remediation.finished"));
      interrupt();
      const { stdout } = await done;
      const ids = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).id);
      assert.equal(new Set(ids).size, ids.length);
      assert.match(stdout.trim().split("\n").at(-1)!, /remediation\.finished/);
    });

    it("get remediations --watch prints a run again when its phase changes", async () => {
      const context = await problem("Phases");
      const { texts, interrupt, done } = start(["get", "rem", "-w", "--context", context, "--server", server.url]);
      await until(() => texts.stdout.includes(context.slice(0, 8)));
      await finish(context, "warning");
      await until(
        () => /finished +- +warning/.test(texts.stdout),
        () => texts.stdout + texts.stderr,
      );
      interrupt();
      await done;
    });
  });

  describe("the rest", () => {
    it("doctor: the server is reachable, the data source answers, a database that is away fails", async () => {
      const env = {
        EVENKEEL_SLI__PROMETHEUS__URL: prometheus.url,
        DATABASE_URL: "postgres://127.0.0.1:9/none",
        HOME: folder,
      };
      const { code, stdout } = await run(["doctor"], { env });
      assert.equal(code, 1);
      assert.match(stdout, /^ok {4}server +http.*version 0\.1\.0/m);
      assert.match(stdout, /^ok {4}prometheus /m);
      assert.match(stdout, /^fail {2}database +postgres:\/\/127\.0\.0\.1:9\/none: /m);
    });

    it("version names both sides", async () => {
      const { stdout } = await run(["version", "-o", "json"]);
      assert.deepEqual(Object.keys(JSON.parse(stdout)), ["client", "node", "server"]);
    });

    it("__complete gives names from the server", async () => {
      assert.equal((await run(["__complete", "project", "sock"])).stdout, "sockshop\n");
      assert.equal((await run(["__complete", "service", "", "--project", "sockshop"])).stdout, "carts\n");
    });
  });
});
