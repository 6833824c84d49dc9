import { unitOf } from "../format.ts";
import type { DataOf, LogEvent, SliCurve } from "../types.ts";
import { changeText, queryIn } from "./steps.ts";

/** A change that was made to the service, for the chart. */
export interface Marker {
  at: number;
  text: string;
}

/** What an evaluation looked at, in seconds since 1970. */
export interface Span {
  from: number;
  to: number;
  result?: "pass" | "warning" | "fail" | "inconclusive";
}

const seconds = (time: string) => Date.parse(time) / 1000;

export function markersOf(events: readonly LogEvent[]): Marker[] {
  return events.flatMap((event) => {
    if (event.kind !== "action.finished") return [];
    const data = event.data as DataOf<"action.finished">;
    const { before, after } = data.details;
    if (before !== undefined && before === after) return [];
    const started = events.find(
      ({ kind, triggeredid }) => kind === "action.started" && triggeredid === event.triggeredid,
    );
    const marker = {
      at: seconds((started ?? event).time),
      text: changeText({ before, after }) ?? `action ${data.attempt + 1}`,
    };
    return [marker];
  });
}

export function spansOf(events: readonly LogEvent[]): Span[] {
  return events.flatMap((event) => {
    if (event.kind !== "evaluation.triggered") return [];
    const { start, end } = (event.data as DataOf<"evaluation.triggered">).evaluation;
    const verdict = events.find(({ kind, triggeredid }) => kind === "evaluation.finished" && triggeredid === event.id);
    const result = (verdict?.data as DataOf<"evaluation.finished"> | undefined)?.result;
    return [{ from: seconds(start), to: seconds(end), ...(result && { result }) }];
  });
}

export interface BeforeAfter {
  name: string;
  unit: string;
  before?: number;
  after?: number;
  /** Where the curve is, as long as the run goes on and no evaluation has said more. */
  latest?: number;
  target?: string;
  result?: string;
}

/**
 * The change in numbers: `after` as the latest evaluation has it; `before` as the curve has it when the first action
 * began.
 */
export function beforeAfter(
  events: readonly LogEvent[],
  curve: SliCurve | undefined,
  isRunning: boolean,
): BeforeAfter | undefined {
  const finished = events.filter(({ kind }) => kind === "evaluation.finished");
  const evaluation = (finished.at(-1)?.data as DataOf<"evaluation.finished"> | undefined)?.evaluation;
  const shown = evaluation?.indicatorResults.find(({ value }) => value.metric === curve?.indicator);
  const about = curve?.indicators.find(({ name }) => name === curve.indicator);
  if (!curve?.indicator) return undefined;
  const unit = unitOf(curve.indicator, curve.query ?? queryIn(events, curve.indicator));
  const acted = markersOf(events)[0]?.at;
  const before = acted === undefined ? undefined : curve.points.findLast(([time]) => time <= acted)?.[1];
  return {
    name: about?.displayName ?? curve.indicator,
    unit,
    ...(before !== undefined && { before }),
    ...(shown && shown.value.value !== null && { after: shown.value.value, result: shown.status }),
    ...(!shown && isRunning && curve.points.length > 0 && { latest: curve.points.at(-1)![1] }),
    ...(curve.targets[0] && { target: curve.targets[0].criteria }),
  };
}
