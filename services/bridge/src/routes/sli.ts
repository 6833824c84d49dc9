import { problem } from "@evenkeel/runtime";
import * as z from "zod";
import { contextParam, text } from "../fields.ts";
import { route } from "../route.ts";
import { readCurve } from "../sli/read-curve.ts";
import { SliCurve } from "../views/sli-curve.ts";

const example: SliCurve = {
  provider: "prometheus",
  indicators: [{ name: "response_time_p90", displayName: "Response time P90", key: true }],
  indicator: "response_time_p90",
  from: "2026-01-31T11:50:00.000Z",
  to: "2026-01-31T12:20:00.000Z",
  stepSeconds: 8,
  lookBackSeconds: 108,
  points: [
    [1769860200, 412.5],
    [1769860208, 1240],
  ],
  targets: [{ criteria: "<1000", level: "pass", value: 1000 }],
  settled: true,
};

const curve = route({
  method: "get",
  path: "/v1/remediations/:context/sli",
  operationId: "getSliCurve",
  summary: "The curve of an SLI around a run: before, during and after",
  tag: "remediations",
  scope: "read",
  on: "the context's project",
  params: contextParam,
  query: z.object({ indicator: text(200).optional().describe("unset: the key SLI, else the first objective") }),
  responses: { 200: { description: "the curve", schema: SliCurve, example } },
  problems: {
    404: "no run has this context, or its objectives have no such indicator",
    502: "the SLI provider does not answer, or refuses the query",
  },
  async handle({ params: { context }, query }, bridge) {
    if (!(await bridge.journal.state(context)))
      throw problem(404, "no-such-remediation", `no remediation has the context ${context}`);
    // Curves are kept for all who may see the run.
    return { body: await readCurve({ ...bridge, journal: bridge.wholeJournal }, context, query.indicator) };
  },
});

export const sliRoutes = [curve];
