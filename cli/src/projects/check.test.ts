import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { evenkeel } from "../run-for-test.ts";

const SHIPYARD = "stages:\n  - name: dev\n  - name: production\n    remediation_strategy: automated\n";
const remediation = (action: string) => `remediations:\n  - name: Slow\n    actions:\n      - ${action}\n`;
const SLO =
  'spec_version: "1.0"\nobjectives:\n  - sli: latency\n    pass:\n      - criteria: ["<600"]\ntotal_score:\n  pass: "90%"\n';
const SLI = 'spec_version: "1.0"\nindicators:\n  latency: "q"\n';
const GOOD = {
  "shop/shipyard.yaml": SHIPYARD,
  "shop/production/carts/remediation.yaml": remediation("action: scaling\n        value: +1"),
  "shop/production/carts/slo.yaml": SLO,
  "shop/prometheus/sli.yaml": SLI,
};

describe("validate", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "evenkeel-validate-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function validate(files: Record<string, string | Uint8Array>, ...more: string[]) {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const ran = await evenkeel(["validate", folder, "-o", "json", ...more]);
    return { ...ran, found: JSON.parse(ran.stdout || "{}") };
  }

  it("has nothing to say about good files: exit code 0", async () => {
    const { code, found, stderr } = await validate(GOOD);
    assert.equal(code, 0);
    assert.deepEqual(found, { ok: true, projects: ["shop"], files: 4, findings: [], warnings: [] });
    assert.match(stderr, /4 files of 1 project: 0 errors, 0 warnings/);
  });

  it("lists every finding of every file with its place: exit code 2", async () => {
    const { code, found } = await validate({
      ...GOOD,
      "shop/shipyard.yaml": "stages: 7\n",
      "shop/production/carts/slo.yaml": "objectivs: []\n",
    });
    assert.equal(code, 2);
    const text = found.findings.join("\n");
    assert.match(text, /shop\/shipyard\.yaml:1:9: /);
    assert.match(text, /shop\/production\/carts\/slo\.yaml:1:1: /);
  });

  for (const [what, files, expected] of [
    [
      "a wait shorter than the settle time",
      {
        "shop/production/carts/remediation.yaml": remediation("action: scaling\n        value: +1\n        wait: 30s"),
      },
      /waits 30s, less than the settle time of 1m: only the last 15s/,
    ],
    [
      "a stage that the shipyard does not have",
      { "shop/prod/carts/slo.yaml": SLO },
      /not read, shipyard\.yaml has no stage prod; it has dev, production/,
    ],
    [
      "a remediation.yaml in a stage that is not automated",
      { "shop/dev/carts/remediation.yaml": GOOD["shop/production/carts/remediation.yaml"] },
      /not used, stage dev is not automated; set remediation_strategy/,
    ],
    ["a missing shipyard.yaml", { "shop/shipyard.yaml": undefined }, /shipyard\.yaml: missing/],
    [
      "a missing slo.yaml",
      { "shop/production/carts/slo.yaml": undefined },
      /slo\.yaml: missing, so the problem itself/,
    ],
    [
      "a missing sli.yaml",
      { "shop/prometheus/sli.yaml": undefined },
      /no prometheus\/sli\.yaml says how to measure latency/,
    ],
    [
      "an indicator without a query",
      { "shop/prometheus/sli.yaml": SLI.replace("latency", "errors") },
      /prometheus\/sli\.yaml has no query for latency/,
    ],
    ["a misspelt file name", { "shop/production/carts/slo.yml": SLO }, /did you mean slo\.yaml\?/],
    ["a file that is no text", { "shop/logo.png": new Uint8Array([0, 255, 1]) }, /logo\.png: left out: not/],
  ] as const) {
    it(`warns of ${what}, exit code 0`, async () => {
      const all = Object.entries({ ...GOOD, ...files }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const { code, found } = await validate(Object.fromEntries(all));
      assert.match(found.warnings.join("\n"), expected);
      assert.equal(code, 0);
    });
  }

  for (const [what, text, expected] of [
    [
      "an action that nobody offers",
      remediation("action: scalling"),
      /remediation\.yaml:4:17: .*found "scalling", expected escalate, scaling, webhook; did you mean scaling\?/,
    ],
    [
      "a value that the action cannot use",
      remediation("action: scaling\n        value: ++1"),
      /remediation\.yaml:5:16: remediations\[0\]\.actions\[0\]\.value: .*expected/,
    ],
    ["a missing value", remediation("action: scaling"), /remediation\.yaml:4:9: .*value: .*expected/],
    [
      "a part of a value",
      remediation("action: webhook\n        value:\n          url: 'https://a.example/{{.x'"),
      /remediation\.yaml:6:16: .*value\.url: /,
    ],
    [
      "a bad value beside an unknown key",
      remediation("action: scaling\n        valeu: 1\n        value: ++1"),
      /remediation\.yaml:5:9: .*unknown key "valeu"[^]*remediation\.yaml:6:16: .*value: /,
    ],
    [
      "a bad value of the later generation",
      "apiVersion: spec.keptn.sh/0.1.4\nspec:\n  remediations:\n    - problemType: Slow\n      actionsOnOpen:\n" +
        "        - action: scaling\n          value: lots\n",
      /remediation\.yaml:7:18: spec\.remediations\[0\]\.actionsOnOpen\[0\]\.value: /,
    ],
  ] as const) {
    it(`refuses ${what} where it stands: exit code 2`, async () => {
      const { code, found } = await validate({ ...GOOD, "shop/production/carts/remediation.yaml": text });
      assert.match(found.findings.join("\n"), expected);
      assert.equal(code, 2);
    });
  }

  it("only warns of a text for people that cannot be read: they must be told anyway", async () => {
    const text = remediation("action: escalate\n        value: 'help {{.problem'");
    const { code, found } = await validate({ ...GOOD, "shop/production/carts/remediation.yaml": text });
    assert.match(found.warnings.join("\n"), /remediation\.yaml:5:16: .*value: the text has/);
    assert.deepEqual([code, found.findings], [0, []]);
  });

  it("a settle time of the settings in force counts", async () => {
    const config = join(folder, "evenkeel.yaml");
    await writeFile(config, "remediation: { settle: 15m }\n");
    const { found } = await validate(GOOD, "--config", config);
    assert.match(found.warnings.join("\n"), /waits 10m, less than the settle time of 15m/);
  });

  it("reads what a Kubernetes ConfigMap mounts: links, beside hidden folders; loops end", async () => {
    await validate({ "..data/ignored/shipyard.yaml": "stages: 7\n", "real/shipyard.yaml": SHIPYARD });
    await symlink(join(folder, "real"), join(folder, "linked"));
    await symlink(folder, join(folder, "real", "loop"));
    const { found } = await validate({});
    assert.deepEqual(found.projects, ["linked", "real"]);
    assert.deepEqual(found.findings, []);
  });

  it("a folder without projects is refused with what was expected: exit code 2", async () => {
    const { code, stderr } = await validate({ "readme.txt": "x" });
    assert.equal(code, 2);
    assert.match(stderr, /expected DIR\/<project>\/shipyard\.yaml/);
  });

  it("a folder one directory too high is refused, and the right ones are named: exit code 2", async () => {
    const { code, stdout, stderr } = await validate({
      "a/shop/shipyard.yaml": SHIPYARD,
      "b/bank/shipyard.yaml": SHIPYARD,
    });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.includes(`one level down: did you mean ${join(folder, "a")} or ${join(folder, "b")}?`), stderr);
  });
});
