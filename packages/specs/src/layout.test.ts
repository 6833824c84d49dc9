import assert from "node:assert/strict";
import { classify, lookup, sliFiles } from "./layout.ts";
import type { Placed } from "./layout.ts";

describe("the directory that is applied", () => {
  const project = "sockshop";
  const stage = "production";
  const service = "carts";
  const cases: [string, Placed | undefined][] = [
    ["sockshop/shipyard.yaml", { project, uri: "shipyard.yaml", kind: "shipyard" }],
    ["./sockshop/shipyard.yaml", { project, uri: "shipyard.yaml", kind: "shipyard" }],
    ["sockshop\\production\\slo.yaml", { project, stage, uri: "slo.yaml", kind: "slo" }],
    ["sockshop/remediation.yaml", { project, uri: "remediation.yaml", kind: "remediation" }],
    ["sockshop/production/remediation.yaml", { project, stage, uri: "remediation.yaml", kind: "remediation" }],
    [
      "sockshop/production/carts/remediation.yaml",
      { project, stage, service, uri: "remediation.yaml", kind: "remediation" },
    ],
    ["sockshop/production/carts/slo.yaml", { project, stage, service, uri: "slo.yaml", kind: "slo" }],
    ["sockshop/production/carts/service.yaml", { project, stage, service, uri: "service.yaml", kind: "service" }],
    ["sockshop/prometheus/sli.yaml", { project, uri: "prometheus/sli.yaml", kind: "sli" }],
    ["sockshop/production/dynatrace/sli.yaml", { project, stage, uri: "dynatrace/sli.yaml", kind: "sli" }],
    [
      "sockshop/production/carts/prometheus/sli.yaml",
      { project, stage, service, uri: "prometheus/sli.yaml", kind: "sli" },
    ],
    [
      "sockshop/production/carts/datadog/sli.yaml",
      {
        project,
        stage,
        service,
        uri: "datadog/sli.yaml",
        kind: "sli" as const,
        hint: "sli.yaml is read as the queries for the SLI provider datadog",
      },
    ],
    [
      "sockshop/production/prometheus/slo.yaml",
      { project, stage, service: "prometheus", uri: "slo.yaml", kind: "slo" },
    ],
    ["sockshop/production/carts/helm/values.yaml", { project, stage, service, uri: "helm/values.yaml", kind: "other" }],
    ["sockshop/README.md", { project, uri: "README.md", kind: "other" }],
    [
      "sockshop/production/shipyard.yaml",
      { project, stage, uri: "shipyard.yaml", kind: "other", hint: "shipyard.yaml belongs at project level" },
    ],
    [
      "sockshop/production/carts/remediation.yml",
      {
        project,
        stage,
        service,
        uri: "remediation.yml",
        kind: "other" as const,
        hint: "not read; did you mean remediation.yaml?",
      },
    ],
    [
      "sockshop/sli.yaml",
      {
        project,
        uri: "sli.yaml",
        kind: "other" as const,
        hint: "sli.yaml belongs in a folder with its provider's name, as prometheus/sli.yaml",
      },
    ],
    ["README.md", undefined],
    ["", undefined],
    ["sockshop/", undefined],
    ["/etc/passwd", undefined],
    ["../sockshop/shipyard.yaml", undefined],
    ["sockshop/../shipyard.yaml", undefined],
    ["sockshop/.git/config", undefined],
    [".git/config", undefined],
  ];
  for (const [path, placed] of cases) {
    it(`places ${JSON.stringify(path)}`, () => assert.deepEqual(classify(path), placed));
  }
});

describe("a service's file", () => {
  const files = new Map([
    ["shipyard.yaml", ""],
    ["remediation.yaml", ""],
    ["production/remediation.yaml", ""],
    ["production/carts/remediation.yaml", ""],
    ["staging/slo.yaml", ""],
  ]);
  const cases: [stage: string, service: string, uri: string, found: string | undefined][] = [
    ["production", "carts", "remediation.yaml", "production/carts/remediation.yaml"],
    ["production", "orders", "remediation.yaml", "production/remediation.yaml"],
    ["staging", "carts", "remediation.yaml", "remediation.yaml"],
    ["staging", "carts", "slo.yaml", "staging/slo.yaml"],
    ["production", "carts", "slo.yaml", undefined],
  ];
  for (const [stage, service, uri, found] of cases) {
    it(`${uri} of ${stage}/${service} is ${found ?? "missing"}`, () => {
      assert.equal(lookup(files, stage, service, uri), found);
    });
  }
});

describe("the SLI files of a service", () => {
  const files = new Map([
    ["prometheus/sli.yaml", "indicators: {a: project, b: project}"],
    ["production/prometheus/sli.yaml", "indicators: {b: stage}"],
    ["production/carts/prometheus/sli.yaml", "indicators: {c: service}"],
    ["production/carts/dynatrace/sli.yaml", "indicators: {a: dynatrace}"],
  ]);

  it("are merged from all three levels", () => {
    const merged = sliFiles(files, "production", "carts", "prometheus");
    assert.ok(merged.ok);
    assert.deepEqual({ ...merged.value.indicators }, { a: "project", b: "stage", c: "service" });
    assert.deepEqual(merged.paths, [
      "prometheus/sli.yaml",
      "production/prometheus/sli.yaml",
      "production/carts/prometheus/sli.yaml",
    ]);
  });

  it("may all be missing", () => {
    const merged = sliFiles(files, "dev", "carts", "dynatrace");
    assert.ok(merged.ok);
    assert.deepEqual(merged.paths, []);
  });

  it("name the one that is wrong", () => {
    const broken = new Map([...files, ["production/prometheus/sli.yaml", "indicators: 1"]]);
    const merged = sliFiles(broken, "production", "carts", "prometheus");
    assert.ok(!merged.ok);
    assert.equal(merged.path, "production/prometheus/sli.yaml");
    assert.equal(merged.findings[0]?.line, 1);
  });
});
