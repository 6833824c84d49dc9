import assert from "node:assert/strict";
import { accepted, acceptedWithWarnings, refused } from "./parsed-for-test.ts";
import { parseShipyard } from "./shipyard.ts";

const TUTORIAL = `stages:
  - name: "dev"
    deployment_strategy: "direct"
    test_strategy: "functional"
  - name: "staging"
    deployment_strategy: "blue_green_service"
    test_strategy: "performance"
  - name: "production"
    deployment_strategy: "blue_green_service"
    remediation_strategy: "automated"
`;

const GENERATION_1 = `apiVersion: spec.keptn.sh/0.2.2
kind: Shipyard
metadata: {name: shipyard-sockshop}
spec:
  stages:
    - name: dev
      sequences:
        - name: delivery
          tasks:
            - name: deployment
              properties: {deploymentstrategy: direct}
            - name: release
    - name: production
      sequences:
        - name: delivery
          triggeredOn:
            - event: dev.delivery.finished
          tasks:
            - name: deployment
              properties:
                deploymentstrategy: blue_green_service
        - name: remediation
          triggeredOn:
            - event: production.remediation.finished
              selector:
                match:
                  evaluation.result: fail
          tasks:
            - name: get-action
            - name: action
            - name: evaluation
              triggeredAfter: 15m
              properties: {timeframe: 15m}
`;

describe("shipyard.yaml", () => {
  it("of Keptn 0.6's upscaling tutorial enables remediation in production", () => {
    const { value, warnings } = acceptedWithWarnings(parseShipyard(TUTORIAL));
    assert.deepEqual(value, {
      format: "0.6",
      stages: [
        { name: "dev", remediation: false, deploymentStrategy: "direct" },
        { name: "staging", remediation: false, deploymentStrategy: "blue_green_service" },
        { name: "production", remediation: true, deploymentStrategy: "blue_green_service" },
      ],
    });
    assert.deepEqual(warnings, [
      "4:5: stages[0].test_strategy has no effect: Evenkeel heals services, it does not deliver them",
      "7:5: stages[1].test_strategy has no effect: Evenkeel heals services, it does not deliver them",
    ]);
  });

  it("of Keptn 0.7 may hold an approval strategy", () => {
    const text = "stages: [{name: prod, approval_strategy: {pass: automatic, warning: manual}}]";
    const { value, warnings } = acceptedWithWarnings(parseShipyard(text));
    assert.deepEqual(value.stages, [{ name: "prod", remediation: false }]);
    assert.equal(warnings.length, 1);
  });

  it("of Keptn 1.x enables remediation by a sequence and waits as its evaluation task says", () => {
    assert.deepEqual(accepted(parseShipyard(GENERATION_1)), {
      format: "0.2",
      stages: [
        { name: "dev", remediation: false, deploymentStrategy: "direct" },
        { name: "production", remediation: true, wait: 900_000, deploymentStrategy: "blue_green_service" },
      ],
    });
  });

  for (const version of ["0.2.0", "0.2.3", "0.10.0", "1.0.0", "12.3.4"]) {
    it(`accepts spec.keptn.sh/${version}`, () => {
      accepted(parseShipyard(GENERATION_1.replace("0.2.2", version)));
    });
  }

  for (const version of ["0.1.9", "0.2", "0.0.2", "0.2.0-alpha", "x", ""]) {
    it(`refuses spec.keptn.sh/${version}`, () => {
      assert.deepEqual(refused(parseShipyard(GENERATION_1.replace("0.2.2", version))), [
        `1:13: apiVersion: found "spec.keptn.sh/${version}", expected spec.keptn.sh/0.2.0 or later`,
      ]);
    });
  }

  it("may set the wait per stage and for the project, in both generations", () => {
    const old = accepted(parseShipyard("stages: [{name: prod, wait: 3m}, {name: dev}]\nwait: PT5M\n"));
    assert.deepEqual([old.wait, old.stages[0]?.wait, old.stages[1]?.wait], [300_000, 180_000, undefined]);
    const text = GENERATION_1.replace("    - name: production\n", "    - name: production\n      wait: 2m\n");
    const modern = accepted(parseShipyard(`${text}wait: 1h\n`));
    assert.deepEqual([modern.wait, modern.stages[1]?.wait], [3_600_000, 120_000]);
  });

  it("may leave the sequences of a stage empty", () => {
    const text =
      "apiVersion: spec.keptn.sh/0.2.2\nspec:\n  stages:\n    - name: dev\n      sequences:\n    - name: prod\n";
    assert.deepEqual(accepted(parseShipyard(text)).stages.length, 2);
  });

  it("of another kind is read with a warning", () => {
    const text = GENERATION_1.replace("kind: Shipyard", "kind: Remediation");
    assert.deepEqual(acceptedWithWarnings(parseShipyard(text)).warnings, [
      '2:7: kind: found "Remediation", expected Shipyard',
    ]);
  });

  const NAME = "a name of lower-case letters, digits and hyphens that begins with a letter";
  const refusals: [string, string, string[]][] = [
    ["no stages", "stages: []", ["1:9: stages: found a list, expected at least one stage"]],
    ["empty stages", "stages:\n", ["1:7: stages: found nothing, expected a list of stages"]],
    ["stages as a mapping", "stages: {dev: 1}", ["1:9: stages: found a mapping, expected a list of stages"]],
    ["another file", "wait: 5m", ["1:1: stages is missing, expected a list of stages"]],
    [
      "a misspelt stages",
      "stage: []",
      ['1:1: found the unknown key "stage", expected stages or wait; did you mean stages?'],
    ],
    ["a stage without a name", "stages:\n  - wait: 5m\n", ["2:5: stages[0]: name is missing, expected a name"]],
    ["an empty name", "stages: [{name: ''}]", [`1:17: stages[0].name: found "", expected ${NAME}`]],
    ["an upper-case name", "stages: [{name: Dev}]", [`1:17: stages[0].name: found "Dev", expected ${NAME}`]],
    ["a name with a dot", "stages: [{name: eu.prod}]", [`1:17: stages[0].name: found "eu.prod", expected ${NAME}`]],
    ["a name that begins with a digit", "stages: [{name: 1a}]", [`1:17: stages[0].name: found "1a", expected ${NAME}`]],
    [
      "a number as name",
      "stages: [{name: 1}]",
      ["1:17: stages[0].name: found the number 1, expected a name, in quotes"],
    ],
    [
      "one name twice",
      "stages:\n  - name: dev\n  - name: dev\n",
      ['3:11: stages[1].name: found "dev", expected each name once'],
    ],
    [
      "another remediation strategy",
      "stages: [{name: dev, remediation_strategy: auto}]",
      ['1:44: stages[0].remediation_strategy: found "auto", expected automated, or no such key'],
    ],
    [
      "a wait without unit",
      "stages: [{name: dev, wait: 10}]",
      [
        "1:28: stages[0].wait: found the number 10, expected a duration with its unit (write 10m for minutes, 10s for seconds)",
      ],
    ],
    [
      "a quoted wait without unit",
      "stages: [{name: dev, wait: '10'}]",
      ['1:28: stages[0].wait: found "10", expected a duration with its unit (write 10m)'],
    ],
    [
      "a wait of a year",
      "stages: [{name: dev, wait: 365d}]",
      ['1:28: stages[0].wait: found "365d", expected a duration of at most 30 days'],
    ],
    [
      "both generations at once",
      "apiVersion: spec.keptn.sh/0.2.2\nstages: []",
      [
        "2:1: stages: found stages at the top beside apiVersion, expected stages under spec: (with apiVersion), or no apiVersion (0.6)",
      ],
    ],
    [
      "a spec without apiVersion",
      "spec: {stages: [{name: dev}]}",
      ["1:1: apiVersion is missing, expected spec.keptn.sh/0.2.0 or later"],
    ],
  ];
  for (const [name, text, complaints] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(refused(parseShipyard(text)), complaints));
  }

  it("refuses a sequence without tasks and a task that waits without unit", () => {
    const text = GENERATION_1.replace("triggeredAfter: 15m", "triggeredAfter: 15").replace(
      /tasks:\n {12}- name: deployment\n {14}properties: .*\n {12}- name: release\n/,
      "tasks: []\n",
    );
    assert.deepEqual(refused(parseShipyard(text)), [
      "9:18: spec.stages[0].sequences[0].tasks: found a list, expected at least one task",
      "29:31: spec.stages[1].sequences[1].tasks[2].triggeredAfter: found the number 15, expected a duration with its unit (write 15m for minutes, 15s for seconds)",
    ]);
  });
});
