export const PROJECT = "chaos";
export const STAGE = "production";

/**
 * One set of files for every service of the project. The objective can never be met, so that a run goes through all its
 * actions, each step of the work at least twice, and ends by telling people.
 */
export function chaosFiles(waitMs: number): Map<string, string> {
  const scale = `{action: scaling, value: "+1", wait: ${waitMs}ms}`;
  return new Map([
    ["shipyard.yaml", `stages:\n  - name: "${STAGE}"\n    remediation_strategy: "automated"\n`],
    [
      "remediation.yaml",
      `remediations:
  - name: Whole run
    actions: [${scale}, ${scale}, {action: escalate}]
  - name: One action
    actions: [${scale}]
  - name: Tell people
    actions: [{action: escalate}]
`,
    ],
    [
      "prometheus/sli.yaml",
      `spec_version: "1.0"\nindicators:\n  response_time_p90: http_response_time_milliseconds_p90{job="probe-${PROJECT}-${STAGE}"}\n`,
    ],
    [
      "slo.yaml",
      `spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\n    pass:\n      - criteria: ["<0.000001"]\ntotal_score:\n  pass: "90%"\n`,
    ],
  ]);
}
