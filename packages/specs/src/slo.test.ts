import { parseCriterion } from "@evenkeel/evaluation";
import type { Slo } from "@evenkeel/evaluation";
import assert from "node:assert/strict";
import { criterionTrouble } from "./criterion.ts";
import { accepted, acceptedWithWarnings, refused } from "./parsed-for-test.ts";
import { parseSlo } from "./slo.ts";

const FULL = `spec_version: "1.0"
filter:
  handler: ItemsController
  code: 0200
comparison:
  compare_with: several_results
  number_of_comparison_results: 5
  include_result_with_score: pass
  aggregate_function: p90
objectives:
  - sli: response_time_p95
    displayName: Response time P95
    key_sli: true
    weight: 2
    pass:
      - criteria:
          - "<=+10%"
          - "<600"
      - criteria: ["=0"]
    warning:
      - criteria: ["<=800"]
  - sli: cpu
total_score:
  pass: "90%"
  warning: "75%"
`;

const OBJECTIVE = "objectives: [{sli: a, pass: [{criteria: ['<600']}]}]\n";
const SMALL = `${OBJECTIVE}total_score: {pass: 90%}\n`;

function comparison(block: string): Slo["comparison"] {
  return accepted(parseSlo(`${SMALL}comparison: ${block}\n`)).comparison;
}

function criterion(yaml: string): string {
  return `objectives: [{sli: a, pass: [{criteria: [${yaml}]}]}]\ntotal_score: {pass: 90%}\n`;
}

describe("slo.yaml", () => {
  it("is read in full", () => {
    assert.deepEqual(accepted(parseSlo(FULL)), {
      filter: { handler: "ItemsController", code: "0200" },
      comparison: {
        compareWith: "several_results",
        numberOfResults: 5,
        includeResultWithScore: "pass",
        aggregateFunction: "p90",
      },
      objectives: [
        {
          sli: "response_time_p95",
          displayName: "Response time P95",
          keySli: true,
          weight: 2,
          pass: [["<=+10%", "<600"], ["=0"]],
          warning: [["<=800"]],
        },
        { sli: "cpu", displayName: "", keySli: false, weight: 1, pass: [], warning: [] },
      ],
      totalScore: { pass: 90, warning: 75 },
    });
  });

  it("is filled in with Keptn's defaults", () => {
    assert.deepEqual(accepted(parseSlo(SMALL)), {
      filter: {},
      comparison: {
        compareWith: "single_result",
        numberOfResults: 1,
        includeResultWithScore: "all",
        aggregateFunction: "avg",
      },
      objectives: [{ sli: "a", displayName: "", keySli: false, weight: 1, pass: [["<600"]], warning: [] }],
      totalScore: { pass: 90 },
    });
  });

  it("compares with three results when the number is missing or 0, and with one for single_result", () => {
    assert.equal(comparison("{compare_with: several_results}").numberOfResults, 3);
    assert.equal(comparison("{compare_with: several_results, number_of_comparison_results: 0}").numberOfResults, 3);
    assert.equal(comparison("{compare_with: several_results, number_of_comparison_results: 7}").numberOfResults, 7);
    assert.equal(comparison("{compare_with: single_result, number_of_comparison_results: 1}").numberOfResults, 1);
    assert.equal(comparison("").numberOfResults, 1);
  });

  it("counts a weight of 0 or nothing as 1", () => {
    for (const weight of ["0", "", "1"]) {
      const [objective] = accepted(parseSlo(SMALL.replace("{sli: a", `{sli: a, weight: ${weight}`))).objectives;
      assert.equal(objective?.weight, 1);
    }
  });

  it("may leave keys empty that have a default", () => {
    const text =
      "filter:\ncomparison:\nobjectives:\n  - sli: a\n    displayName:\n    key_sli:\n    pass:\n      - criteria: [<1]\n    warning:\ntotal_score:\n  pass: 90\n  warning:\n";
    assert.deepEqual(accepted(parseSlo(text)).totalScore, { pass: 90 });
  });

  const scores: [string, number][] = [
    ["90%", 90],
    ['"90%"', 90],
    ["90", 90],
    ['"90"', 90],
    ["' 87.5 %'", 87.5],
    ["0%", 0],
    ["100%", 100],
  ];
  for (const [yaml, pass] of scores) {
    it(`reads a total score of ${yaml}`, () => {
      assert.equal(accepted(parseSlo(`${OBJECTIVE}total_score: {pass: ${yaml}}\n`)).totalScore.pass, pass);
    });
  }

  const warned: [string, string, string][] = [
    [
      "the number of results has no effect",
      `${SMALL}comparison: {number_of_comparison_results: 5}`,
      "3:44: comparison.number_of_comparison_results: found 5 with compare_with: single_result, expected compare_with: several_results; 1 is used",
    ],
    [
      "the warning band is empty",
      `${OBJECTIVE}total_score: {pass: 75, warning: 90}`,
      "2:34: total_score.warning: found 90%, more than pass, expected less than 75%",
    ],
    [
      "an objective has only warning criteria",
      "objectives: [{sli: a, warning: [{criteria: [<1]}]}, {sli: b, pass: [{criteria: [<1]}]}]\ntotal_score: {pass: 90}",
      "1:14: objectives[0]: found warning criteria without pass criteria, expected pass criteria; this only informs",
    ],
    [
      "nothing can fail",
      "objectives: [{sli: cpu}]\ntotal_score: {pass: 90}",
      "1:13: objectives: found no pass criteria at all, expected some; as it stands every evaluation passes",
    ],
  ];
  for (const [name, text, warning] of warned) {
    it(`warns when ${name}`, () => assert.deepEqual(acceptedWithWarnings(parseSlo(text)).warnings, [warning]));
  }

  const OPERATORS = "expected one of the operators <=, <, =, >= or >";
  const GRAMMAR = "expected a criterion such as <600, <=+10% or >=-20%: an operator, a number without unit, perhaps %";
  const refusals: [string, string, string[]][] = [
    [
      "no objectives",
      "objectives: []\ntotal_score: {pass: 90}",
      ["1:13: objectives: found a list, expected at least one objective"],
    ],
    ["missing objectives", "total_score: {pass: 90}", ["1:1: objectives is missing, expected a list of objectives"]],
    ["no total score", OBJECTIVE, ['1:1: total_score is missing, expected a mapping with pass: "90%"']],
    [
      "no score to pass",
      `${OBJECTIVE}total_score: {warning: 75%}`,
      ["2:14: total_score: pass is missing, expected a percentage such as 90%"],
    ],
    [
      "a score above 100",
      `${OBJECTIVE}total_score: {pass: 101%}`,
      ['2:21: total_score.pass: found "101%", expected a percentage from 0% to 100%'],
    ],
    [
      "a score in words",
      `${OBJECTIVE}total_score: {pass: most}`,
      ['2:21: total_score.pass: found "most", expected a percentage from 0% to 100%'],
    ],
    [
      "a negative score",
      `${OBJECTIVE}total_score: {pass: -5}`,
      ["2:21: total_score.pass: found the number -5, expected a percentage from 0% to 100%"],
    ],
    [
      "another compare_with",
      `${SMALL}comparison: {compare_with: all_results}`,
      ['3:28: comparison.compare_with: found "all_results", expected single_result or several_results'],
    ],
    [
      "another aggregate",
      `${SMALL}comparison: {aggregate_function: p99}`,
      ['3:34: comparison.aggregate_function: found "p99", expected avg, p50, p90 or p95'],
    ],
    [
      "another score filter",
      `${SMALL}comparison: {include_result_with_score: fail}`,
      ['3:41: comparison.include_result_with_score: found "fail", expected all, pass or pass_or_warn'],
    ],
    [
      "a weight in words",
      SMALL.replace("sli: a", "sli: a, weight: high"),
      ['1:31: objectives[0].weight: found "high", expected a whole number from 0 to 1000'],
    ],
    [
      "a negative weight",
      SMALL.replace("sli: a", "sli: a, weight: -1"),
      ["1:31: objectives[0].weight: found the number -1, expected a whole number from 0 to 1000"],
    ],
    [
      "half a weight",
      SMALL.replace("sli: a", "sli: a, weight: 0.5"),
      ["1:31: objectives[0].weight: found the number 0.5, expected a whole number from 0 to 1000"],
    ],
    [
      "key_sli: yes",
      SMALL.replace("sli: a", "sli: a, key_sli: yes"),
      ['1:32: objectives[0].key_sli: found "yes", expected true or false'],
    ],
    [
      "a misspelt keySli",
      SMALL.replace("sli: a", "sli: a, keySli: true"),
      [
        '1:23: objectives[0]: found the unknown key "keySli", expected sli, displayName, key_sli, weight, pass or warning; did you mean key_sli?',
      ],
    ],
    [
      "criteria that are no list",
      SMALL.replace("['<600']", "'<600'"),
      ['1:41: objectives[0].pass[0].criteria: found "<600", expected a list of criteria'],
    ],
    [
      "an empty set of criteria",
      SMALL.replace("['<600']", "[]"),
      ["1:41: objectives[0].pass[0].criteria: found a list, expected at least one criterion"],
    ],
    [
      "no operator",
      criterion("'600'"),
      ['1:42: objectives[0].pass[0].criteria[0]: found "600", expected a criterion that begins with <=, <, =, >= or >'],
    ],
    [
      "a number",
      criterion("600"),
      ["1:42: objectives[0].pass[0].criteria[0]: found the number 600, expected a criterion such as <=+10%, in quotes"],
    ],
    ["==", criterion("'<1', '==5'"), [`1:48: objectives[0].pass[0].criteria[1]: found "==5", ${OPERATORS}`]],
    ["=<", criterion("'=<5'"), [`1:42: objectives[0].pass[0].criteria[0]: found "=<5", ${OPERATORS}`]],
    ["a unit", criterion("'<600ms'"), [`1:42: objectives[0].pass[0].criteria[0]: found "<600ms", ${GRAMMAR}`]],
    ["an operator alone", criterion("'<'"), [`1:42: objectives[0].pass[0].criteria[0]: found "<", ${GRAMMAR}`]],
    [
      "a broken warning criterion",
      SMALL.replace("}]}]", "}], warning: [{criteria: ['<x']}]}]"),
      [`1:75: objectives[0].warning[0].criteria[0]: found "<x", ${GRAMMAR}`],
    ],
  ];
  for (const [name, text, complaints] of refusals) {
    it(`refuses ${name}`, () => assert.deepEqual(refused(parseSlo(text)), complaints));
  }

  it("refuses exactly the criteria that an evaluation could not read", () => {
    const operators = ["", "<", "<=", "=", ">=", ">", "==", "=<", "=>", "<>", "!"];
    const signs = ["", "+", "-", "+-", "--"];
    const numbers = [
      "",
      "0",
      "600",
      "10.5",
      ".5",
      "5.",
      ".",
      "1e3",
      "1e-3",
      "1e999",
      "0x10",
      "Infinity",
      "NaN",
      "6 00",
      "1,5",
    ];
    const ends = ["", "%", " %", "%%", "ms"];
    for (const operator of operators)
      for (const sign of signs)
        for (const number of numbers)
          for (const end of ends) {
            const text = ` ${operator}${sign} ${number}${end}`;
            assert.equal(criterionTrouble(text) === undefined, parseCriterion(text).ok, text);
          }
  });
});
