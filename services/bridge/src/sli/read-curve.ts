import { problem } from "@evenkeel/runtime";
import type { Bridge } from "../route.ts";
import type { SliCurve } from "../views/sli-curve.ts";
import { prepare, smoothing, spanOf } from "./curve-query.ts";

type Reader = Pick<Bridge, "journal" | "settings" | "sliRange">;

const MOST_KEPT = 200;
const curves = new WeakMap<Reader["journal"], Map<string, SliCurve>>();

/**
 * The curve of an indicator around a run. What was read is kept: a finished run's curve does not change, and the source
 * may forget it sooner than we do.
 * @throws HttpProblem 404; ProviderError when the source does not answer and nothing was read before
 */
export async function readCurve(bridge: Reader, context: string, indicator?: string): Promise<SliCurve> {
  const kept = curves.get(bridge.journal) ?? new Map<string, SliCurve>();
  curves.set(bridge.journal, kept);
  const key = `${context} ${indicator ?? ""}`;
  const known = kept.get(key);
  if (known?.settled) return known;
  try {
    const found = await read(bridge, context, indicator);
    if (found.points.length < (known?.points.length ?? 0) / 2) return { ...known!, settled: found.settled };
    if (found.points.length > 0) keep(kept, key, found);
    return found;
  } catch (error) {
    if (!known) throw error;
    return known;
  }
}

function keep(kept: Map<string, SliCurve>, key: string, found: SliCurve): void {
  kept.delete(key);
  kept.set(key, found);
  const oldest = kept.keys().next();
  if (kept.size > MOST_KEPT && !oldest.done) kept.delete(oldest.value);
}

/** Reads the key SLI's curve of each run when it ends, and once more when the time behind its end is over. */
export function keepCurves(bridge: Reader & Pick<Bridge, "follower" | "log">): void {
  if (!bridge.sliRange) return;
  const save = (context: string) =>
    readCurve(bridge, context).catch((error: unknown) => {
      bridge.log.debug({ err: error, context }, "the curve of a finished run cannot be read");
      return undefined;
    });
  bridge.follower.subscribe((events) => {
    for (const event of events) {
      if (event.kind !== "remediation.finished") continue;
      void save(event.context).then((curve) => {
        if (!curve || curve.settled) return;
        // The span behind the end is as long as half of the lead before the begin; half an hour at most.
        const rest = (Date.parse(event.time) - Date.parse(curve.from)) / 2;
        setTimeout(() => void save(event.context), Math.min(rest, 30 * 60_000) + 1000).unref();
      });
    }
  });
}

async function read(bridge: Reader, context: string, wanted: string | undefined): Promise<SliCurve> {
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
