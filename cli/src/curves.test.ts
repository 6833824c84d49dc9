import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { answering, startServer } from "./commands/server-for-test.ts";

const target = { project: "sockshop", stage: "production", service: "carts" };
const FILES = new Map([
  ["shipyard.yaml", "stages:\n  - name: production\n"],
  ["slo.yaml", 'spec_version: "1.0"\nobjectives:\n  - sli: response_time_p90\ntotal_score:\n  pass: "90%"\n'],
  [
    "dynatrace/sli.yaml",
    'spec_version: "1.0"\nindicators:\n  response_time_p90: "MV2;MicroSecond;metricSelector=builtin:service.response.time:percentile(90)"\n',
  ],
]);

describe("curves of a run in the whole platform", function () {
  this.timeout(60_000);

  it("come from the SLI provider that the settings name: here from a Dynatrace tenant", async () => {
    const asked: URL[] = [];
    const tenant = await answering((request, response) => {
      asked.push(new URL(request.url!, "http://tenant"));
      const series = { timestamps: [1_769_860_200_000, 1_769_860_260_000], values: [1_240_000, 410_000] };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ result: [{ data: [series] }] }));
    });
    const server = await startServer(["bridge"], {
      "sli.provider": "dynatrace",
      "sli.dynatrace.tenantUrl": tenant.url,
      "sli.dynatrace.apiToken": "dt0c01.test",
    });
    try {
      await server.platform.journal.apply(target.project, FILES, { replace: true });
      const problem = { id: "1", source: "dynatrace", title: "slow", severity: "error" as const, labels: {} };
      const context = randomUUID();
      await server.append(context, { kind: "remediation.triggered", data: { ...target, problem } });
      const response = await fetch(`${server.url}/v1/remediations/${context}/sli`);
      const curve = (await response.json()) as { provider: string; points: unknown; lookBackSeconds: number };
      assert.equal(curve.provider, "dynatrace", JSON.stringify(curve));
      assert.deepEqual(curve.points, [
        [1_769_860_200, 1240],
        [1_769_860_260, 410],
      ]);
      assert.equal(curve.lookBackSeconds, 60);
      assert.equal(asked[0]!.pathname, "/api/v2/metrics/query");
      assert.equal(asked[0]!.searchParams.get("resolution"), "1m");
    } finally {
      await server.close();
      await tenant.close();
    }
  });
});
