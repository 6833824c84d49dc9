import { plural, type Tone } from "../format.ts";
import type { RemediationView } from "../types.ts";
import { actionText, type Step } from "./steps.ts";

export interface Summary {
  tone: Tone;
  /** Must somebody get up? */
  title: string;
  /** What was done, whether it helped, and what comes next. */
  text: string;
}

type Run = Pick<
  RemediationView,
  "phase" | "paused" | "repeated" | "result" | "reason" | "message" | "problemState" | "plan" | "attempt"
>;

/** The run in a few words, for somebody who was just woken. */
export function summaryOf(run: Run, steps: readonly Pick<Step, "kind" | "state" | "tone" | "text">[]): Summary {
  const done = steps.filter(({ state }) => state === "done");
  const actions = done.filter(({ kind }) => kind === "action");
  const worked = actions.filter(({ tone }) => tone === "good" || tone === "warn").map(({ text }) => text);
  const failed = actions.filter(({ tone }) => tone === "bad").map(({ text }) => text);
  const verdict = done.findLast(({ kind }) => kind === "evaluation")?.text;
  const text = [
    worked.length > 0 && `Done: ${worked.join(", then ")}.`,
    failed.length > 0 && `Did not work: ${failed.join("; ")}.`,
    verdict && `Evaluation ${verdict}.`,
    run.reason === "healed" && run.problemState === "open" && "The problem itself was not reported as over yet.",
    run.phase === "finished" ? actions.length === 0 && endText(run) : nextText(run),
  ];
  return { ...standing(run), text: text.filter(Boolean).join(" ") };
}

function standing(run: Run): Pick<Summary, "tone" | "title"> {
  const isOpen = run.problemState === "open";
  if (run.phase !== "finished") {
    if (run.paused) return { tone: "warn", title: "Paused: nothing begins until a person resumes it" };
    if (run.phase === "queued") return { tone: "run", title: "In line behind another run, nobody is needed" };
    return { tone: "run", title: "Evenkeel is on it, nobody is needed" };
  }
  if (run.repeated && isOpen) return { tone: "run", title: "The problem is worked on again, by another run" };
  if (run.reason === "healed") return { tone: "good", title: "Healed, nobody is needed" };
  if (run.result === "warning")
    return isOpen
      ? { tone: "warn", title: "Better, but the problem is still open: have a look" }
      : { tone: "warn", title: "The problem is gone, but the target is missed: have a look by day" };
  if (run.problemState === "merged") return { tone: "quiet", title: "Part of another problem, nobody is needed here" };
  if (!isOpen) return { tone: "quiet", title: "The problem is gone, nobody is needed" };
  return { tone: "bad", title: "A person is needed: the problem is still open" };
}

/** Why nothing was done. */
function endText({ message }: Run): string {
  return message ? `Ended: ${message}.` : "";
}

function nextText({ phase, paused, plan, attempt = 0 }: Run): string {
  if (paused) return `Paused by ${paused.by}${paused.reason ? `: ${paused.reason}` : ""}.`;
  if (phase === "queued") return "It begins when that one has ended.";
  if (phase === "planning") return "It is looking up what may be done.";
  const left = plan?.actions.slice(attempt) ?? [];
  const more = left.length > 1 ? `, then ${plural(left.length - 1, "more action")}` : "";
  const next = left[0]
    ? `if that does not help: ${actionText(left[0])}${more}.`
    : "if that does not help, a person is needed.";
  const now = { acting: "It acts now", waiting: "It waits for the effect", evaluating: "It reads the SLIs now" }[
    phase as "acting"
  ];
  return `${now}; ${next}`;
}
