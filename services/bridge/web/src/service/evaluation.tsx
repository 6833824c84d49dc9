import type { JSX } from "preact";
import { get } from "../api.ts";
import { formatClock, formatNumber, formatSpan, plural, resultWord, unitOf, withUnit } from "../format.ts";
import { useLoad } from "../load.ts";
import { zone } from "../prefs.ts";
import { withQuery } from "../router.ts";
import type { DataOf, Evaluation, IndicatorResult, LogEvent, Page, RemediationSummary } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Ago, Badge, Link } from "../ui/parts.tsx";
import { Notes } from "./notes.tsx";

/** One evaluation with its numbers: what was measured, what it was held against, what it came to. */
export function EvaluationDetail({
  evaluation,
  onAsk,
}: {
  evaluation: Evaluation;
  /** What is to be said of it. */
  onAsk: (what: "note" | "void") => void;
}): JSX.Element {
  const {
    time,
    result,
    score,
    message,
    window,
    context,
    indicatorResults,
    comparedEvents,
    invalidated,
    notes = [],
    allowedCommands,
  } = evaluation;
  const span = Date.parse(window.end) - Date.parse(window.start);
  return (
    <section class="evaluation" aria-label="Chosen evaluation">
      <div class="evaluation-head">
        <Badge word={resultWord(result)} />
        <strong>score {formatNumber(score)} of 100</strong>
        <span class="muted">
          <Ago time={time} />, over {formatClock(window.start, zone.value)} – {formatClock(window.end, zone.value)} (
          {formatSpan(span)})
        </span>
        <span class="evaluation-tools">
          <RunLink context={context} />
          <Link to={`/events/${encodeURIComponent(evaluation.id)}`}>Its event</Link>
          {allowedCommands.includes("annotate") && (
            <button type="button" onClick={() => onAsk("note")}>
              Add a note…
            </button>
          )}
          {allowedCommands.includes("invalidate") && (
            <button type="button" class="danger" onClick={() => onAsk("void")}>
              Invalidate…
            </button>
          )}
        </span>
      </div>
      {message && <p class="evaluation-message">{message}</p>}
      {invalidated && (
        <p class="notice tone-warn">
          <Icon name="warn" />
          <span>
            Voided by <strong>{invalidated.by ?? "someone"}</strong> <Ago time={invalidated.time} />
            {invalidated.reason && `: ${invalidated.reason}`}. It is no baseline any more.
          </span>
        </p>
      )}
      <Notes notes={notes} />
      {indicatorResults.length === 0 ? (
        <p class="muted">No indicator was read: there is no slo.yaml for this service, or it could not be used.</p>
      ) : (
        <Indicators results={indicatorResults} />
      )}
      {comparedEvents.length > 0 && (
        <p class="muted small">
          Baseline: {plural(comparedEvents.length, "earlier evaluation")}{" "}
          {comparedEvents.map((id, at) => (
            <Link key={id} to={withQuery({ evaluation: id })} data-keep>
              {at + 1}
            </Link>
          ))}
        </p>
      )}
    </section>
  );
}

/** An evaluation that was asked for by hand belongs to no run, but to who asked. */
function RunLink({ context }: { context: string }): JSX.Element | null {
  const found = useLoad(context, async (signal) => {
    const runs = await get<Page<RemediationSummary>>("/v1/remediations", { context, limit: 1 }, signal);
    if (runs.items.length > 0) return {};
    const filters = { context, type: "evaluation.triggered", limit: 1 };
    const triggered = (await get<Page<LogEvent>>("/v1/events", filters, signal)).items[0];
    return { by: (triggered?.data as DataOf<"evaluation.triggered"> | undefined)?.by ?? "hand" };
  });
  if (!found.data) return null;
  if (found.data.by) return <span class="muted">asked for by {found.data.by}</span>;
  return <Link to={`/remediations/${encodeURIComponent(context)}`}>Its run</Link>;
}

function Indicators({ results }: { results: readonly IndicatorResult[] }): JSX.Element {
  return (
    <div class="scroll">
      <table class="table as-cards" role="table" aria-label="Indicators">
        <thead role="rowgroup">
          <tr role="row">
            {["SLI", "Result", "Value", "Baseline", "Change", "Pass when", "Warning when", "Score"].map((name) => (
              <th key={name} role="columnheader" scope="col" class={NUMBERS.has(name) ? "num" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {results.map((result) => (
            <Indicator key={result.value.metric} result={result} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const NUMBERS: ReadonlySet<string> = new Set(["Value", "Baseline", "Change", "Score"]);

function Indicator({ result }: { result: IndicatorResult }): JSX.Element {
  const { displayName, keySli, status, score, value, passTargets, warningTargets } = result;
  const { value: measured, comparedValue } = value;
  const unit = unitOf(value.metric, value.query);
  const hasValue = measured !== null && value.success;
  return (
    <tr role="row">
      <th role="rowheader" scope="row" class="wrap">
        {displayName || value.metric}
        {keySli && <span class="tag">key</span>}
      </th>
      <Cell label="Result">
        <Badge word={hasValue ? resultWord(status) : { text: "no data", tone: "unknown" }} />
      </Cell>
      <Cell label="Value" number>
        {hasValue ? withUnit(measured, unit) : <span class="why-text">{value.message || "none"}</span>}
      </Cell>
      <Cell label="Baseline" number>
        {comparedValue === undefined ? <None /> : withUnit(comparedValue, unit)}
      </Cell>
      <Cell label="Change" number>
        {hasValue && comparedValue !== undefined ? changeText(measured, comparedValue, unit) : <None />}
      </Cell>
      <Cell label="Pass when">
        <Targets targets={passTargets} baseline={comparedValue} />
      </Cell>
      <Cell label="Warning when">
        <Targets targets={warningTargets} baseline={comparedValue} />
      </Cell>
      <Cell label="Score" number>
        {formatNumber(score)}
      </Cell>
    </tr>
  );
}

function Cell({
  label,
  number = false,
  children,
}: {
  label: string;
  number?: boolean;
  children: JSX.Element | string;
}): JSX.Element {
  return (
    <td role="cell" data-label={label} class={number ? "num" : ""}>
      {children}
    </td>
  );
}

function None(): JSX.Element {
  return <span class="muted">–</span>;
}

function Targets({
  targets,
  baseline,
}: {
  targets: IndicatorResult["passTargets"];
  baseline: number | undefined;
}): JSX.Element {
  if (targets.length === 0) return <None />;
  return (
    <ul class="targets">
      {targets.map(({ criteria, targetValue, violated }) => (
        <li key={criteria} class={violated ? "tone-bad" : "tone-good"}>
          <Icon name={violated ? "bad" : "good"} size={13} />
          <span class="visually-hidden">{violated ? "missed:" : "met:"} </span>
          <code>{criteria}</code>
          {/[%+-]/.test(criteria) && (
            <span class="muted"> {baseline === undefined ? "no baseline yet" : `is ${formatNumber(targetValue)}`}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** "+120 ms (+41 %)" */
function changeText(value: number, baseline: number, unit: string): string {
  const change = value - baseline;
  const sign = change > 0 ? "+" : "";
  const part = baseline === 0 ? "" : ` (${sign}${formatNumber(Math.round((change / Math.abs(baseline)) * 100))} %)`;
  return `${sign}${withUnit(change, unit)}${part}`;
}
