import type { Remediation } from "@evenkeel/remediation";
import { sliSettings, type Settings } from "@evenkeel/runtime";
import { formatFinding, lookup, parseService, parseSlo, sliFiles } from "@evenkeel/specs";

/** One indicator over a span of time, as asked of an SLI provider. */
export interface CurveQuery {
  indicator: string;
  /** Query text with its placeholders; empty when the files name none, then a built-in query may serve. */
  query: string;
  start: Date;
  end: Date;
  project: string;
  stage: string;
  service: string;
  deployment: string;
  labels: Record<string, string>;
  filters: Record<string, string>;
  /** What each point looks back over: `$DURATION_SECONDS` of the query. */
  durationSeconds: number;
}

export interface Objective {
  sli: string;
  displayName: string;
  key: boolean;
  targets: Target[];
}

/** A fixed threshold; relative criteria have no line in a chart. */
export interface Target {
  criteria: string;
  level: "pass" | "warning";
  value: number;
}

export type Prepared =
  | {
      ok: true;
      provider: string;
      objectives: Objective[];
      queryOf(sli: string): string;
      filters: Record<string, string>;
    }
  | { ok: false; why: string };

/** Which curves a run has: the objectives and queries of the files that the run is pinned to. */
export function prepare(state: Remediation, files: ReadonlyMap<string, string>, settings: Settings): Prepared {
  const { project, stage, service } = state.target;
  const path = lookup(files, stage, service, "slo.yaml");
  if (path === undefined)
    return { ok: false, why: `${service} has no slo.yaml in stage ${stage}: nothing is measured` };
  const slo = parseSlo(files.get(path)!);
  if (!slo.ok) return { ok: false, why: slo.findings.map((finding) => formatFinding(path, finding)).join("; ") };
  const provider = providerOf(files, state.target, settings, project);
  const sli = sliFiles(files, stage, service, provider);
  if (!sli.ok) return { ok: false, why: sli.findings.map((finding) => formatFinding(sli.path, finding)).join("; ") };
  const objectives = slo.value.objectives.map((objective) => ({
    sli: objective.sli,
    displayName: objective.displayName || objective.sli,
    key: objective.keySli,
    targets: [...targets(objective.pass, "pass"), ...targets(objective.warning, "warning")],
  }));
  const queryOf = (name: string) => sli.value.indicators[name] ?? "";
  return { ok: true, provider, objectives, queryOf, filters: { ...slo.value.filter } };
}

function providerOf(
  files: ReadonlyMap<string, string>,
  { stage, service }: Remediation["target"],
  settings: Settings,
  project: string,
): string {
  const path = lookup(files, stage, service, "service.yaml");
  const parsed = path === undefined ? undefined : parseService(files.get(path)!);
  return (parsed?.ok ? parsed.value.sliProvider : undefined) ?? sliSettings(settings, project).provider;
}

function targets(sets: readonly (readonly string[])[], level: Target["level"]): Target[] {
  return sets.flatMap((criteria) =>
    criteria.flatMap((text) => {
      const value = /^(?:<=|>=|<|>|=)(\d+\.?\d*|\.\d+)$/.exec(text.replace(/\s/g, ""))?.[1];
      return value === undefined ? [] : [{ criteria: text.replace(/\s/g, ""), level, value: Number(value) }];
    }),
  );
}

const SECOND = 1000;
const LEAST_LEAD = 30 * SECOND;
const MOST_LEAD = 30 * 60 * SECOND;
const MOST_POINTS = 240;

/** The time around a run that its chart shows: some calm before it, and a while after its end. */
export function spanOf(
  state: Remediation,
  now: number,
): { start: Date; end: Date; stepSeconds: number; settled: boolean } {
  const begun = Date.parse(state.triggered.time);
  const ended = state.phase === "finished" ? Date.parse(state.finishedAt) : now;
  const lead = Math.min(MOST_LEAD, Math.max(LEAST_LEAD, (ended - begun) / 2));
  const start = begun - lead;
  const last = state.phase === "finished" ? ended + lead / 2 : now;
  const end = Math.min(now, last);
  const stepSeconds = Math.max(1, Math.ceil((end - start) / SECOND / MOST_POINTS));
  return { start: new Date(start), end: new Date(end), stepSeconds, settled: state.phase === "finished" && now > last };
}

/** Short enough to show the turn, long enough for a rate: a fifth of what the evaluation looks at. */
export function smoothing(state: Remediation, stepSeconds: number): number {
  const actions = "plan" in state ? (state.plan?.actions ?? []) : [];
  const waits = actions.filter(({ then }) => then === "evaluate").map(({ wait }) => wait);
  const wait = waits.length === 0 ? 0 : Math.min(...waits);
  const settle = "plan" in state ? (state.plan?.settle ?? 0) : 0;
  return Math.max(stepSeconds, 2, Math.round((wait - settle) / SECOND / 5));
}
