import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { get } from "../api.ts";
import { resultWord, withUnit } from "../format.ts";
import { useLoad } from "../load.ts";
import { go, query, withQuery } from "../router.ts";
import type { LogEvent, RemediationView, SliCurve } from "../types.ts";
import { Badge, Card, Clock, Link, Trouble } from "../ui/parts.tsx";
import "../styles/tables.css";
import { Chart } from "./chart.tsx";
import { Evaluations } from "./evaluations.tsx";
import { beforeAfter, markersOf, spansOf, type BeforeAfter } from "./facts.ts";

const REFRESH_MS = 3000;

/** Did it help? The curve before and after, the change in words, and the same as a table. */
export function Proof({ run, events }: { run: RemediationView; events: readonly LogEvent[] }): JSX.Element {
  const indicator = query.value.get("sli") ?? undefined;
  const path = `/v1/remediations/${encodeURIComponent(run.context)}/sli`;
  const {
    data: curve,
    error,
    reload,
  } = useLoad(`${run.context} ${indicator}`, (signal) => get<SliCurve>(path, { indicator }, signal));
  const moves = curve === undefined || !curve.settled;
  useEffect(() => {
    if (!moves) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), REFRESH_MS);
    return () => clearInterval(timer);
  }, [moves, reload]);
  // An evaluation that is over changes the words at once.
  useEffect(reload, [run.phase, run.attempt, reload]);

  const change = beforeAfter(events, curve, run.phase !== "finished");
  return (
    <Card title="Before and after" aside={curve && curve.indicators.length > 1 ? <Choice curve={curve} /> : undefined}>
      {error && <Trouble error={error} what="the curve" retry={reload} />}
      {change && <Sentence change={change} />}
      {curve && curve.points.length > 0 && change ? (
        <>
          <div class="chart-box">
            <Chart
              curve={curve}
              markers={markersOf(events)}
              spans={spansOf(events)}
              unit={change.unit}
              label={`${change.name} over time. ${sentence(change)} The table below has the values.`}
            />
            <span class="chart-read" aria-hidden="true" />
          </div>
          <p class="hint">
            Each point looks back over {curve.lookBackSeconds} s. Vertical lines: actions. Shaded: what an evaluation
            looked at.
          </p>
        </>
      ) : (
        !error && curve?.message && <p class="hint">{curve.message}</p>
      )}
      <Evaluations events={events} />
      {curve && curve.points.length > 0 && <Values curve={curve} unit={change?.unit ?? ""} />}
    </Card>
  );
}

/** More than these fill the screen before the curve is seen. */
const MOST_TABS = 5;

function Choice({ curve: { indicators, indicator } }: { curve: SliCurve }): JSX.Element {
  if (indicators.length > MOST_TABS)
    return (
      <label class="inline-field">
        SLI
        <select
          value={indicator}
          onChange={({ currentTarget }) => go(withQuery({ sli: currentTarget.value }), { keepScroll: true })}
        >
          {indicators.map(({ name, displayName }) => (
            <option key={name} value={name}>
              {displayName}
            </option>
          ))}
        </select>
      </label>
    );
  return (
    <nav class="tabs" aria-label="SLI">
      {indicators.map(({ name, displayName }) => (
        <Link key={name} to={withQuery({ sli: name })} data-keep aria-current={name === indicator ? "true" : undefined}>
          {displayName}
        </Link>
      ))}
    </nav>
  );
}

function sentence({ before, after, target, result, unit }: BeforeAfter): string {
  const from = before === undefined ? "" : withUnit(before, unit);
  const to = after === undefined ? "" : withUnit(after, unit);
  const change = [from, to].filter(Boolean).join(" → ");
  return `${change}${target ? `, target ${target}` : ""}${result ? `: ${result}` : ""}.`;
}

function Sentence({ change }: { change: BeforeAfter }): JSX.Element {
  const { name, before, after, latest, target, result, unit } = change;
  return (
    <p class="change" data-testid="change">
      <span class="change-name">{name}</span>
      <span class="change-numbers" hidden={(before ?? after ?? latest) === undefined}>
        {before !== undefined && <span title="when the first action began">{withUnit(before, unit)}</span>}
        {before !== undefined && after !== undefined && <span aria-label="to"> → </span>}
        {after !== undefined && <strong>{withUnit(after, unit)}</strong>}
        {latest !== undefined && (
          <>
            {before !== undefined && <span aria-label="to"> → </span>}
            <strong>{withUnit(latest, unit)}</strong> <span class="muted small">now</span>
          </>
        )}
      </span>
      {target && <span class="muted">target {target}</span>}
      {result && <Badge word={resultWord(result as "pass")} />}
    </p>
  );
}

const MOST_ROWS = 60;

function Values({ curve, unit }: { curve: SliCurve; unit: string }): JSX.Element {
  const every = Math.ceil(curve.points.length / MOST_ROWS);
  const rows = curve.points.filter((_, at) => at % every === 0);
  return (
    <details class="more">
      <summary>The curve as a table</summary>
      <div class="scroll short" tabIndex={0} role="region" aria-label="The curve's values">
        <table class="table">
          <caption>
            {curve.indicator}, {every === 1 ? "every" : `one in ${every}`} point
          </caption>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col" class="num">
                Value
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([time, value]) => (
              <tr key={time}>
                <th scope="row">
                  <Clock time={time * 1000} />
                </th>
                <td class="num">{withUnit(value, unit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
