import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatNumber, plural, resultWord, unitOf, withUnit } from "../format.ts";
import type { DataOf, IndicatorResult, LogEvent } from "../types.ts";
import { Badge, Clock } from "../ui/parts.tsx";
import "../styles/tables.css";
import { queryIn } from "./steps.ts";

const COLUMNS = 5;
/** With more rows what was missed is shown first, and the others when they are asked for. */
const MOST_ROWS = 12;

const isFine = ({ status, value }: IndicatorResult) => /^(pass|info)$/.test(status) && value.value !== null;

/** Every evaluation of the run with its numbers. */
export function Evaluations({ events }: { events: readonly LogEvent[] }): JSX.Element | null {
  const [all, setAll] = useState(false);
  const finished = events.filter(({ kind }) => kind === "evaluation.finished");
  if (finished.length === 0) return null;
  const results = finished.flatMap((event) => dataOf(event).evaluation.indicatorResults);
  const fine = results.filter(isFine).length;
  const isLong = results.length > MOST_ROWS && fine > 0;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Evaluations of this run">
      <table class="table as-cards">
        <caption>Evaluations of this run</caption>
        <thead>
          <tr>
            <th scope="col">SLI</th>
            <th scope="col" class="num">
              Value
            </th>
            <th scope="col">Target</th>
            <th scope="col">Result</th>
            <th scope="col" class="num">
              Score
            </th>
          </tr>
        </thead>
        {finished.map((event, at) => (
          <One key={event.id} event={event} number={at + 1} events={events} isShort={isLong && !all} />
        ))}
      </table>
      {isLong && (
        <button type="button" class="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show only what was missed" : `Show ${plural(fine, "more value")} that did not fail`}
        </button>
      )}
    </div>
  );
}

const dataOf = (event: LogEvent) => event.data as DataOf<"evaluation.finished">;

function One({
  event,
  number,
  events,
  isShort,
}: {
  event: LogEvent;
  number: number;
  events: readonly LogEvent[];
  isShort: boolean;
}): JSX.Element {
  const { evaluation, result, message } = dataOf(event);
  const rows = evaluation.indicatorResults;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={COLUMNS} class="table-group">
          Evaluation {number}, <Clock time={event.time} /> <Badge word={resultWord(result)} />{" "}
          <span class="muted">score {formatNumber(evaluation.score)} of 100</span>
        </th>
      </tr>
      {rows.length === 0 && (
        <tr>
          <td colSpan={COLUMNS}>{message}</td>
        </tr>
      )}
      {rows
        .filter((row) => !isShort || !isFine(row))
        .map((row) => (
          <Row key={row.value.metric} row={row} query={queryIn(events, row.value.metric)} />
        ))}
      {notesOn(events, event)}
    </tbody>
  );
}

function Row({ row, query }: { row: IndicatorResult; query: string | undefined }): JSX.Element {
  const { value, displayName, passTargets, status, score, keySli } = row;
  return (
    <tr>
      <th scope="row" class="wrap">
        {displayName || value.metric}
        {keySli && <span class="tag">key</span>}
      </th>
      <td class="num" data-label="Value">
        {value.value === null ? (
          <span class="why-text">{value.message || "none"}</span>
        ) : (
          withUnit(value.value, unitOf(value.metric, query))
        )}
      </td>
      <td data-label="Target">{[...new Set(passTargets.map(({ criteria }) => criteria))].join(" and ") || "–"}</td>
      <td data-label="Result">
        <Badge word={resultWord(value.value === null ? "inconclusive" : status)} />
      </td>
      <td class="num" data-label="Score">
        {formatNumber(score)}
      </td>
    </tr>
  );
}

/** What people have said about an evaluation, below its numbers. */
function notesOn(events: readonly LogEvent[], finished: LogEvent): JSX.Element[] {
  const mine = events.filter(
    ({ kind, triggeredid }) => kind === "evaluation.annotated" && triggeredid === finished.triggeredid,
  );
  return mine.map(({ id, time, data }) => {
    const { by, evaluation } = data as DataOf<"evaluation.annotated">;
    return (
      <tr key={id}>
        <th scope="row">
          <span class="muted">Note</span>
        </th>
        <td colSpan={COLUMNS - 1}>
          {evaluation.note}{" "}
          <span class="muted small">
            {by}, <Clock time={time} />
          </span>
        </td>
      </tr>
    );
  });
}
