/** Files of a small project, as `evenkeel apply` would upload them. */
export interface ProjectOptions {
  stage?: string;
  service?: string;
  /** YAML of the actions, one flow mapping a line. */
  actions: readonly string[];
  /** Upper limit of the p90 in the SLO, milliseconds. */
  slo?: number | undefined;
  target?: string;
}

export function projectFiles(options: ProjectOptions): Map<string, string> {
  const { stage = "production", service = "carts", actions, slo = 1000, target } = options;
  const files = new Map([
    ["shipyard.yaml", `stages:\n  - name: "${stage}"\n    remediation_strategy: "automated"\n`],
    [
      `${stage}/${service}/remediation.yaml`,
      `remediations:\n  - name: Response time degradation\n    actions:\n${actions.map((a) => `      - ${a}\n`).join("")}`,
    ],
    [
      "prometheus/sli.yaml",
      `spec_version: "1.0"\nindicators:\n  response_time_p90: avg_over_time(http_response_time_milliseconds_p90{job="$SERVICE-$PROJECT-$STAGE"}[$DURATION_SECONDS])\n`,
    ],
  ]);
  if (options.slo !== undefined || !("slo" in options)) {
    files.set(
      `${stage}/${service}/slo.yaml`,
      `spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\n    pass:\n      - criteria: ["<${slo}"]\ntotal_score:\n  pass: "90%"\n`,
    );
  }
  if (target) files.set(`${stage}/${service}/service.yaml`, `target: {kind: Deployment, name: ${target}}\n`);
  return files;
}
