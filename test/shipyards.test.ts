import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { sliProviders } from "@evenkeel/evaluation-worker";
import { actionKinds, makePlan } from "@evenkeel/remediation-engine";
import { Settings } from "@evenkeel/runtime";
import { classify, formatFinding, lookup, parseFile, parseShipyard, parseSlo, sliFiles } from "@evenkeel/specs";
import { filesBelow, readText, root } from "./support/workspace.ts";

const shipyards = readdirSync(join(root, "shipyards"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** Path inside the project → text, of every project in a folder as `evenkeel apply` takes one. */
function projectsIn(shipyard: string): Map<string, Map<string, string>> {
  const projects = new Map<string, Map<string, string>>();
  const folder = `shipyards/${shipyard}`;
  for (const path of filesBelow(folder)) {
    const [project = "", ...inside] = path.slice(folder.length + 1).split("/");
    if (inside.length === 0) continue;
    const files = projects.get(project) ?? new Map<string, string>();
    projects.set(project, files.set(inside.join("/"), readText(path)));
  }
  return projects;
}

/** Stage and service of every folder that has files of its own. */
function servicesOf(files: ReadonlyMap<string, string>, stages: readonly string[]): [stage: string, service: string][] {
  const found = new Set<string>();
  for (const path of files.keys()) {
    const [stage = "", service = "", ...rest] = path.split("/");
    if (stages.includes(stage) && rest.length > 0) found.add(`${stage}/${service}`);
  }
  return [...found].map((pair) => pair.split("/") as [string, string]);
}

function planFor(files: ReadonlyMap<string, string>, stage: string, service: string, title: string) {
  return makePlan({
    files,
    revision: "as-shipped",
    target: { project: "sockshop", stage, service },
    problem: { id: "1", source: "test", title, severity: "error", labels: {} },
    settings: Settings.parse({}).remediation,
  });
}

for (const shipyard of shipyards) {
  describe(`shipyards/${shipyard}`, () => {
    const projects = projectsIn(shipyard);

    it("holds projects", () => assert.ok(projects.size > 0));

    for (const [project, files] of projects) {
      it(`${project}: every file is read, and none is wrong`, () => {
        for (const [path, text] of files) {
          const placed = classify(`${project}/${path}`);
          if (!placed || placed.kind === "other") {
            assert.match(path, /(^|\/)README\.md$/, `${project}/${path} is read by nobody: ${placed?.hint ?? ""}`);
            continue;
          }
          const parsed = parseFile(placed.kind, text);
          const findings = parsed.ok ? [] : parsed.findings.map((finding) => formatFinding(path, finding));
          assert.deepEqual(findings, []);
        }
      });

      it(`${project}: every action exists, with a value that it takes`, () => {
        for (const [path, text] of files) {
          if (!path.endsWith("remediation.yaml")) continue;
          const parsed = parseFile("remediation", text);
          assert.ok(parsed.ok);
          for (const { actions } of parsed.value.entries) {
            for (const { action, value } of actions) {
              const kind = actionKinds.find(({ name }) => name === action);
              assert.ok(kind, `${path}: no action ${action}`);
              assert.ok(kind.value.safeParse(value).success, `${path}: ${action} does not take ${String(value)}`);
            }
          }
        }
      });

      it(`${project}: every objective has a query`, () => {
        const shipyardFile = parseShipyard(files.get("shipyard.yaml") ?? "");
        assert.ok(shipyardFile.ok);
        const stages = shipyardFile.value.stages.map(({ name }) => name);
        for (const [stage, service] of servicesOf(files, stages)) {
          const path = lookup(files, stage, service, "slo.yaml");
          if (path === undefined) continue;
          const slo = parseSlo(files.get(path)!);
          assert.ok(slo.ok);
          const known = sliProviders.flatMap(({ name }) => {
            const sli = sliFiles(files, stage, service, name);
            return sli.ok ? Object.keys(sli.value.indicators) : [];
          });
          for (const { sli } of slo.value.objectives) assert.ok(known.includes(sli), `${path}: no query for ${sli}`);
        }
      });
    }
  });
}

describe("shipyards/keptn-tutorial", () => {
  const files = projectsIn("keptn-tutorial").get("sockshop")!;

  it("has the tutorial's remediation.yaml, word for word", () => {
    const written = `remediations:
  - name: response_time_p90
    actions:
      - action: scaling
        value: +1
  - name: Response time degradation
    actions:
      - action: scaling
        value: +1
`;
    assert.equal(files.get("production/carts/remediation.yaml"), written);
  });

  for (const title of ["Response time degradation", "response_time_p90"]) {
    it(`answers "${title}" in production with scaling +1, a wait of 10 m, and an evaluation`, () => {
      const { status, result, plan } = planFor(files, "production", "carts", title);
      assert.deepEqual({ status, result }, { status: "succeeded", result: "pass" });
      assert.equal(plan?.matched?.by, "title");
      assert.deepEqual(plan?.actions, [
        { name: "scaling", action: "scaling", value: "+1", wait: 600_000, timeout: 300_000, then: "evaluate" },
      ]);
    });
  }

  it("does nothing in dev and staging, which are not automated", () => {
    for (const stage of ["dev", "staging"]) {
      assert.equal(planFor(files, stage, "carts", "Response time degradation").reason, "not-automated");
    }
  });

  it("names the nearest entry for a problem that it has no answer to", () => {
    const { reason, message } = planFor(files, "production", "carts", "response time degradation");
    assert.equal(reason, "no-match");
    assert.match(message, /nearest: "Response time degradation" \(line 6\): .* differs only in upper and lower case/);
  });
});

describe("shipyards/demo", () => {
  const files = projectsIn("demo").get("sockshop")!;
  const actionsFor = (service: string) =>
    planFor(files, "production", service, "Response time degradation").plan?.actions.map(
      ({ action, value, then, max }) => ({ action, value, then, max }),
    );

  it("scales carts twice, then tells the team", () => {
    assert.deepEqual(actionsFor("carts"), [
      { action: "scaling", value: "+1", then: "evaluate", max: 5 },
      { action: "scaling", value: "+1", then: "evaluate", max: 5 },
      {
        action: "escalate",
        value: "{{.target.service}} stays slow although it was scaled twice",
        then: "finish",
        max: 5,
      },
    ]);
  });

  it("scales orders once, then tells the team", () => {
    assert.deepEqual(
      actionsFor("orders")?.map(({ action, then }) => [action, then]),
      [
        ["scaling", "evaluate"],
        ["escalate", "finish"],
      ],
    );
  });
});
