import { parseDuration } from "@evenkeel/specs";

export interface WindowRequest {
  start?: string;
  end?: string;
  timeframe?: string;
}

export type Window =
  { ok: true; start: string; end: string } | { ok: false; field: "start" | "end" | "timeframe"; why: string };

const DEFAULT_MS = 5 * 60_000;
const MINIMUM_MS = 60_000;
/** Clocks of two machines are never the same. */
const AHEAD_MS = 60_000;
const LAYOUT = /^(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/;

/**
 * The window of an evaluation by hand, by Keptn's rules: a timeframe (5m when nothing is said) up to now or from a start,
 * or a start and an end. Beyond them, a window that has not passed yet is refused: half of its values would be missing.
 * @param now milliseconds since 1970
 */
export function evaluationWindow({ start, end, timeframe }: WindowRequest, now: number): Window {
  if (end !== undefined && timeframe !== undefined) return no("timeframe", "end and timeframe are mutually exclusive");
  if (end !== undefined && start === undefined) return no("end", "end needs a start");
  if (start !== undefined && end === undefined && timeframe === undefined)
    return no("start", "start needs an end or a timeframe");

  const length = timeframe === undefined ? DEFAULT_MS : parseDuration(timeframe);
  if (length === undefined)
    return no("timeframe", `${JSON.stringify(timeframe)} is no duration; expected one such as 5m or 1h30m`);
  const from = start === undefined ? now - length : instantOf(start);
  if (from === undefined) return no("start", notATime(start!));
  const to = end === undefined ? from + length : instantOf(end);
  if (to === undefined) return no("end", notATime(end!));

  const field = end === undefined ? "timeframe" : "end";
  if (to <= from) return no(field, "the window ends before it begins");
  if (to - from < MINIMUM_MS) return no(field, "the window must be at least 1 minute long");
  if (to > now + AHEAD_MS) return no(field, "the window ends in the future; there are no values yet to evaluate");
  if (Number.isNaN(new Date(from).getTime()) || new Date(from).getUTCFullYear() < 1)
    return no(start === undefined ? "timeframe" : "start", "the window begins before the year 1");
  return { ok: true, start: new Date(from).toISOString(), end: new Date(to).toISOString() };
}

/** RFC 3339, and the same without an offset, which is then UTC. */
function instantOf(text: string): number | undefined {
  const parts = LAYOUT.exec(text);
  if (!parts) return undefined;
  const ms = Date.parse(parts[2] ? text : `${text}Z`);
  if (Number.isNaN(ms) || !isCalendarDay(text)) return undefined;
  return ms;
}

/** `Date.parse` reads February 30th as March 1st or 2nd. */
function isCalendarDay(text: string): boolean {
  const day = text.slice(0, 10);
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}

function notATime(text: string): string {
  const shown = JSON.stringify(text.slice(0, 60));
  return `${shown} is no time; expected RFC 3339, 2026-01-31T12:00:00.000Z or 2026-01-31T12:00:00`;
}

function no(field: "start" | "end" | "timeframe", why: string): Window {
  return { ok: false, field, why };
}
