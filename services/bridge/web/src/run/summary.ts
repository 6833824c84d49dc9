import { plural, runWord, type Tone, type Word } from "../format.ts";
import type { RemediationView } from "../types.ts";
import { actionText, type Step } from "./steps.ts";

export interface Summary {
  tone: Tone;
  /** Must somebody get up? */
  title: string;
  /** What was done, whether it helped, and what comes next. */
  text: string;
  /** Where the run stands, in one or two words. */
  word: Word;
}

type Run = Pick<
  RemediationView,
  "phase" | "paused" | "repeated" | "result" | "reason" | "message" | "problemState" | "plan" | "attempt"
>;
type Told = Pick<Step, "kind" | "state" | "tone" | "text" | "held">;

/** The run in a few words, for somebody who was just woken; `blockedBy` has paused the run in front of it. */
export function summaryOf(run: Run, steps: readonly Told[], blockedBy?: string): Summary {
  const done = steps.filter(({ state }) => state === "done");
  const hasActed = done.some(({ kind }) => kind === "action");
  const isHeld = steps.some(({ held }) => held);
  const said = history(done);
  const text = [
    said,
    run.reason === "healed" && run.problemState === "open" && "The problem itself was not reported as over yet.",
    run.phase === "finished" ? !hasActed && endText(run) : nextText(run, isHeld, blockedBy),
  ];
  const word: Word = blockedBy
    ? { text: "Blocked", tone: "warn" }
    : said.includes(UNTOLD)
      ? { text: "Escalated, nobody told", tone: "bad" }
      : runWord(run);
  return { ...standing(run, blockedBy), text: text.filter(Boolean).join(" "), word };
}

/** What was done and what came of it, as it happened; of the evaluations the latest. */
function history(done: readonly Told[]): string {
  let told = "";
  let last = "";
  for (const step of done) {
    const label = labelOf(step, done);
    const text = step.text.replace(ESCALATED, "");
    if (!label || (label === FAILED && told.includes(text))) continue;
    if (label === last) told += `${label === FAILED ? ";" : ", then"} ${text}`;
    else told += `${told && ". "}${label} ${text}`;
    last = label;
  }
  return told && `${told}.`;
}

const FAILED = "Did not work:";
const ESCALATED = "escalated: ";

const UNTOLD = "Nobody was told:";

function labelOf(step: Told, done: readonly Told[]): string | false {
  const { kind, tone, text } = step;
  if (kind === "action") {
    if (tone === "bad") return FAILED;
    if (text.startsWith(ESCALATED)) return "Escalated:";
    return (tone === "good" || tone === "warn") && "Done:";
  }
  if (step !== done.findLast((other) => other.kind === kind)) return false;
  if (kind === "evaluation") return "Evaluation";
  return kind === "escalation" && tone === "bad" && UNTOLD;
}

function standing(run: Run, blockedBy: string | undefined): Pick<Summary, "tone" | "title"> {
  const isOpen = run.problemState === "open";
  if (run.phase !== "finished") {
    if (run.paused) return { tone: "warn", title: "Paused: nothing begins until a person resumes it" };
    if (blockedBy) return { tone: "warn", title: `Blocked: the run in front is paused by ${blockedBy}` };
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

function nextText(run: Run, isHeld: boolean, blockedBy: string | undefined): string {
  const { phase, paused, plan, attempt = 0 } = run;
  const left = plan?.actions.slice(attempt) ?? [];
  const more = left.length > 1 ? `, then ${plural(left.length - 1, "more action")}` : "";
  const next = left[0]
    ? `if that does not help: ${actionText(left[0])}${more}.`
    : "if that does not help, a person is needed.";
  if (paused)
    return `Paused by ${paused.by}${paused.reason ? `: ${paused.reason}` : ""}. ${afterResume(run, isHeld, next)}`;
  if (blockedBy) return "A person is needed: this one begins when that one was resumed and has ended.";
  if (phase === "queued") return "It begins when that one has ended.";
  if (phase === "planning") return "It is looking up what may be done.";
  const now = { acting: "It acts now", waiting: "It waits for the effect", evaluating: "It reads the SLIs now" }[
    phase as "acting"
  ];
  return `${now}; ${next}`;
}

function afterResume({ phase, plan, attempt = 0 }: Run, isHeld: boolean, next: string): string {
  if (phase === "queued") return "After Resume it takes its turn in line.";
  if (!isHeld) return `What runs now ends by itself. After Resume it goes on; ${next}`;
  const action = plan?.actions[attempt - 1];
  if (phase === "acting" && action) return `After Resume it acts: ${actionText(action)}; ${next}`;
  return `After Resume it evaluates${phase === "waiting" ? ", once the wait is over" : ""}; ${next}`;
}
