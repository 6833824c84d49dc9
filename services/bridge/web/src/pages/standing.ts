import { formatSpan, plural, type Tone } from "../format.ts";
import type { RemediationSummary } from "../types.ts";

export interface Facts {
  /** Open problems whose run has ended without success. */
  failed: number;
  /** Open problems whose run has ended with a warning. */
  better: number;
  paused: number;
  /** Tasks that were given up. */
  parked: number;
  /** How long the oldest work is overdue, in ms. */
  late: number;
  unrouted: number;
  running: number;
  /** In line behind a paused run. */
  blocked: number;
}

/** Is it in line, and the run that holds its target paused? */
export function isBlocked(run: Where, paused: readonly Where[]): boolean {
  return run.phase === "queued" && paused.some(({ phase, target }) => phase !== "queued" && isSame(target, run.target));
}

type Where = Pick<RemediationSummary, "phase" | "target">;

function isSame(a: Where["target"], b: Where["target"]): boolean {
  return a.project === b.project && a.stage === b.stage && a.service === b.service;
}

/** So late work has no worker. */
export const LATE_MS = 30_000;

export interface Standing {
  tone: Tone;
  title: string;
  text: string;
  needs: number;
}

/** Calm that is not known to be so still. */
export function whenStale({ title, needs }: Pick<Standing, "title" | "needs">): Standing {
  return {
    tone: "warn",
    title: "Evenkeel cannot be reached",
    text: `Whether a person is needed is not known. Last heard: ${title}.`,
    needs: Math.max(1, needs),
  };
}

/** What is asked first at night: must somebody get up? */
export function standingOf({ failed, better, paused, parked, late, unrouted, running, blocked }: Facts): Standing {
  const busy = running > 0 ? `${plural(running, "problem")} ${running === 1 ? "is" : "are"} being worked on` : "";
  const still = better > 0 && `${plural(better, "problem")} better, but still open`;
  const needs = failed + paused + parked + (late >= LATE_MS ? 1 : 0);
  if (needs > 0) {
    const parts = [
      failed > 0 && `${plural(failed, "problem")} not solved`,
      still,
      paused > 0 && `${plural(paused, "run")} paused`,
      blocked > 0 && `${plural(blocked, "run")} in line behind a paused one`,
      parked > 0 && `${plural(parked, "task")} given up`,
      late >= LATE_MS && `work is late by ${formatSpan(late)}`,
      busy,
    ];
    return { tone: "bad", title: "A person is needed", text: sentence(parts), needs };
  }
  if (better > 0)
    return { tone: "warn", title: "Better, but not over: have a look", text: sentence([still, busy]), needs: better };
  if (unrouted > 0)
    return {
      tone: "warn",
      title: "Some alerts reach no service",
      text: sentence([`${plural(unrouted, "notification")} could not be routed`, busy]),
      needs: unrouted,
    };
  if (busy) return { tone: "run", title: "Evenkeel is on it, nobody is needed", text: `${busy}.`, needs: 0 };
  return {
    tone: "good",
    title: "All quiet, nobody is needed",
    text: "Nothing is left for a person to do.",
    needs: 0,
  };
}

function sentence(parts: readonly (string | false)[]): string {
  const text = parts.filter(Boolean).join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
