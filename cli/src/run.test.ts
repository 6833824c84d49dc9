import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { EXIT_MEANINGS } from "./errors.ts";
import { cliReference } from "./reference.ts";
import { evenkeel } from "./run-for-test.ts";

const LAUNCHER = fileURLToPath(new URL("../bin/evenkeel.mjs", import.meta.url));

const COMMANDS = [
  ...["up", "demo", "apply", "validate", "send", "trigger", "get", "describe", "watch"],
  ...[
    "abort",
    "pause",
    "resume",
    "skip-wait",
    "rerun",
    "retry",
    "annotate",
    "invalidate",
    "doctor",
    "config",
    "completion",
    "version",
  ],
];

describe("evenkeel", () => {
  it("--help begins with examples and lists every command", async () => {
    const { code, stdout, stderr } = await evenkeel(["--help"]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    assert.ok(stdout.startsWith("Examples:\n  evenkeel demo"));
    for (const name of COMMANDS) assert.match(stdout, new RegExp(`^  ${name}\\b`, "m"));
    assert.doesNotMatch(stdout, /__complete/);
  });

  it("help of every command begins with examples", async () => {
    for (const words of [["get", "events"], ["send", "problem"], ["watch"], ["trigger", "evaluation"]]) {
      const { stdout } = await evenkeel([...words, "--help"]);
      assert.ok(stdout.startsWith(`Examples:\n  evenkeel ${words.join(" ")}`), stdout);
    }
  });

  for (const [typed, meant] of [
    [["gte"], "get"],
    [["get", "evnts"], "events"],
    [["get", "events", "--servcie", "carts"], "--service"],
    [["describe", "remedation", "x"], "remediation"],
  ] as const) {
    it(`${typed.join(" ")}: suggests ${meant}, exit code 2`, async () => {
      const { code, stdout, stderr } = await evenkeel(typed);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, new RegExp(`Did you mean ${meant}\\?`));
    });
  }

  for (const [words, why] of [
    [["get", "events", "-o", "xml"], /Allowed choices are table, wide, json/],
    [["get", "events", "--limit", "many"], /whole number above 0/],
    [["get", "events", "--since", "yesterday"], /expected a duration such as/],
    [["get", "events", "--from", "noon"], /expected a time such as/],
    [["get", "events", "--since", "1h", "--from", "2026-01-31"], /say the same thing/],
    [["get", "events", "--watch", "-o", "json"], /use -o jsonl/],
    [["get", "remediations", "--phase", "waitng"], /expected queued, planning/],
    [["send", "event", "-f", "/nowhere.json"], /cannot be read/],
    [["send", "problem", "--title", "x"], /required option '--project/],
    [["apply", "/nowhere"], /it does not exist/],
    [["abort"], /missing required argument 'context'/],
    [["version", "--server", "not a url"], /is no server: expected a URL/],
    [["version", "--token-file", "/nowhere"], /token file cannot be read/],
    [["doctor", "--config", "/nowhere.yaml", "extra"], /too many arguments/],
  ] as const) {
    it(`${words.join(" ")} is wrong usage: exit code 2, and why on stderr`, async () => {
      const { code, stdout, stderr } = await evenkeel(words);
      assert.equal(code, 2, stderr);
      assert.match(stderr, why);
      assert.equal(stdout, "");
    });
  }

  it("takes no token on the command line", async () => {
    const { code, stderr } = await evenkeel(["version", "--token", "secret"]);
    assert.equal(code, 2);
    assert.match(stderr, /unknown option '--token'/);
  });

  it("bad settings are told with their place: exit code 2", async () => {
    const folder = await mkdtemp(join(tmpdir(), "evenkeel-cli-"));
    try {
      const file = join(folder, "evenkeel.yaml");
      await writeFile(file, "server: { prot: 1 }\n");
      const { code, stderr } = await evenkeel(["config", "view", "--config", file]);
      assert.equal(code, 2);
      assert.match(stderr, /evenkeel\.yaml: server\.prot: .*did you mean.*port/i);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("config view says where a value comes from, and masks secrets", async () => {
    const env = { EVENKEEL_SERVER__PORT: "9999", DATABASE_URL: "postgres://me:hunter2@db/x" };
    const { stdout } = await evenkeel(["config", "view", "--show-origin"], { env });
    assert.match(stdout, /^server\.port +9999 +env EVENKEEL_SERVER__PORT/m);
    assert.match(stdout, /^database\.url +\*\*\*/m);
    assert.doesNotMatch(stdout, /hunter2/);
  });

  it("version does without a server", async () => {
    const { code, stdout, stderr } = await evenkeel(["version", "--server", "http://127.0.0.1:9"]);
    assert.equal(code, 0);
    assert.match(stdout, /^client {2}\d+\.\d+\.\d+/);
    assert.match(stderr, /server {2}unknown/);
  });

  it("the reference names every command, flag and exit code", () => {
    const text = cliReference();
    for (const name of ["evenkeel get events", "evenkeel trigger evaluation", "evenkeel skip-wait"])
      assert.match(text, new RegExp(`^#+ ${name}$`, "m"));
    for (const [code] of EXIT_MEANINGS) assert.match(text, new RegExp(`^\\| ${code} \\|`, "m"));
    assert.doesNotMatch(text, /__complete|undefined/);
  });
});

describe("evenkeel as a process", function () {
  this.timeout(30_000);

  async function launch(words: readonly string[], work: (child: ReturnType<typeof spawn>) => unknown) {
    const child = spawn(process.execPath, [LAUNCHER, ...words], { stdio: ["ignore", "pipe", "pipe"] });
    let stderr = "";
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString("utf8")));
    work(child);
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    return { code, signal, stderr };
  }

  it("ends quietly when its reader goes away", async () => {
    const ended = await launch(["config", "schema"], (child) => child.stdout!.destroy());
    assert.deepEqual(ended, { code: 0, signal: null, stderr: "" });
  });

  it("prints all of a long answer into a pipe", async () => {
    let text = "";
    await launch(["config", "schema"], (child) => child.stdout!.on("data", (chunk) => (text += chunk)));
    assert.equal(JSON.parse(text).type, "object");
  });
});
