import assert from "node:assert/strict";
import { HttpProblem, Settings, sourceSettings } from "@evenkeel/runtime";
import { ALERT, webhook } from "./fixtures/alertmanager.ts";
import { alertmanager } from "./alertmanager.ts";

const { mapping } = sourceSettings(Settings.parse({}), "alertmanager");
const read = (body: unknown) => alertmanager.read(body, mapping);
const alertOf = (alert: unknown) => read(webhook([alert, ALERT])).alerts[0]!;
const labelled = (labels: Record<string, string>) => alertOf({ ...ALERT, labels });

describe("alertmanager", () => {
  it("reads a firing alert of a rule that Keptn generated", () => {
    const { alerts, warnings } = read(webhook([ALERT]));
    assert.deepEqual(warnings, []);
    const { raw, ...alert } = alerts[0]!;
    assert.deepEqual(raw, ALERT);
    assert.deepEqual(alert, {
      fingerprint: "2c91c2b7a6f0d3e1",
      startedAt: "2020-05-04T09:15:00.000Z",
      state: "open",
      problem: {
        id: "2c91c2b7a6f0d3e1",
        source: "alertmanager",
        title: "response_time_p90",
        severity: "unknown",
        labels: { descriptions: "Pod name carts-primary", ...ALERT.labels },
        url: "http://prometheus:9090/graph?g0.expr=up",
        startedAt: "2020-05-04T09:15:00.000Z",
      },
      route: { routed: true, target: { project: "sockshop", stage: "production", service: "carts" } },
    });
  });

  it("keptn prometheus-service: every alert of a group counts, not only the first", () => {
    const others = ["a", "b"].map((fingerprint) => ({ ...ALERT, fingerprint }));
    const { alerts } = read(webhook([ALERT, ...others]));
    assert.deepEqual(
      alerts.map(({ fingerprint }) => fingerprint),
      ["2c91c2b7a6f0d3e1", "a", "b"],
    );
  });

  it("keptn prometheus-service: an empty list of alerts is nothing, not a crash", () => {
    assert.deepEqual(read(webhook([])).alerts, []);
  });

  it("keep grafana provider: a mixed group has each alert in its own state", () => {
    const resolved = { ...ALERT, status: "resolved", fingerprint: "b" };
    for (const status of ["firing", "resolved"]) {
      const { alerts } = read(webhook([ALERT, resolved], { status }));
      assert.deepEqual(
        alerts.map(({ state }) => state),
        ["open", "resolved"],
      );
    }
  });

  it("keeps the runbook that a rule names, unless a label has it", () => {
    const annotations = { runbook_url: "https://runbooks.example/slow", dashboard: "https://grafana.example" };
    const labelsOf = (labels: object) =>
      alertOf({ ...ALERT, annotations, labels: { ...ALERT.labels, ...labels } }).problem.labels;
    assert.equal(labelsOf({})["runbook_url"], "https://runbooks.example/slow");
    assert.equal(labelsOf({})["dashboard"], undefined);
    assert.equal(labelsOf({ runbook_url: "https://own.example" })["runbook_url"], "https://own.example");
  });

  it("keptn prometheus-service: quotes and line breaks in a description stay what they are", () => {
    const description = 'p90 "slow"\n{"a": 1}';
    assert.equal(alertOf({ ...ALERT, annotations: { description } }).problem.labels["description"], description);
  });

  it("titles by summary, else by alertname", () => {
    assert.equal(alertOf({ ...ALERT, annotations: { summary: "carts is slow" } }).problem.title, "carts is slow");
    assert.equal(alertOf({ ...ALERT, annotations: {} }).problem.title, "response_time_p90");
    assert.equal(alertOf({ ...ALERT, annotations: null }).problem.title, "response_time_p90");
    assert.equal(labelledTitle({}), "alert 2c91c2b7a6f0d3e1");
  });
  const labelledTitle = (labels: Record<string, string>) =>
    alertOf({ ...ALERT, labels, annotations: {} }).problem.title;

  for (const [severity, expected] of [
    ["critical", "critical"],
    ["page", "critical"],
    ["Error", "error"],
    ["warn", "warning"],
    ["info", "info"],
    ["none", "info"],
    ["webhook", "unknown"],
    ["constructor", "unknown"],
  ] as const) {
    it(`severity ${severity} is ${expected}`, () => assert.equal(labelled({ severity }).problem.severity, expected));
  }

  it("takes the same moment in another time zone for the same episode", () => {
    const there = alertOf({ ...ALERT, startsAt: "2020-05-04T11:15:00+02:00" });
    assert.equal(there.startedAt, "2020-05-04T09:15:00.000Z");
    assert.equal(alertOf({ ...ALERT, startsAt: "2020-05-04T09:15:00.000123456Z" }).startedAt, there.startedAt);
  });

  it("hashes the labels, in any order, when there is no fingerprint", () => {
    const { fingerprint: _, ...bare } = ALERT;
    const turned = Object.fromEntries(Object.entries(ALERT.labels).toReversed());
    const first = alertOf(bare).fingerprint;
    assert.equal(first, alertOf({ ...bare, labels: turned, fingerprint: "" }).fingerprint);
    assert.notEqual(first, alertOf({ ...bare, labels: { ...ALERT.labels, pod: "x" } }).fingerprint);
  });

  it("shows no link but http and https", () => {
    assert.equal(alertOf({ ...ALERT, generatorURL: "javascript:alert(1)" }).problem.url, undefined);
  });

  for (const [labels, expected] of [
    [{ keptn_project: "a", keptn_stage: "b", keptn_service: "c", project: "x", stage: "y", service: "z" }, "a/b/c"],
    [{ project: "a", stage: "b", service: "c" }, "a/b/c"],
    [{ namespace: "sockshop-production", service: "carts" }, "sockshop/production/carts"],
    [{ namespace: "sockshop-production", deployment: "carts" }, "sockshop/production/carts"],
    [{ namespace: "sock-shop-production", app: "carts" }, "sock-shop/production/carts"],
    [{ namespace: "sockshop-prod-eu", project: "sockshop", app: "carts" }, "sockshop/prod-eu/carts"],
    [{ namespace: "sockshop-prod-eu", stage: "prod-eu", app: "carts" }, "sockshop/prod-eu/carts"],
    [{ namespace: "ignored", project: "a", stage: "b", service: "", app: "c" }, "a/b/c"],
  ] as const) {
    it(`routes ${JSON.stringify(labels)} to ${expected}`, () => {
      const { route } = labelled(labels);
      assert.ok(route.routed, route.routed ? "" : route.reason);
      assert.equal(Object.values(route.target).join("/"), expected);
    });
  }

  for (const [labels, reason] of [
    [{ project: "a", stage: "b" }, "no label says which service: looked at keptn_service, service, deployment, app"],
    [{ stage: "b", service: "c" }, "no label says which project: looked at keptn_project, project, namespace"],
    [
      { project: "other", service: "c", namespace: "sockshop-production" },
      'no label says which stage: looked at keptn_stage, stage; namespace "sockshop-production" does not fit {project}-{stage}',
    ],
    [{ project: "a", stage: "b", service: "Carts" }, /^service "Carts" is not a valid name: expected at most 63 lower/],
    [{ project: "a", stage: "b.c", service: "d" }, /^stage "b\.c" is not a valid name/],
    [{ project: "-a", stage: "b", service: "c" }, /^project "-a" is not/],
    [{ project: "a", stage: "b", service: "c".repeat(64) }, /^service "c{64}" is not/],
    [{ project: "a", stage: "b", service: "../../etc" }, /^service "\.\.\/\.\.\/etc" is not/],
  ] as const) {
    it(`says why ${JSON.stringify(labels).slice(0, 70)} cannot be routed`, () => {
      const { route } = labelled(labels);
      assert.ok(!route.routed);
      if (typeof reason === "string") assert.equal(route.reason, reason);
      else assert.match(route.reason, reason);
    });
  }

  it("looks at the labels that the settings name, in their order", () => {
    const own = { project: ["team"], stage: ["env"], service: ["job", "app"], namespacePattern: "{stage}.{project}" };
    const labels = { team: "shop", service: "no", app: "carts", namespace: "prod.other" };
    const { route } = alertmanager.read(webhook([{ ...ALERT, labels: { ...labels, env: "prod" } }]), own).alerts[0]!;
    assert.deepEqual(route.target, { project: "shop", stage: "prod", service: "carts" });
    const bySpace = alertmanager.read(webhook([{ ...ALERT, labels: { ...labels, team: "" } }]), own).alerts[0]!;
    assert.deepEqual(bySpace.route.target, { project: "other", stage: "prod", service: "carts" });
  });

  it("keeps the others when one alert of a group cannot be read, and says what is wrong with it", () => {
    const { alerts } = read(webhook([ALERT, { ...ALERT, startsAt: "yesterday" }, 7, { ...ALERT, status: "odd" }]));
    assert.deepEqual(
      alerts.map(({ faults }) => faults?.[0]?.pointer),
      [undefined, "/alerts/1/startsAt", "/alerts/2", "/alerts/3/status"],
    );
    const { route, problem } = alerts[1]!;
    assert.ok(!route.routed);
    assert.match(route.reason, /^could not be read: \/alerts\/1\/startsAt: expected a time/);
    assert.equal(problem.title, "response_time_p90");
  });

  it("refuses a body of which no alert can be read", () => {
    assert.throws(
      () => read(webhook([{ status: "firing", labels: {} }])),
      (error) =>
        error instanceof HttpProblem && error.status === 422 && error.errors?.[0]?.pointer === "/alerts/0/startsAt",
    );
  });

  it("warns of alerts that were cut off, and of a version that it does not know", () => {
    const { warnings } = read(webhook([ALERT], { version: "5", truncatedAlerts: 12 }));
    assert.equal(warnings?.length, 2);
    assert.match(warnings!.join(), /version 5 is not known.*cut off 12 more alerts/);
  });
});
