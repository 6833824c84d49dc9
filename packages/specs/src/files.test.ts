import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFile, schemas } from "./files.ts";
import type { FileKind } from "./files.ts";
import { formatFinding } from "./finding.ts";
import { within } from "./within-for-test.ts";

const EXAMPLES: Record<FileKind, string[]> = {
  shipyard: [
    "stages:\n  - name: prod\n    remediation_strategy: automated\n    wait: 5m\n",
    "apiVersion: spec.keptn.sh/0.2.2\nspec:\n  stages:\n    - name: prod\n      sequences: [{name: remediation, tasks: [{name: evaluation, triggeredAfter: 15m}]}]\n",
  ],
  remediation: [
    "remediations:\n  - name: x\n    actions: &a\n      - action: scaling\n        value: +1\n",
    "apiVersion: spec.keptn.sh/0.1.4\nspec:\n  remediations:\n    - problemType: default\n      actionsOnOpen: [{action: scaling, value: '1', target: {name: a}}]\n",
  ],
  slo: ["objectives:\n  - sli: a\n    pass: [{criteria: ['<=+10%', <600]}]\ntotal_score: {pass: 90%}\n"],
  sli: ["indicators:\n  a: sum(x)\n"],
  service: ["target: {kind: Deployment, name: carts}\nwait: 2m\nmin: 1\n"],
};
const KINDS = Object.keys(EXAMPLES) as FileKind[];

describe("every kind of file", () => {
  for (const kind of KINDS) {
    it(`${kind} has an example that parses, and is refused as any other kind`, () => {
      for (const text of EXAMPLES[kind]) {
        for (const other of KINDS) assert.equal(parseFile(other, text).ok, other === kind, `${kind} as ${other}`);
      }
    });

    it(`${kind}: whatever is typed, the answer is a value or findings inside the text`, function () {
      this.timeout(30_000);
      const noise = fc.constantFrom(
        ...":-{}[]&*<>|!%#@'\"\\,?~ \t\n\r+1aé🚀\u0000",
        "<<: *a",
        "&a ",
        "*a",
        "- ",
        "__proto__",
      );
      const edit = fc.tuple(fc.nat(400), fc.nat(3), fc.array(noise, { maxLength: 4 }));
      fc.assert(
        fc.property(
          fc.constantFrom(...EXAMPLES[kind]),
          fc.array(edit, { minLength: 1, maxLength: 6 }),
          (text, edits) => {
            let mutant = text;
            for (const [at, cut, put] of edits) {
              const start = at % (mutant.length + 1);
              mutant = mutant.slice(0, start) + put.join("") + mutant.slice(start + cut);
            }
            const parsed = parseFile(kind, mutant);
            const lines = mutant.split(/\r\n|\r|\n/);
            for (const finding of parsed.ok ? parsed.warnings : parsed.findings) {
              const line = lines[finding.line - 1];
              assert.ok(line !== undefined && finding.column >= 1 && finding.column <= line.length + 1, mutant);
              assert.doesNotMatch(finding.message, /[\r\n]|undefined|\[object/, mutant);
            }
          },
        ),
        { numRuns: 300 },
      );
    });
  }

  const N = 250 * 1024;
  const slow: [string, FileKind, string][] = [
    ["blanks in a percentage", "slo", `objectives: [{sli: a}]\ntotal_score: {pass: '9${" ".repeat(N)}x'}`],
    ["digits in a percentage", "slo", `objectives: [{sli: a}]\ntotal_score: {pass: '${"9".repeat(N)}x'}`],
    ["blanks in a criterion", "slo", `objectives: [{sli: a, pass: [{criteria: ['<${" 9".repeat(N / 2)}x']}]}]`],
    ["hyphens in a name", "service", `target: {name: ${"a-".repeat(N / 2)}!}`],
    ["digits in a duration", "service", `wait: ${"1m".repeat(N / 2)}!`],
    ["one key again and again", "service", "a: 1\n".repeat(N / 5)],
    ["unknown keys", "service", Array.from({ length: 19_000 }, (_, index) => `key${index}: 1`).join("\n")],
    ["empty queries", "sli", `indicators:\n${Array.from({ length: 19_000 }, (_, index) => `  k${index}:\n`).join("")}`],
    ["line breaks", "service", `a: 1${"\n".repeat(N)}`],
    ["blanks", "service", `a: 1${" ".repeat(N)}`],
    ["documents", "service", "---\n".repeat(N / 4)],
  ];
  for (const [name, kind, text] of slow) {
    it(`refuses a quarter of a megabyte of ${name} before anyone waits`, () => {
      const parsed = within(5_000, () => parseFile(kind, text));
      assert.ok(!parsed.ok && parsed.findings.length <= 50);
    });
  }

  it("is said in one clickable line", () => {
    const parsed = parseFile("service", "min: x");
    assert.ok(!parsed.ok);
    assert.deepEqual(
      parsed.findings.map((finding) => formatFinding("shop/service.yaml", finding)),
      ['shop/service.yaml:1:6: min: found "x", expected a whole number from 0'],
    );
  });
});

describe("the JSON Schemas for editors", () => {
  it("exist for every kind, and are plain JSON", () => {
    const all = schemas();
    assert.deepEqual(Object.keys(all).sort(), [...KINDS].sort());
    assert.deepEqual(JSON.parse(JSON.stringify(all)), all);
  });

  it("offer both generations of shipyards and remediations", () => {
    const keys = ({ anyOf = [] }: { anyOf?: { properties?: object }[] }) =>
      anyOf.map(({ properties = {} }) => Object.keys(properties).join());
    assert.deepEqual(keys(schemas().shipyard), ["stages,wait", "apiVersion,kind,metadata,spec,wait"]);
    assert.deepEqual(keys(schemas().remediation), ["remediations", "apiVersion,kind,metadata,spec"]);
  });

  it("describe what is written, not what it is read as", () => {
    const { properties } = schemas().service as { properties: Record<string, { type: string; pattern?: string }> };
    assert.equal(properties["wait"]?.type, "string");
    const pattern = new RegExp(properties["wait"]?.pattern ?? "");
    for (const text of ["10m", "1h30m", "PT5M", "0s"]) assert.match(text, pattern);
    for (const text of ["10", "m", "-5m"]) assert.doesNotMatch(text, pattern);
  });
});
