import assert from "node:assert/strict";
import { accepted, acceptedWithWarnings, refused } from "./parsed-for-test.ts";
import { parseRemediation } from "./remediation.ts";

const TUTORIAL = `remediations:
  - name: response_time_p90
    actions:
      - action: scaling
        value: +1
  - name: Response time degradation
    actions:
      - action: scaling
        value: +1
`;

const GENERATION_1 = `apiVersion: spec.keptn.sh/0.1.4
kind: Remediation
metadata:
  name: carts-remediation
spec:
  remediations:
    - problemType: Response time degradation
      actionsOnOpen:
        - name: Scale up
          action: scaling
          description: Add one replica
          value: "1"
        - name: Cache on
          action: toggle-feature
          description: Switch the item cache on
          value:
            EnableItemCache: on
            Retries: 3
    - problemType: default
      actionsOnOpen:
        - {name: Escalate, action: escalate, description: Tell the team, value: ""}
`;

/** The value of the single action of a 0.6 file that writes it like this. */
function valueWrittenAs(yaml: string): unknown {
  const file = accepted(
    parseRemediation(`remediations:\n  - name: x\n    actions:\n      - action: scaling\n        value: ${yaml}\n`),
  );
  return file.entries[0]?.actions[0]?.value;
}

function action(keys: string): string {
  return `remediations: [{name: x, actions: [{action: scaling, ${keys}}]}]`;
}

describe("remediation.yaml", () => {
  it("of Keptn 0.6's upscaling tutorial scales by +1", () => {
    assert.deepEqual(accepted(parseRemediation(TUTORIAL)), {
      format: "0.6",
      entries: [
        {
          problemType: "response_time_p90",
          actions: [{ name: "scaling", action: "scaling", value: "+1" }],
          line: 2,
        },
        {
          problemType: "Response time degradation",
          actions: [{ name: "scaling", action: "scaling", value: "+1" }],
          line: 6,
        },
      ],
    });
  });

  it("means the same with CRLF, with a byte order mark and on one line", () => {
    const flow =
      "remediations: [{name: response_time_p90, actions: [{action: scaling, value: +1}]}, {name: Response time degradation, actions: [{action: scaling, value: +1}]}]";
    const expected = accepted(parseRemediation(TUTORIAL));
    assert.deepEqual(accepted(parseRemediation(TUTORIAL.replaceAll("\n", "\r\n"))), expected);
    assert.deepEqual(accepted(parseRemediation(`\ufeff${TUTORIAL}`)), expected);
    const entries = expected.entries.map((entry) => ({ ...entry, line: 1 }));
    assert.deepEqual(accepted(parseRemediation(flow)).entries, entries);
  });

  it("of spec 0.1.4 keeps names, descriptions and objects as values", () => {
    assert.deepEqual(accepted(parseRemediation(GENERATION_1)), {
      format: "0.1.4",
      entries: [
        {
          problemType: "Response time degradation",
          actions: [
            { name: "Scale up", action: "scaling", description: "Add one replica", value: "1" },
            {
              name: "Cache on",
              action: "toggle-feature",
              description: "Switch the item cache on",
              value: { EnableItemCache: "on", Retries: 3 },
            },
          ],
          line: 7,
        },
        {
          problemType: "default",
          actions: [{ name: "Escalate", action: "escalate", description: "Tell the team", value: "" }],
          line: 19,
        },
      ],
    });
  });

  const values: [string, unknown][] = [
    ["+1", "+1"],
    ["1", "1"],
    ["-1", "-1"],
    ["010", "010"],
    ['"+1"', "+1"],
    ["'1'", "1"],
    ["=3", "=3"],
    ["x2", "x2"],
    ["+50%", "+50%"],
    ["on", "on"],
    ["off", "off"],
    ["true", "true"],
    ["1.50", "1.50"],
    ["1_000", "1_000"],
    ["2024-01-01", "2024-01-01"],
    ["!!str +1", "+1"],
    ['""', ""],
    ["", undefined],
    ["null", undefined],
    ["[+1, off]", [1, "off"]],
    ["{a: 010, b: {c: no}}", { a: 10, b: { c: "no" } }],
    ["Größe ✓", "Größe ✓"],
  ];
  for (const [yaml, value] of values) {
    it(`reads value: ${yaml} as ${JSON.stringify(value)}`, () => assert.deepEqual(valueWrittenAs(yaml), value));
  }

  it("keeps +1 through anchors and merge keys", () => {
    const file = accepted(
      parseRemediation(
        "remediations:\n  - name: a\n    actions: &more\n      - &up {action: scaling, value: +1}\n      - <<: *up\n        wait: 2m\n  - name: b\n    actions: *more\n",
      ),
    );
    const actions = [
      { name: "scaling", action: "scaling", value: "+1" },
      { name: "scaling", action: "scaling", value: "+1", wait: 120_000 },
    ];
    assert.deepEqual(
      file.entries.map((entry) => entry.actions),
      [actions, actions],
    );
    assert.deepEqual(
      file.entries.map((entry) => entry.line),
      [2, 7],
    );
  });

  it("may say when an entry applies and how each action is run, in both generations", () => {
    const block = `match:
        title: "Response time*"
        rootCause: CPU*
        severity: [critical, error]
        source: dynatrace
        labels: {team: carts, tier: 01}
      ACTIONS:
        - action: scaling
          value: =3
          wait: 5m
          evaluate: false
          min: 2
          max: 6
          timeout: 90s
          target: {kind: StatefulSet, name: carts-db, namespace: sockshop-production}
`;
    const old = `remediations:\n    - name: any\n      ${block.replace("ACTIONS", "actions")}`;
    const modern = `apiVersion: spec.keptn.sh/0.1.4\nspec:\n  remediations:\n    - problemType: any\n      ${block.replace("ACTIONS", "actionsOnOpen")}`;
    for (const text of [old, modern]) {
      const [entry] = accepted(parseRemediation(text)).entries;
      assert.deepEqual(entry?.match, {
        title: "Response time*",
        rootCause: "CPU*",
        severity: ["critical", "error"],
        source: "dynatrace",
        labels: { team: "carts", tier: "01" },
      });
      assert.deepEqual(entry?.actions, [
        {
          name: "scaling",
          action: "scaling",
          value: "=3",
          wait: 300_000,
          evaluate: false,
          min: 2,
          max: 6,
          timeout: 90_000,
          target: { kind: "StatefulSet", name: "carts-db", namespace: "sockshop-production" },
        },
      ]);
    }
  });

  it("may name one severity without a list", () => {
    const text = "remediations: [{name: x, match: {severity: warning}, actions: [{action: escalate}]}]";
    assert.deepEqual(accepted(parseRemediation(text)).entries[0]?.match, { severity: ["warning"] });
  });

  it("leaves the question which actions exist to others", () => {
    accepted(parseRemediation("remediations: [{name: x, actions: [{action: rm-rf, value: {a: [1]}}]}]"));
  });

  it("may hold one problem type several times", () => {
    const entry = "{name: x, actions: [{action: scaling}]}";
    assert.equal(accepted(parseRemediation(`remediations: [${entry}, ${entry}]`)).entries.length, 2);
  });

  describe("is read with a warning when", () => {
    it("actionsOnClose is given", () => {
      const text = GENERATION_1.replace(
        "      actionsOnOpen",
        "      actionsOnClose: [{action: scaling}]\n      actionsOnOpen",
      );
      assert.deepEqual(acceptedWithWarnings(parseRemediation(text)).warnings, [
        "8:7: spec.remediations[0].actionsOnClose has no effect: nothing is run when a problem closes",
      ]);
    });

    it("an entry of 0.1.4 has no actionsOnOpen: it is passed over, as in Keptn", () => {
      const text =
        "apiVersion: spec.keptn.sh/0.1.4\nspec:\n  remediations:\n    - problemType: a\n    - problemType: b\n      actionsOnOpen:\n    - problemType: c\n      actionsOnOpen: []\n";
      const { value, warnings } = acceptedWithWarnings(parseRemediation(text));
      assert.deepEqual(value.entries, [{ problemType: "c", actions: [], line: 7 }]);
      assert.deepEqual(warnings, [
        "4:7: spec.remediations[0]: found no actionsOnOpen, expected a list of actions; this entry is passed over",
        "5:7: spec.remediations[1]: found no actionsOnOpen, expected a list of actions; this entry is passed over",
        "8:22: spec.remediations[2].actionsOnOpen: found an empty list, expected at least one action",
      ]);
    });

    it("there are no entries", () => {
      assert.deepEqual(acceptedWithWarnings(parseRemediation("remediations: []")).warnings, [
        "1:15: remediations: found an empty list, expected at least one remediation; as it stands no problem is acted on",
      ]);
    });
  });

  for (const version of ["spec.keptn.sh/0.1.5", "spec.keptn.sh/0.2.0", "0.1.4", '""', "spec.keptn.sh/0.1.40"]) {
    it(`refuses apiVersion: ${version}`, () => {
      const text = GENERATION_1.replace("spec.keptn.sh/0.1.4", version);
      const found = version === '""' ? version : `"${version}"`;
      assert.deepEqual(refused(parseRemediation(text)), [
        `1:13: apiVersion: found ${found}, expected spec.keptn.sh/0.1.4`,
      ]);
    });
  }

  const ACTION_KEYS = "action, name, description, value, wait, evaluate, min, max, timeout or target";
  const refusals: [string, string, string[]][] = [
    [
      "another file",
      "objectives: []",
      [
        '1:1: found the unknown key "objectives", expected remediations',
        "1:1: remediations is missing, expected a list of remediations",
      ],
    ],
    [
      "a misspelt key at the top",
      "remediation: []",
      ['1:1: found the unknown key "remediation", expected remediations; did you mean remediations?'],
    ],
    [
      "both generations at once",
      "apiVersion: spec.keptn.sh/0.1.4\nremediations: []",
      [
        "2:1: remediations: found remediations at the top beside apiVersion, expected remediations under spec: (with apiVersion), or no apiVersion (0.6)",
      ],
    ],
    [
      "a spec without remediations",
      "apiVersion: spec.keptn.sh/0.1.4\nspec: {}",
      ["2:7: spec: remediations is missing, expected a list of remediations"],
    ],
    ["no spec", "apiVersion: spec.keptn.sh/0.1.4", ["1:1: spec is missing, expected a mapping"]],
    [
      "remediations as a text",
      "remediations: none",
      ['1:15: remediations: found "none", expected a list of remediations'],
    ],
    [
      "an entry that is a text",
      "remediations: [scaling]",
      ['1:16: remediations[0]: found "scaling", expected a mapping'],
    ],
    [
      "an entry without a name",
      "remediations:\n  - actions: [{action: scaling}]\n",
      ["2:5: remediations[0]: name is missing, expected a problem title"],
    ],
    [
      "an empty name, which would be a prefix of everything",
      "remediations: [{name: '', actions: []}]",
      ['1:23: remediations[0].name: found "", expected a problem title'],
    ],
    [
      "a number as name",
      "remediations: [{name: 500, actions: []}]",
      ["1:23: remediations[0].name: found the number 500, expected a problem title, in quotes"],
    ],
    [
      "an entry without actions",
      "remediations: [{name: x}]",
      ["1:16: remediations[0]: actions is missing, expected a list of actions"],
    ],
    [
      "0.1.4's keys in a 0.6 file",
      "remediations: [{problemType: x, actionsOnOpen: []}]",
      [
        "1:16: remediations[0]: name is missing, expected a problem title",
        "1:16: remediations[0]: actions is missing, expected a list of actions",
        '1:17: remediations[0]: found the unknown key "problemType", expected name, match or actions',
        '1:33: remediations[0]: found the unknown key "actionsOnOpen", expected name, match or actions',
      ],
    ],
    [
      "a misspelt action",
      "remediations:\n  - name: x\n    actions:\n      - actoin: scaling\n",
      [
        `4:9: remediations[0].actions[0]: found the unknown key "actoin", expected ${ACTION_KEYS}; did you mean action?`,
      ],
    ],
    [
      "an unknown key",
      action("retries: 3"),
      [`1:54: remediations[0].actions[0]: found the unknown key "retries", expected ${ACTION_KEYS}`],
    ],
    [
      "a number as action",
      "remediations: [{name: x, actions: [{action: 1}]}]",
      ["1:45: remediations[0].actions[0].action: found the number 1, expected an action such as scaling, in quotes"],
    ],
    [
      "a wait without unit",
      action("wait: 10"),
      [
        "1:60: remediations[0].actions[0].wait: found the number 10, expected a duration with its unit (write 10m for minutes, 10s for seconds)",
      ],
    ],
    [
      "a wait in words",
      action("wait: soon"),
      ['1:60: remediations[0].actions[0].wait: found "soon", expected a duration such as 10m, 90s or 1h30m'],
    ],
    [
      "no time at all for an action",
      action("timeout: 0s"),
      ['1:63: remediations[0].actions[0].timeout: found "0s", expected a duration above zero'],
    ],
    [
      "evaluate: no",
      action("evaluate: no"),
      ['1:64: remediations[0].actions[0].evaluate: found "no", expected true or false'],
    ],
    [
      "a negative min",
      action("min: -1"),
      ["1:59: remediations[0].actions[0].min: found the number -1, expected a whole number from 0"],
    ],
    [
      "a broken max",
      action("max: 2.5"),
      ["1:59: remediations[0].actions[0].max: found the number 2.5, expected a whole number from 1"],
    ],
    [
      "a max below min",
      action("min: 5, max: 3"),
      ["1:67: remediations[0].actions[0].max: found the number 3, expected at least min, which is 5"],
    ],
    [
      "a target of another kind",
      action("target: {kind: Pod, name: x}"),
      ['1:69: remediations[0].actions[0].target.kind: found "Pod", expected Deployment or StatefulSet'],
    ],
    [
      "a target without a name",
      action("target: {kind: Deployment}"),
      ["1:62: remediations[0].actions[0].target: name is missing, expected the name of a workload"],
    ],
    [
      "a target that is no Kubernetes name",
      action("target: {name: ../carts}"),
      [
        '1:69: remediations[0].actions[0].target.name: found "../carts", expected a Kubernetes name such as carts-primary',
      ],
    ],
    [
      "an empty match",
      "remediations: [{name: x, match: {}, actions: []}]",
      [
        "1:33: remediations[0].match: found a mapping, expected at least one condition: title, rootCause, severity, source or labels",
      ],
    ],
    [
      "an unknown severity",
      "remediations: [{name: x, match: {severity: [high]}, actions: []}]",
      [
        "1:44: remediations[0].match.severity: found a list, expected critical, error, warning, info or unknown, or a list of them",
      ],
    ],
    [
      "a pattern of 201 characters",
      `remediations: [{name: x, match: {title: ${"x".repeat(201)}}, actions: []}]`,
      [`1:41: remediations[0].match.title: found "${"x".repeat(60)}…", expected at most 200 characters`],
    ],
    [
      "a label that is a list",
      "remediations: [{name: x, match: {labels: {a: [1]}}, actions: []}]",
      ["1:46: remediations[0].match.labels.a: found a list, expected a text or number"],
    ],
  ];
  for (const [name, text, complaints] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(refused(parseRemediation(text)), complaints));
  }

  it("names everything that is wrong, in reading order, up to fifty", () => {
    const text = `remediations:\n${"  - {name: x, actoins: []}\n".repeat(200)}`;
    const complaints = refused(parseRemediation(text));
    assert.equal(complaints.length, 50);
    assert.match(complaints[0] ?? "", /^2:15: .*did you mean actions/);
    assert.match(complaints[49] ?? "", /^51:15: /);
  });

  it("cannot steer a terminal through its findings", () => {
    const [complaint = ""] = refused(parseRemediation('"rem\\e[31m\\u2028\\u202e\\n": 1\nremediations: []'));
    assert.doesNotMatch(complaint, /[\p{Cc}\p{Zl}\u202e]/u);
    assert.match(complaint, /rem\\u001b\[31m/);
  });
});
