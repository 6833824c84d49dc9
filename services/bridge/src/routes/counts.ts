import * as z from "zod";
import { route } from "../route.ts";
import { runFilters } from "../run-filters.ts";

const Counts = z.record(z.string(), z.number().int());

export const RemediationCounts = z
  .object({
    total: z.number().int(),
    paused: z.number().int().describe("paused and not finished"),
    phases: Counts,
    results: Counts.describe("of finished runs"),
    reasons: Counts.describe("of finished runs"),
    services: z
      .array(z.object({ service: z.string(), count: z.number().int() }))
      .describe("those with most runs, at most 100"),
    recovery: z
      .object({ count: z.number().int(), medianMs: z.number() })
      .optional()
      .describe("from the first notification to the end, of healed runs"),
  })
  .meta({ id: "RemediationCounts" });
export type RemediationCounts = z.infer<typeof RemediationCounts>;

const counts = route({
  method: "get",
  path: "/v1/remediation-counts",
  operationId: "getRemediationCounts",
  summary: "How many runs there are by phase, result, reason and service, and how long healing took",
  tag: "remediations",
  scope: "read",
  on: "readable projects",
  query: z.object(runFilters),
  responses: {
    200: {
      description: "the counts",
      schema: RemediationCounts,
      example: {
        total: 14,
        paused: 0,
        phases: { finished: 13, waiting: 1 },
        results: { pass: 11, fail: 2 },
        reasons: { healed: 11, escalated: 2 },
        services: [{ service: "carts", count: 14 }],
        recovery: { count: 11, medianMs: 734_000 },
      },
    },
  },
  async handle({ query: { phase, reason, ...filters } }, { journal }) {
    const any = { ...(phase && { phases: phase }), ...(reason && { reasons: reason }) };
    return { body: await journal.remediationCounts({ ...filters, ...any }) };
  },
});

export const countRoutes = [counts];
