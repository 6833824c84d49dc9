import { formatNumber, plural, unitOf, withUnit, type Tone } from "../format.ts";
import type { Evaluation, IndicatorResult } from "../types.ts";

export interface Cell {
  tone: Tone;
  /** Short enough for a column. */
  text: string;
  /** In one sentence, for those who do not see the grid. */
  says: string;
}

export interface Row {
  name: string;
  /** Undefined: the evaluation had no such indicator. */
  cells: readonly (Cell | undefined)[];
}

const TONES = { pass: "good", warning: "warn", fail: "bad", inconclusive: "unknown", info: "quiet" } as const;

export const toneOf = (result: keyof typeof TONES): Tone => TONES[result];

/** Total score first, then each SLI that any of the evaluations has. */
export function rowsOf(evaluations: readonly Evaluation[]): Row[] {
  const names = new Map<string, string>();
  for (const { indicatorResults } of evaluations)
    for (const { value, displayName } of indicatorResults) names.set(value.metric, displayName || value.metric);
  const score: Row = { name: "Total score", cells: evaluations.map(scoreCell) };
  const slis = [...names].map(([metric, name]) => ({
    name,
    cells: evaluations.map(({ indicatorResults }) => {
      const found = indicatorResults.find(({ value }) => value.metric === metric);
      return found && sliCell(found);
    }),
  }));
  return [score, ...slis];
}

function scoreCell({ result, score, invalidated, notes }: Evaluation): Cell {
  const text = result === "inconclusive" ? "–" : formatNumber(Math.round(score));
  const says = `${result}, score ${formatNumber(score)} of 100${invalidated ? ", voided" : ""}${notes ? `, ${plural(notes.length, "note")}` : ""}`;
  return { tone: toneOf(result), text, says };
}

function sliCell(indicator: IndicatorResult): Cell {
  const { status, score, value } = indicator;
  const known = value.value !== null && value.success;
  const shown = known ? withUnit(value.value!, unitOf(value.metric, value.query)) : "no value";
  return {
    tone: known ? toneOf(status) : "unknown",
    text: known ? formatNumber(score) : "–",
    says: `${known ? status : "no data"}, score ${formatNumber(score)}, ${shown}`,
  };
}
