import { parseDuration } from "@evenkeel/specs";
import { usage } from "../errors.ts";

/** 45s, 12m, 3h20m, 5d: how long ago, as short as it is read. */
export function age(time: string | undefined, now: Date): string | undefined {
  if (time === undefined) return undefined;
  return span(Math.max(0, now.getTime() - Date.parse(time)));
}

export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  return `${Math.floor(hours / 24)}d`;
}

/** 2026-01-31 12:00:00 where the reader is. */
export function localTime(time: string, timeZone?: string): string {
  return new Date(time).toLocaleString("sv-SE", { timeZone });
}

/** --since and --from, --to → the API's range. */
export function timeRange(
  { since, from, to }: { since?: string; from?: string; to?: string },
  now: Date,
): { from?: string; to?: string } {
  if (since === undefined) return { from: instant("--from", from), to: instant("--to", to) };
  if (from !== undefined) throw usage("--since and --from say the same thing: give one of them");
  return { from: new Date(now.getTime() - durationOption("--since", since)).toISOString(), to: instant("--to", to) };
}

export function durationOption(flag: string, text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`${flag} ${JSON.stringify(text)}: expected a duration such as 30s, 10m or 1h30m`);
  return ms;
}

function instant(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? new Date(text) : undefined;
  if (time && !Number.isNaN(time.getTime())) return time.toISOString();
  throw usage(`${flag} ${JSON.stringify(text)}: expected a time such as 2026-01-31T12:00:00Z`);
}
