import type { Problem, Reason, RemediationSummary, Result } from "./types.ts";

/** 1240 → 1,240; 0.0312 → 0.0312; never more digits than people read. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return value.toLocaleString("en-US", { maximumFractionDigits: size >= 100 ? 0 : size >= 1 ? 2 : 4 });
}

/** 380 ms, 12 s, 2 min 14 s, 3 h 5 min, 2 d */
export function formatSpan(ms: number): string {
  if (ms < 0) return "0 s";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (ms < 10_000 && ms % 1000 > 50) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return join(minutes, "min", seconds % 60, "s");
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? join(hours, "h", minutes % 60, "min") : `${Math.floor(hours / 24)} d`;
}

/** How long something took, in whole seconds; the same wherever it is said. */
export function formatTook(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  return seconds < 1 ? "under 1 s" : formatSpan(seconds * 1000);
}

function join(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** just now, 12 s ago, 5 min ago, in 8 s */
export function formatAgo(then: number, now: number): string {
  const ms = now - then;
  if (Math.abs(ms) < 2000) return "just now";
  const text = coarse(Math.abs(ms));
  return ms < 0 ? `in ${text}` : `${text} ago`;
}

function coarse(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

type Zone = "local" | "utc";

export function formatClock(time: string | number, zone: Zone): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour12: false, ...(zone === "utc" && { timeZone: "UTC" }) });
}

export function formatFull(time: string | number, zone: Zone): string {
  const date = new Date(time);
  if (zone === "utc") return date.toISOString().replace("T", " ").replace("Z", " UTC");
  return date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
}

export function shortId(id: string): string {
  return id.slice(0, 8);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}

/** How something looks and what it is called; never told by colour alone. */
export type Tone = "good" | "warn" | "bad" | "unknown" | "run" | "quiet";

export interface Word {
  text: string;
  tone: Tone;
}

const REASONS: Readonly<Record<Reason, Word>> = {
  healed: { text: "Healed", tone: "good" },
  improved: { text: "Improved, not healed", tone: "warn" },
  exhausted: { text: "Failed: no action left", tone: "bad" },
  escalated: { text: "Escalated", tone: "bad" },
  inconclusive: { text: "Inconclusive: no data", tone: "unknown" },
  unverified: { text: "Acted, not verified", tone: "unknown" },
  "resolved-before-action": { text: "Resolved by itself", tone: "quiet" },
  resolved: { text: "Resolved, not confirmed", tone: "warn" },
  aborted: { text: "Aborted", tone: "quiet" },
  "not-automated": { text: "Stage is not automated", tone: "quiet" },
  "no-match": { text: "No entry matched", tone: "quiet" },
  "no-remediation-file": { text: "No remediation.yaml", tone: "quiet" },
  "invalid-file": { text: "A file cannot be read", tone: "bad" },
  errored: { text: "Errored", tone: "bad" },
};

export const REASON_NAMES = Object.keys(REASONS) as Reason[];

export function reasonWord(reason: Reason): Word {
  return REASONS[reason];
}

const RESULTS: Readonly<Record<Result | "info", Word>> = {
  pass: { text: "pass", tone: "good" },
  warning: { text: "warning", tone: "warn" },
  fail: { text: "fail", tone: "bad" },
  inconclusive: { text: "inconclusive", tone: "unknown" },
  info: { text: "info", tone: "quiet" },
};

export function resultWord(result: Result | "info"): Word {
  return RESULTS[result];
}

export const PHASES = ["queued", "planning", "acting", "waiting", "evaluating", "finished"] as const;

const PHASE_TEXT: Readonly<Record<RemediationSummary["phase"], string>> = {
  queued: "In line",
  planning: "Deciding",
  acting: "Acting",
  waiting: "Waiting",
  evaluating: "Evaluating",
  finished: "Finished",
};

/** Where a run stands, in one or two words. */
export function runWord(run: Run): Word {
  if (run.reason === "resolved-before-action" && run.problemState === "merged")
    return { text: "Merged", tone: "quiet" };
  if (run.phase === "finished")
    return run.reason
      ? { ...reasonWord(run.reason), tone: endTone(run, run.reason) }
      : { text: "Finished", tone: "quiet" };
  if (run.paused) return { text: `Paused (${PHASE_TEXT[run.phase].toLowerCase()})`, tone: "warn" };
  return { text: PHASE_TEXT[run.phase], tone: "run" };
}

type Run = Pick<RemediationSummary, "phase" | "result" | "reason" | "paused" | "problemState" | "repeated">;

/** As loud as what is left to do: a problem that is over, or in other hands, needs nobody now. */
function endTone({ result, problemState, repeated }: Run, reason: Reason): Tone {
  if (result === "pass") return reasonWord(reason).tone;
  if (problemState !== "open" || repeated) return "quiet";
  return result === "warning" ? "warn" : "bad";
}

/** People look for one of these five, and for why nothing was done. */
export const BUCKETS = [
  { name: "healed", title: "Healed", tone: "good", reasons: ["healed"] },
  { name: "warning", title: "Warning", tone: "warn", reasons: ["improved", "resolved"] },
  { name: "failed", title: "Failed", tone: "bad", reasons: ["exhausted", "escalated", "errored", "invalid-file"] },
  { name: "inconclusive", title: "Inconclusive", tone: "unknown", reasons: ["inconclusive", "unverified", "aborted"] },
  {
    name: "nothing",
    title: "Nothing done",
    tone: "quiet",
    reasons: ["resolved-before-action", "not-automated", "no-match", "no-remediation-file"],
  },
] as const satisfies readonly { name: string; title: string; tone: Tone; reasons: readonly Reason[] }[];

export function severityTone(severity: Problem["severity"]): Tone {
  if (severity === "critical" || severity === "error") return "bad";
  return severity === "warning" ? "warn" : "quiet";
}

/** The unit that a name or query gives away; charts and sentences say it where it is known. */
export function unitOf(...texts: readonly (string | undefined)[]): string {
  const text = texts.join(" ").toLowerCase();
  if (/milliseconds|_ms\b/.test(text)) return "ms";
  if (/_seconds\b/.test(text) && !/rate\(/.test(text)) return "s";
  return /percent/.test(text) ? "%" : "";
}

export function withUnit(value: number, unit: string): string {
  return unit === "" ? formatNumber(value) : `${formatNumber(value)}${unit === "%" ? "" : " "}${unit}`;
}

/** Web addresses only: what an alert brings along must not become a script. */
export function safeUrl(url: string | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { protocol, href } = new URL(url);
  return protocol === "http:" || protocol === "https:" ? href : undefined;
}
