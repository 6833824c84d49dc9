import type { Journal } from "@evenkeel/journal";
import type { Remediation } from "@evenkeel/remediation";
import { problem } from "@evenkeel/runtime";
import type { Bridge } from "../route.ts";
import { SliCurve } from "../views/sli-curve.ts";
import { prepare, smoothing, spanOf, type Objective, type Prepared } from "./curve-query.ts";

export interface CurveReader extends Pick<Bridge, "settings" | "sliRange"> {
  journal: Pick<Journal, "state" | "files" | "now" | "curve" | "saveCurve">;
}

/**
 * The curve of an indicator around a run. That of a finished run is kept in the database: it does not change any more,
 * and its source may forget it sooner than the log does.
 * @throws HttpProblem 404; ProviderError when the source does not answer and nothing was kept
 */
export async function readCurve(reader: CurveReader, context: string, indicator?: string): Promise<SliCurve> {
  const { journal } = reader;
  const asked = await ask(reader, context, indicator);
  if (!asked.chosen) return asked.empty;
  const known = await keptCurve(journal, context, asked.chosen.sli);
  if (known?.settled) return known;
  const found = await read(reader, asked, asked.chosen).catch((error: unknown) => {
    if (!known) throw error;
    return known;
  });
  if (found === known || asked.state.phase !== "finished") return found;
  const curve = better(found, known);
  if (curve.points.length > 0) await journal.saveCurve(context, asked.chosen.sli, { settled: curve.settled, curve });
  return curve;
}

/** The indicators that a run has curves of; none when its files name none. */
export async function curvesOf(reader: CurveReader, context: string): Promise<string[]> {
  const { empty } = await ask(reader, context, undefined);
  return empty.indicators.map(({ name }) => name);
}

/** A source that has forgotten most of what was read before does not take it away. */
function better(found: SliCurve, known: SliCurve | undefined): SliCurve {
  if (!known || found.points.length >= known.points.length / 2) return found;
  return { ...known, settled: found.settled };
}

/** What another version has kept in another form is read anew. */
async function keptCurve(journal: CurveReader["journal"], context: string, indicator: string) {
  const saved = await journal.curve(context, indicator);
  const parsed = SliCurve.safeParse(saved?.curve);
  return parsed.success ? parsed.data : undefined;
}

interface AskedCurve {
  state: Remediation;
  prepared: Prepared;
  start: Date;
  end: Date;
  chosen?: Objective;
  /** The answer before any point is known. */
  empty: SliCurve;
}

async function ask({ journal, settings }: CurveReader, context: string, wanted?: string): Promise<AskedCurve> {
  const state = await journal.state(context);
  if (!state) throw problem(404, "no-such-remediation", `no remediation has the context ${context}`);
  const revision = "plan" in state ? state.plan?.revision : undefined;
  const [files, now] = await Promise.all([journal.files(state.target.project, revision), journal.now()]);
  const { start, end, stepSeconds, settled } = spanOf(state, now.getTime());
  const frame = {
    ...{ from: start.toISOString(), to: end.toISOString(), stepSeconds, settled },
    ...{ lookBackSeconds: smoothing(state, stepSeconds), points: [] },
  };
  const prepared = prepare(state, files?.files ?? new Map<string, string>(), settings);
  const about = { state, prepared, start, end };
  if (!prepared.ok) return { ...about, empty: { ...frame, indicators: [], targets: [], message: prepared.why } };
  const { provider, objectives } = prepared;
  const chosen = chooseFrom(objectives, wanted);
  const indicators = objectives.map(({ sli, displayName, key }) => ({ name: sli, displayName, key }));
  const empty = { ...frame, provider, indicators, targets: chosen?.targets ?? [] };
  if (!chosen) return { ...about, empty: { ...empty, message: "slo.yaml has no objectives" } };
  const query = prepared.queryOf(chosen.sli);
  return { ...about, chosen, empty: { ...empty, indicator: chosen.sli, ...(query && { query }) } };
}

function chooseFrom(objectives: readonly Objective[], wanted: string | undefined): Objective | undefined {
  if (wanted === undefined) return objectives.find(({ key }) => key) ?? objectives[0];
  const chosen = objectives.find(({ sli }) => sli === wanted);
  if (chosen || objectives.length === 0) return chosen;
  const names = objectives.map(({ sli }) => sli).join(", ");
  throw problem(404, "no-such-indicator", `the objectives name ${names}; not ${wanted}`);
}

async function read(
  { sliRange }: CurveReader,
  { state, prepared, start, end, empty }: AskedCurve,
  chosen: Objective,
): Promise<SliCurve> {
  if (!prepared.ok) return empty;
  const { provider, queryOf, filters } = prepared;
  const { labels } = state.problem;
  const answer = await sliRange?.(
    provider,
    {
      ...{ indicator: chosen.sli, query: queryOf(chosen.sli), start, end, ...state.target },
      ...{ deployment: labels["deployment"] ?? "primary", labels, filters },
      durationSeconds: empty.lookBackSeconds,
    },
    empty.stepSeconds,
  );
  if (!answer) return { ...empty, message: `curves cannot be read from the SLI provider ${provider}` };
  const { points, lookBackSeconds, message = `${provider} has no values of ${chosen.sli} in this time` } = answer;
  return { ...empty, points, lookBackSeconds, ...(points.length === 0 && { message }) };
}
