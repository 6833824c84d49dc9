import { problem } from "@evenkeel/runtime";
import * as z from "zod";
import { contextParam, text } from "../fields.ts";
import { route, type Bridge } from "../route.ts";
import { prepare, smoothing, spanOf } from "../sli/curve-query.ts";

const Target = z.object({ criteria: z.string(), level: z.enum(["pass", "warning"]), value: z.number() });

export const SliCurve = z
  .object({
    provider: z.string().optional(),
    indicators: z.array(
      z.object({ name: z.string(), displayName: z.string(), key: z.boolean().describe("its failure fails the whole") }),
    ),
    indicator: z.string().optional().describe("the one that the points are of"),
    from: z.string(),
    to: z.string(),
    stepSeconds: z.number().int(),
    lookBackSeconds: z.number().int().describe("what each point looks back over"),
    points: z
      .array(z.tuple([z.number(), z.number()]))
      .describe("unix seconds and value, oldest first; gaps are left out"),
    targets: z.array(Target).describe("fixed thresholds of the objective"),
    settled: z.boolean().describe("nothing will be added any more"),
    message: z.string().optional().describe("why there are no points"),
  })
  .meta({ id: "SliCurve" });
export type SliCurve = z.infer<typeof SliCurve>;

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
  params: contextParam,
  query: z.object({ indicator: text(200).optional().describe("unset: the key SLI, else the first objective") }),
  responses: { 200: { description: "the curve", schema: SliCurve, example } },
  problems: {
    404: "no run has this context, or its objectives have no such indicator",
    502: "the SLI provider does not answer, or refuses the query",
  },
  async handle({ params: { context }, query }, bridge) {
    const key = `${context} ${query.indicator ?? ""}`;
    const known = kept(bridge).get(key);
    if (known) return { body: known };
    const found = await read(bridge, context, query.indicator);
    if (found.settled && found.message === undefined) keep(bridge, key, found);
    return { body: found };
  },
});

export const sliRoutes = [curve];

async function read(bridge: Bridge, context: string, wanted: string | undefined): Promise<SliCurve> {
  const { journal, settings, sliRange } = bridge;
  const state = await journal.state(context);
  if (!state) throw problem(404, "no-such-remediation", `no remediation has the context ${context}`);
  const { project } = state.target;
  const revision = "plan" in state ? state.plan?.revision : undefined;
  const [files, now] = await Promise.all([journal.files(project, revision), journal.now()]);
  const { start, end, stepSeconds, settled } = spanOf(state, now.getTime());
  const lookBackSeconds = smoothing(state, stepSeconds);
  const frame = { from: start.toISOString(), to: end.toISOString(), stepSeconds, lookBackSeconds, settled };
  const prepared = prepare(state, files?.files ?? new Map<string, string>(), settings);
  if (!prepared.ok) return { ...frame, indicators: [], points: [], targets: [], message: prepared.why };
  const { provider, objectives } = prepared;
  const chosen = wanted
    ? objectives.find(({ sli }) => sli === wanted)
    : (objectives.find(({ key }) => key) ?? objectives[0]);
  if (!chosen && wanted)
    throw problem(
      404,
      "no-such-indicator",
      `the objectives name ${objectives.map(({ sli }) => sli).join(", ")}; not ${wanted}`,
    );
  const indicators = objectives.map(({ sli, displayName, key }) => ({ name: sli, displayName, key }));
  const about = { ...frame, provider, indicators, targets: chosen?.targets ?? [] };
  if (!chosen) return { ...about, points: [], message: "slo.yaml has no objectives" };
  const points = await sliRange?.(
    provider,
    {
      ...{ indicator: chosen.sli, query: prepared.queryOf(chosen.sli), start, end, ...state.target },
      deployment: state.problem.labels["deployment"] ?? "primary",
      labels: state.problem.labels,
      filters: prepared.filters,
      durationSeconds: lookBackSeconds,
    },
    stepSeconds,
  );
  const answer = { ...about, indicator: chosen.sli, points: points ?? [] };
  if (!points) return { ...answer, message: `curves cannot be read from the SLI provider ${provider}` };
  return points.length > 0 ? answer : { ...answer, message: `${provider} has no values of ${chosen.sli} in this time` };
}

const MOST_KEPT = 200;
const curves = new WeakMap<Bridge, Map<string, SliCurve>>();

/** Curves of finished runs do not change; the source may forget them sooner than we do. */
function kept(bridge: Bridge): Map<string, SliCurve> {
  const known = curves.get(bridge) ?? new Map<string, SliCurve>();
  curves.set(bridge, known);
  return known;
}

function keep(bridge: Bridge, key: string, found: SliCurve): void {
  const known = kept(bridge);
  known.set(key, found);
  const oldest = known.keys().next();
  if (known.size > MOST_KEPT && !oldest.done) known.delete(oldest.value);
}
