import assert from "node:assert/strict";
import type { Problem } from "@evenkeel/events";
import { loadConfig } from "@evenkeel/runtime";
import { makePlan } from "./plan.ts";

const { settings } = loadConfig({ env: {}, flags: {} });
const TARGET = { project: "sockshop", stage: "production", service: "carts" };
const MINUTE = 60_000;

const SHIPYARD = `stages:
  - name: dev
    deployment_strategy: direct
  - name: production
    deployment_strategy: blue_green_service
    remediation_strategy: automated
`;

/** The file of the tutorial's 0.6 release, unchanged. */
const SEED = `remediations:
- name: response_time_p90
  actions:
  - action: scaling
    value: +1
- name: Response time degradation
  actions:
  - action: scaling
    value: +1
`;

const LOOKUP = `apiVersion: spec.keptn.sh/0.1.4
kind: Remediation
metadata:
  name: remediation-service
spec:
  remediations:
    - problemType: default
      actionsOnOpen:
        - {name: Escalate, action: escalate, description: Tell the team, value: ""}
    - problemType: problemType1
      actionsOnOpen:
        - {name: First, action: action1, description: "", value: {a: "on"}}
        - {name: Second, action: action2, description: "", value: "1"}
    - problemType: problemType2
      actionsOnOpen:
        - {name: Third, action: action3, description: "", value: "1"}
`;

function problem(fields: Partial<Problem> = {}): Problem {
  return { id: "p", source: "dynatrace", title: "Response time degradation", severity: "error", labels: {}, ...fields };
}

function planFor(
  files: Record<string, string> | undefined,
  { about = {}, target = TARGET }: { about?: Partial<Problem>; target?: typeof TARGET } = {},
) {
  return makePlan({
    files: files && new Map(Object.entries(files)),
    revision: "r1",
    target,
    problem: problem(about),
    settings: settings.remediation,
  });
}

const project = (remediation: string, more: Record<string, string> = {}) => ({
  "shipyard.yaml": SHIPYARD,
  "production/carts/remediation.yaml": remediation,
  ...more,
});

const withoutDefault = LOOKUP.replace(/ {4}- problemType: default\n.*\n.*\n/, "");

describe("the plan", () => {
  it("the tutorial's files work unchanged: +1 stays +1", () => {
    for (const title of ["response_time_p90", "Response time degradation"]) {
      const found = planFor(project(SEED), { about: { title } });
      assert.deepEqual([found.status, found.result, found.reason], ["succeeded", "pass", undefined]);
      assert.equal(found.plan?.revision, "r1");
      const [action] = found.plan.actions;
      assert.deepEqual(
        [action?.name, action?.action, action?.value, action?.then],
        ["scaling", "scaling", "+1", "evaluate"],
      );
      assert.deepEqual([action?.wait, action?.timeout], [10 * MINUTE, 5 * MINUTE]);
      assert.equal(found.plan.settle, MINUTE);
      assert.equal(found.plan.evaluationRetries, 3);
      assert.match(found.message, new RegExp(`1 action for "${title}" \\(line \\d+, matched by title\\)`));
    }
  });

  it("AL5: all actions of the entry, in order, with their values as written", () => {
    const { plan } = planFor(project(LOOKUP), { about: { title: "problemType1" } });
    assert.deepEqual(
      plan?.actions.map(({ name, action, value }) => [name, action, value]),
      [
        ["First", "action1", { a: "on" }],
        ["Second", "action2", "1"],
      ],
    );
  });

  it("AL7: root cause and title match different entries, root cause wins", () => {
    const { plan } = planFor(project(LOOKUP), { about: { title: "problemType1", rootCause: "problemType2" } });
    assert.deepEqual([plan?.matched?.problemType, plan?.matched?.by], ["problemType2", "root cause"]);
  });

  it("AL8: only the title matches", () => {
    const { plan } = planFor(project(LOOKUP), { about: { title: "problemType2", rootCause: "other" } });
    assert.deepEqual([plan?.matched?.problemType, plan?.matched?.by], ["problemType2", "title"]);
  });

  it("AL9: neither matches, the default's action is taken, and escalate ends the run", () => {
    const { plan } = planFor(project(LOOKUP), { about: { title: "other" } });
    assert.equal(plan?.matched?.by, "default");
    assert.deepEqual(
      plan.actions.map(({ action, then }) => [action, then]),
      [["escalate", "finish"]],
    );
  });

  it("evaluate: false is followed by the next action", () => {
    const { plan } = planFor(
      project("remediations:\n- name: Response\n  actions: [{action: webhook, evaluate: false}, {action: scaling}]\n"),
    );
    assert.deepEqual(
      plan?.actions.map(({ then }) => then),
      ["next", "evaluate"],
    );
  });
});

describe("why nothing is done", () => {
  const rows: [string, Record<string, string> | undefined, [string, string, string], RegExp, Partial<Problem>?][] = [
    [
      "AL1, SH2, SH6: no remediation.yaml",
      { "shipyard.yaml": SHIPYARD },
      ["errored", "fail", "no-remediation-file"],
      /Could not get remediation\.yaml file for services carts in stage production/,
    ],
    [
      "nothing is known of the project",
      undefined,
      ["errored", "fail", "no-remediation-file"],
      /nothing is known of project sockshop.*evenkeel apply DIR/,
    ],
    [
      "no shipyard.yaml",
      { "production/carts/remediation.yaml": SEED },
      ["succeeded", "fail", "not-automated"],
      /no shipyard\.yaml, so no stage is automated/,
    ],
    [
      "AL2: another apiVersion",
      project(LOOKUP.replace("0.1.4", "0.1.5")),
      ["errored", "fail", "invalid-file"],
      /^Could not parse remediation\.yaml file\. Please validate it against the specification\. production\/carts\/remediation\.yaml:1:\d+/,
    ],
    [
      "AL3: no YAML",
      project("remediations: [}"),
      ["errored", "fail", "invalid-file"],
      /Please validate it against the specification\..*remediation\.yaml:1:\d+/,
    ],
    [
      "AL6: an entry without actions",
      project("remediations:\n- name: Response time degradation\n  actions: []\n"),
      ["succeeded", "fail", "no-match"],
      /there is no action with index 0 for problem title Response time degradation/,
    ],
    [
      "AL10: neither matches, no default",
      project(withoutDefault),
      ["succeeded", "fail", "no-match"],
      /^unable to find action for problem title other; nearest: "problemType1" \(line \d+\): the problem's title is "other"/,
      { title: "other" },
    ],
    [
      "AL10 with a root cause",
      project(withoutDefault),
      ["succeeded", "fail", "no-match"],
      /unable to find action for root cause node-7/,
      { title: "other", rootCause: "node-7" },
    ],
    [
      "a near miss is named, though it is not the first",
      project(withoutDefault),
      ["succeeded", "fail", "no-match"],
      /nearest: "problemType2" \(line \d+\): .*differs only in upper and lower case/,
      { title: "PROBLEMTYPE2" },
    ],
    ["no entries at all", project("remediations: []\n"), ["succeeded", "fail", "no-match"], /the file has no entries/],
    [
      "a typo in the shipyard",
      { ...project(SEED), "shipyard.yaml": SHIPYARD.replace("automated", "automatic") },
      ["errored", "fail", "invalid-file"],
      /Could not parse shipyard\.yaml file\..*shipyard\.yaml:6:\d+/,
    ],
    [
      "a typo in service.yaml",
      project(SEED, { "production/carts/service.yaml": "maxx: 3\n" }),
      ["errored", "fail", "invalid-file"],
      /Could not parse service\.yaml file\..*production\/carts\/service\.yaml:1:1/,
    ],
  ];
  for (const [what, files, [status, result, reason], message, about] of rows) {
    it(what, () => {
      const found = planFor(files, { ...(about && { about }) });
      assert.deepEqual([found.status, found.result, found.reason], [status, result, reason]);
      assert.match(found.message, message);
      assert.equal(found.plan?.actions.length ?? 0, 0);
    });
  }

  it("remediation is off for the stage: said, with how to turn it on", () => {
    const off = { ...project(SEED), "dev/carts/remediation.yaml": SEED };
    const found = planFor(off, { target: { ...TARGET, stage: "dev" } });
    assert.deepEqual([found.status, found.reason], ["succeeded", "not-automated"]);
    assert.match(found.message, /not automated for stage dev; set remediation_strategy: automated/);
  });

  it("EN14: a stage that the shipyard does not have is an error that names those it has", () => {
    const found = planFor(project(SEED), { target: { ...TARGET, stage: "staging" } });
    assert.deepEqual([found.status, found.result, found.reason], ["errored", "fail", "errored"]);
    assert.match(found.message, /stage staging is not in the shipyard of sockshop, which has: dev, production/);
  });

  it("every entry's reason is in the plan, for the bridge", () => {
    const found = planFor(project(withoutDefault), { about: { title: "other" } });
    assert.equal(found.plan?.considered.length, 2);
    assert.ok(found.plan.considered.every(({ matched, line }) => !matched && line > 0));
  });
});

describe("where a file is found", () => {
  const entry = (name: string) =>
    `remediations:\n- name: "*"\n  actions: [{name: ${name}, action: scaling, value: 1}]\n`;
  const nameOf = (files: Record<string, string>) =>
    planFor({ "shipyard.yaml": SHIPYARD, ...files }).plan?.actions[0]?.name;
  const all = {
    "remediation.yaml": entry("project"),
    "production/remediation.yaml": entry("stage"),
    "production/carts/remediation.yaml": entry("service"),
  };
  it("at the service, before the stage, before the project; never at another service", () => {
    assert.equal(nameOf(all), "service");
    const { "production/carts/remediation.yaml": _, ...twoLevels } = all;
    assert.equal(nameOf(twoLevels), "stage");
    assert.equal(nameOf({ "remediation.yaml": entry("project") }), "project");
    assert.equal(nameOf({ "production/orders/remediation.yaml": entry("other") }), undefined);
    assert.equal(nameOf({ "dev/carts/remediation.yaml": entry("other") }), undefined);
  });
});

describe("the wait", () => {
  const remediation = (wait = "") =>
    `remediations:\n- name: "*"\n  actions: [{action: scaling, value: +1${wait && `, wait: ${wait}`}}]\n`;
  const shipyard = (stage: string, whole: string) =>
    `stages:\n  - {name: production, remediation_strategy: automated${stage && `, wait: ${stage}`}}\n${whole && `wait: ${whole}\n`}`;
  const rows: [string, number, { action?: string; service?: string; stage?: string; project?: string }][] = [
    ["the action's", 1, { action: "1m", service: "2m", stage: "3m", project: "4m" }],
    ["the service's", 2, { service: "2m", stage: "3m", project: "4m" }],
    ["the stage's", 3, { stage: "3m", project: "4m" }],
    ["the project's", 4, { project: "4m" }],
    ["the setting", 10, {}],
    ["the action's, also when it is none", 0, { action: "0s", service: "2m" }],
  ];
  for (const [whose, minutes, { action = "", service, stage = "", project: whole = "" }] of rows) {
    it(`is ${whose}: ${minutes} m`, () => {
      const { plan } = planFor({
        "shipyard.yaml": shipyard(stage, whole),
        "production/carts/remediation.yaml": remediation(action),
        ...(service && { "production/carts/service.yaml": `wait: ${service}\n` }),
      });
      assert.equal(plan?.actions[0]?.wait, minutes * MINUTE);
    });
  }

  it("of a 0.2 shipyard may be the evaluation task's triggeredAfter", () => {
    const { plan } = planFor({
      "shipyard.yaml": `apiVersion: spec.keptn.sh/0.2.0
kind: Shipyard
spec:
  stages:
    - name: production
      sequences:
        - name: remediation
          tasks: [{name: get-action}, {name: action}, {name: evaluation, triggeredAfter: 15m}]
`,
      "production/carts/remediation.yaml": remediation(),
    });
    assert.equal(plan?.actions[0]?.wait, 15 * MINUTE);
  });
});

describe("bounds and timeouts", () => {
  it("the action's own go before the service's", () => {
    const actions = "[{action: scaling, value: 1}, {action: scaling, value: 1, min: 2, max: 4, timeout: 1m}]";
    const { plan } = planFor(
      project(`remediations:\n- name: "*"\n  actions: ${actions}\n`, {
        "production/carts/service.yaml": "min: 1\nmax: 7\n",
      }),
    );
    assert.deepEqual(
      plan?.actions.map(({ min, max, timeout }) => [min, max, timeout]),
      [
        [1, 7, 5 * MINUTE],
        [2, 4, MINUTE],
      ],
    );
  });
});
