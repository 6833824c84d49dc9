import { typeOf, type DataOf, type NewEvent, type SliValue, type Target } from "@evenkeel/events";
import { evaluate, type Previous, type Slo } from "@evenkeel/evaluation";
import type { Journal } from "@evenkeel/journal";
import { failpoint, ProviderError, sliSettings, type Outbound, type Settings } from "@evenkeel/runtime";
import { formatFinding, lookup, parseService, parseSlo, sliFiles } from "@evenkeel/specs";
import { readIndicators } from "./indicators.ts";
import { sliProviders, type SliProvider, type SliQuery } from "./sli-providers/index.ts";
import type { Subject } from "./subject.ts";

export interface EvaluateServices {
  journal: Journal;
  settings: Settings;
  outbound: Outbound;
}

type Files = ReadonlyMap<string, string>;
type Verdict = Omit<DataOf<"evaluation.finished">, keyof Target>;

/**
 * Scores a service's SLOs over a window. `note` commits what happens on the way. Throws a retryable ProviderError when
 * the SLI provider cannot be reached now; every other way ends in a verdict. No data is never a pass.
 */
export async function evaluateSubject(
  subject: Subject,
  services: EvaluateServices,
  note: (event: NewEvent) => Promise<unknown>,
  signal: AbortSignal,
): Promise<Verdict> {
  const { target, window } = subject;
  const project = await services.journal.files(target.project, subject.revision);
  const files: Files = project?.files ?? new Map();
  const path = lookup(files, target.stage, target.service, "slo.yaml");
  if (path === undefined) return withoutSlo(subject);
  const text = files.get(path)!;
  const slo = parseSlo(text);
  if (!slo.ok) {
    const why = slo.findings.map((finding) => formatFinding(path, finding)).join("; ");
    return verdict(window, "errored", "fail", `slo.yaml cannot be read: ${why}`);
  }
  const chosen = chooseProvider(files, target, services.settings);
  if ("message" in chosen) return verdict(window, "errored", "inconclusive", chosen.message);
  const queries = queriesFor(subject, slo.value, files, chosen.provider);
  if ("message" in queries) return verdict(window, "errored", "inconclusive", queries.message);

  const answer = { triggeredid: await startGetSli(subject, chosen.provider.name, queries.list, note) };
  const deps = { outbound: services.outbound, signal };
  const values = await readIndicators(chosen.provider, chosen.settings, queries.list, deps).catch(
    async (error: unknown) => {
      if (!(error instanceof ProviderError)) throw error;
      await note({ kind: "get-sli.finished", ...answer, data: { ...target, ...noSli(error.message, window) } });
      throw error;
    },
  );
  await note({ kind: "get-sli.finished", ...answer, data: { ...target, ...gotSli(values, window) } });
  await failpoint("evaluate.after-get-sli");
  const limit = Math.max(50, slo.value.comparison.numberOfResults * 10);
  const previous = await previousOf(services.journal, target, limit);
  const { result, message, ...scored } = evaluate(slo.value, values, { previous });
  return {
    status: result === "inconclusive" ? "unknown" : "succeeded",
    result,
    message: message || summary(result, scored.score),
    evaluation: {
      timeStart: window.start,
      timeEnd: window.end,
      result,
      ...scored,
      sloFileContent: Buffer.from(text, "utf8").toString("base64"),
    },
  };
}

/** The problem itself is then the indicator; a gate has none. */
function withoutSlo({ target, window, problem }: Subject): Verdict {
  const none = `no slo.yaml for ${target.service} in stage ${target.stage}`;
  if (problem === undefined) return verdict(window, "unknown", "inconclusive", `${none}: nothing to evaluate by`);
  if (problem === "merged") {
    const why = `${none}, and the problem was merged into another: its state says nothing of the service`;
    return verdict(window, "unknown", "inconclusive", why);
  }
  return problem === "open"
    ? verdict(window, "succeeded", "fail", `${none}, so the problem itself is the indicator: it is still open`)
    : { ...verdict(window, "succeeded", "pass", `${none}, so the problem itself is the indicator: ${problem}`, 100) };
}

export function verdict(
  window: { start: string; end: string },
  status: Verdict["status"],
  result: Verdict["result"],
  message: string,
  score = 0,
): Verdict {
  const { start: timeStart, end: timeEnd } = window;
  return {
    status,
    result,
    message,
    evaluation: { timeStart, timeEnd, result, score, indicatorResults: [], comparedEvents: [] },
  };
}

type Chosen = { provider: SliProvider; settings: unknown } | { message: string };

/** service.yaml's word, else the project's or the general setting. */
function chooseProvider(files: Files, target: Target, settings: Settings): Chosen {
  const path = lookup(files, target.stage, target.service, "service.yaml");
  const service = path === undefined ? undefined : parseService(files.get(path)!);
  const sli = sliSettings(settings, target.project);
  const name = (service?.ok ? service.value.sliProvider : undefined) ?? sli.provider;
  const provider = sliProviders.find((p) => p.name === name);
  if (!provider) {
    return { message: `there is no SLI provider ${name}; there are: ${sliProviders.map((p) => p.name).join(", ")}` };
  }
  const own = Object.hasOwn(sli, name) ? sli[name] : undefined;
  if (own === undefined) return { message: `SLI provider ${name} is not set up: set sli.${name} in the settings` };
  const parsed = provider.settings.safeParse(own);
  if (parsed.success) return { provider, settings: parsed.data };
  const issues = parsed.error.issues.map(({ path, message }) => [["sli", name, ...path].join("."), message].join(": "));
  return { message: issues.join("; ") };
}

type Queries = { list: SliQuery[] } | { message: string };

function queriesFor(subject: Subject, slo: Slo, files: Files, provider: SliProvider): Queries {
  const { target, window, labels } = subject;
  const sli = sliFiles(files, target.stage, target.service, provider.name);
  if (!sli.ok) return { message: sli.findings.map((finding) => formatFinding(sli.path, finding)).join("; ") };
  const indicators = [...new Set(slo.objectives.map((objective) => objective.sli))];
  const list = indicators.map((indicator) => ({
    indicator,
    query: sli.value.indicators[indicator] ?? "",
    start: new Date(window.start),
    end: new Date(window.end),
    ...target,
    deployment: labels["deployment"] ?? "primary",
    labels,
    filters: { ...slo.filter },
    context: subject.context,
    eventType: typeOf("get-sli.triggered", target.stage),
    source: subject.source,
  }));
  return { list };
}

async function startGetSli(
  { target, window }: Subject,
  sliProvider: string,
  queries: readonly SliQuery[],
  note: (event: NewEvent) => Promise<unknown>,
): Promise<string> {
  const id = crypto.randomUUID();
  const indicators = queries.map(({ indicator }) => indicator);
  await note({ kind: "get-sli.triggered", id, data: { ...target, "get-sli": { sliProvider, ...window, indicators } } });
  await note({ kind: "get-sli.started", triggeredid: id, data: target });
  return id;
}

function gotSli(indicatorValues: SliValue[], { start, end }: { start: string; end: string }) {
  const missing = indicatorValues.filter(({ success }) => !success);
  const outcome = { status: "succeeded", result: "pass", message: "" } as {
    status: "succeeded";
    result: "pass" | "warning" | "fail";
    message: string;
  };
  if (missing.length > 0) outcome.result = missing.length === indicatorValues.length ? "fail" : "warning";
  if (missing.length > 0) outcome.message = missing.map(({ metric, message }) => `${metric}: ${message}`).join("; ");
  return { ...outcome, "get-sli": { start, end, indicatorValues } };
}

/** The source is away; the worker tries again, and asks for all of them anew. */
function noSli(message: string, { start, end }: { start: string; end: string }) {
  const outcome = { status: "errored", result: "fail", message } as const;
  return { ...outcome, "get-sli": { start, end, indicatorValues: [] as SliValue[] } };
}

async function previousOf(journal: Journal, target: Target, limit: number): Promise<Previous[]> {
  const events = await journal.evaluations(target, limit);
  return events.map(({ id, data }) => ({
    id,
    result: data.evaluation.result,
    indicatorResults: data.evaluation.indicatorResults.map(({ value }) => value),
  }));
}

function summary(result: string, score: number): string {
  return `evaluation ${result} with score ${Math.round(score * 100) / 100}`;
}
