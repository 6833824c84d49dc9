import { parseDuration } from "@evenkeel/runtime";

export interface WindowRequest {
  start?: string;
  end?: string;
  timeframe?: string;
}

export type Window =
  { ok: true; start: string; end: string } | { ok: false; field: "start" | "end" | "timeframe"; why: string };

const MINIMUM_MS = 60_000;
const LAYOUT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

/**
 * The window that a posted evaluation asks for, by Keptn's rules: a start with an end or a timeframe, or a timeframe
 * alone, which ends now; at least one minute.
 * @param now milliseconds since 1970
 */
export function requestedWindow({ start, end, timeframe }: WindowRequest, now: number): Window {
  if (end !== undefined && timeframe !== undefined) return no("end", "'end' and 'timeframe' are mutually exclusive");
  if (end !== undefined && start === undefined) return no("end", "end needs a start");
  if (end === undefined && timeframe === undefined) return no("timeframe", "expected start and end, or a timeframe");

  const length = timeframe === undefined ? 0 : parseDuration(timeframe);
  if (length === undefined)
    return no("timeframe", `${shown(timeframe)} is no duration; expected one such as 5m or 1h30m`);
  const from = start === undefined ? now - length : instantOf(start);
  if (from === undefined) return no("start", noTime(start));
  const to = end === undefined ? from + length : instantOf(end);
  if (to === undefined) return no("end", noTime(end));
  const last = end === undefined ? "timeframe" : "end";
  if (to <= from) return no(last, "the window ends before it begins");
  if (to - from < MINIMUM_MS) return no(last, "the window must be at least 1 minute long");
  return { ok: true, start: new Date(from).toISOString(), end: new Date(to).toISOString() };
}

/** RFC 3339, and Keptn's layout without an offset, which means UTC. */
function instantOf(text: string): number | undefined {
  const layout = LAYOUT.exec(text);
  if (!layout) return undefined;
  const day = text.slice(0, 10);
  // Date.parse reads February 30th as a day in March.
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const instant = Date.parse(layout[2] ? text : `${text}Z`);
  return Number.isNaN(instant) ? undefined : instant;
}

function noTime(text: string | undefined): string {
  return `${shown(text)} is no time; expected one such as 2026-01-31T12:00:00Z`;
}

function shown(text: string | undefined): string {
  return JSON.stringify(text?.slice(0, 60) ?? "");
}

function no(field: "start" | "end" | "timeframe", why: string): Window {
  return { ok: false, field, why };
}
