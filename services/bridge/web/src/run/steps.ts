import { NOBODY_TOLD } from "@evenkeel/events/nobody-told";
import { formatSpan, plural, reasonWord, unitOf, withUnit, type Tone } from "../format.ts";
import type { DataOf, IndicatorResult, Kind, LogEvent, RemediationView } from "../types.ts";

export type StepKind =
  | "problem"
  | "queue"
  | "decision"
  | "action"
  | "wait"
  | "evaluation"
  | "verdict"
  | "operator"
  | "escalation"
  | "resolved"
  | "warn";

/** One bar of the timeline: what was asked for, taken up and done, as one thing. */
export interface Step {
  /** Stable, for the address. */
  key: string;
  kind: StepKind;
  title: string;
  /** What it came to, or what it is at. */
  text: string;
  /** `waiting`: nobody works on it; `planned`: it has not begun and may never. */
  state: "waiting" | "running" | "done" | "planned";
  tone: Tone;
  /** Milliseconds since 1970. */
  start?: number;
  end?: number;
  /** When a wait will be over. */
  due?: number;
  /** Since when it does not go on, as the run is paused. */
  held?: number;
  events: LogEvent[];
}

const PAUSED = "Paused";

const at = (event: LogEvent) => Date.parse(event.time);
const dataOf = <K extends Kind>(event: LogEvent, _kind: K): DataOf<K> => event.data as DataOf<K>;

/** The chain of a run from its events, oldest first; what is planned but has not begun comes last. */
export function stepsOf(events: readonly LogEvent[], run: RemediationView | undefined): Step[] {
  const steps: Step[] = [];
  const byTrigger = new Map<string, Step>();
  for (const event of events) {
    const step = fold(event, steps, byTrigger);
    if (step) steps.push(step);
  }
  if (run?.paused) hold(steps);
  return run && run.phase !== "finished" ? [...steps, ...planned(steps, run)] : steps;
}

/** What runs when a run is paused comes to its end; what would begin then is held, and no wait leads on. */
function hold(steps: readonly Step[]): void {
  const paused = steps.findLastIndex(({ title }) => title === PAUSED);
  for (const [index, step] of steps.entries()) {
    if (step.state === "done" || (step.state === "running" && index < paused)) continue;
    const held = Math.max(step.start ?? 0, steps[paused]?.start ?? 0);
    Object.assign(step, { state: "waiting", tone: "warn", held });
    if (step.kind === "evaluation") step.text = "begins after Resume";
  }
}

function fold(event: LogEvent, steps: Step[], byTrigger: Map<string, Step>): Step | undefined {
  const begin = (kind: StepKind, title: string, text: string, more: Partial<Step> = {}): Step => {
    const key = `${kind}-${steps.filter((step) => step.kind === kind).length + 1}`;
    const step: Step = {
      key,
      kind,
      title,
      text,
      state: "running",
      tone: "run",
      start: at(event),
      events: [event],
      ...more,
    };
    byTrigger.set(event.id, step);
    return step;
  };
  const point = (kind: StepKind, title: string, text: string, tone: Tone): Step =>
    begin(kind, title, text, { state: "done", tone, end: at(event) });
  const join = (step: Step | undefined, change: Partial<Step> = {}): undefined => {
    if (!step) return undefined;
    step.events.push(event);
    Object.assign(step, change);
    return undefined;
  };
  const mine = byTrigger.get(event.triggeredid ?? "");
  const last = (kind: StepKind) => steps.findLast((step) => step.kind === kind);
  const untold = (why: string): Step => point("escalation", "Nobody was told", why, "bad");

  switch (event.kind as Kind) {
    case "problem": {
      const { state, problem } = dataOf(event, "problem");
      if (state === "resolved" || state === "merged")
        return point("resolved", state === "merged" ? "Merged" : "Resolved", `${problem.source} says so`, "good");
      const first = last("problem");
      if (!first) return point("problem", "Problem", problem.title, problem.severity === "warning" ? "warn" : "bad");
      const repeats = first.events.filter(({ kind }) => kind === "problem").length;
      return join(first, { text: `${problem.title} (repeated ${repeats}×)` });
    }
    case "remediation.triggered": {
      const { repeats } = dataOf(event, "remediation.triggered");
      if (repeats) return point("problem", "Run again", `by ${repeats.by}${because(repeats.reason)}`, "run");
      return join(last("problem"));
    }
    case "remediation.queued":
      return begin("queue", "In line", "another run holds this service", { state: "waiting" });
    case "remediation.started":
      return join(
        last("queue") ?? last("problem"),
        last("queue") ? { state: "done", tone: "quiet", end: at(event) } : {},
      );
    case "get-action.triggered":
      return begin("decision", "Decision", "reading remediation.yaml");
    case "get-action.finished": {
      const { plan, message, reason } = dataOf(event, "get-action.finished");
      const tone = reason ? reasonWord(reason).tone : "good";
      const text = plan?.matched && !reason ? `matched “${plan.matched.problemType}”` : message;
      return join(mine ?? last("decision"), { state: "done", tone, text, end: at(event) });
    }
    case "action.triggered": {
      const { attempt, attempts, action } = dataOf(event, "action.triggered");
      const title = attempts > 1 ? `Action ${attempt + 1}/${attempts}` : "Action";
      return begin("action", title, actionText(action), { state: "waiting" });
    }
    case "action.started": {
      const data = dataOf(event, "action.started");
      return join(mine, { state: "running", text: changeText(data.plan) ?? data.message });
    }
    case "action.finished": {
      const { result, message, details } = dataOf(event, "action.finished");
      const text = result === "pass" ? (changeText(details) ?? message) : message;
      return join(mine, { state: "done", tone: toneOf(result), text, end: at(event) });
    }
    case "wait.triggered": {
      const { durationMs, retry } = dataOf(event, "wait.triggered");
      const text = retry > 0 ? `before try ${retry + 1}` : "for the action to take effect";
      return begin("wait", "Wait", text, { state: "waiting", due: at(event) + durationMs });
    }
    case "wait.skipped":
      return join(last("wait"), { text: `skipped by ${dataOf(event, "wait.skipped").by}` });
    case "wait.finished": {
      const { endedBy, message } = dataOf(event, "wait.finished");
      const step = mine ?? last("wait");
      const text = endedBy === "due" ? (step?.text ?? "") : endedBy === "operator" ? (step?.text ?? message) : message;
      return join(step, { state: "done", tone: "quiet", text, end: at(event) });
    }
    case "evaluation.triggered":
      return begin("evaluation", "Evaluation", "reading the SLIs");
    case "evaluation.finished": {
      const data = dataOf(event, "evaluation.finished");
      const step = mine ?? last("evaluation");
      return join(step, { state: "done", tone: toneOf(data.result), text: evaluationText(data, step), end: at(event) });
    }
    case "get-sli.triggered":
    case "get-sli.started":
    case "get-sli.finished":
    case "evaluation.started":
    case "evaluation.annotated":
      return join(mine ?? last("evaluation"));
    case "evaluation.invalidated": {
      const { by, evaluation } = dataOf(event, "evaluation.invalidated");
      return point("operator", "Evaluation voided", `${by ?? "someone"}${because(evaluation?.reason)}`, "quiet");
    }
    case "remediation.finished": {
      const { reason, message } = dataOf(event, "remediation.finished");
      // What was under way when the run ended is not under way any more.
      for (const step of steps)
        if (step.state !== "done")
          Object.assign(step, { state: "done", tone: "quiet", text: `${step.text}: dropped`, end: at(event) });
      const word = reasonWord(reason);
      // A run that ended with its decision says no more than that.
      const isSaid = last("decision")?.text === message;
      return point("verdict", word.text, isSaid ? "" : message, word.tone);
    }
    case "remediation.paused":
    case "remediation.resumed":
    case "remediation.aborted": {
      const { by, reason } = dataOf(event, "remediation.paused");
      const verb = { paused: PAUSED, resumed: "Resumed", aborted: "Abort" }[event.kind.split(".")[1] as "paused"];
      return point("operator", verb, `by ${by}${because(reason)}`, verb === "Resumed" ? "quiet" : "warn");
    }
    case "remediation.repeated": {
      const { by, reason } = dataOf(event, "remediation.repeated");
      return point("operator", "Run again", `by ${by}${because(reason)}`, "run");
    }
    case "task.retried": {
      const { taskKind, by, reason } = dataOf(event, "task.retried");
      return point("operator", "Tried again", `${taskKind}, by ${by}${because(reason)}`, "run");
    }
    case "escalation.sent": {
      const { to, message } = dataOf(event, "escalation.sent");
      if (!to.startsWith(NOBODY_TOLD)) return point("escalation", "Told people", `${message} (to ${to})`, "warn");
      return untold(`${to.slice(NOBODY_TOLD.length)}: only the log has it`);
    }
    case "escalation.failed": {
      const { to, error } = dataOf(event, "escalation.failed");
      return untold(`${error} (${to})`);
    }
    case "task.parked": {
      const { taskKind, error } = dataOf(event, "task.parked");
      return point("warn", `${taskKind} set aside`, error, "bad");
    }
    default:
      return join(mine);
  }
}

/** What comes if all goes as it did so far. */
function planned(steps: readonly Step[], run: RemediationView): Step[] {
  const ghost = (kind: StepKind, title: string, text: string): Step => ({
    ...{ key: `planned-${kind}`, kind, title, text },
    state: "planned",
    tone: "quiet",
    events: [],
  });
  const actions = run.plan?.actions ?? [];
  const attempt = run.attempt ?? 0;
  const current = actions[attempt - 1];
  const ghosts: Step[] = [];
  if (run.phase === "acting" && current?.then === "evaluate")
    ghosts.push(ghost("wait", "Wait", formatSpan(current.wait)), ghost("evaluation", "Evaluation", "SLOs decide"));
  if (run.phase === "waiting") ghosts.push(ghost("evaluation", "Evaluation", "SLOs decide"));
  const next = actions[attempt];
  if (next && steps.length > 0) {
    const when = run.phase === "planning" ? "next" : "if that fails";
    ghosts.push(ghost("action", `Action ${attempt + 1}/${actions.length}`, `${when}: ${actionText(next)}`));
  }
  return ghosts;
}

/** "One more replica (scaling +1)"; values that are long or no scalars are left to the events. */
export function actionText({ name, action, value }: { name: string; action: string; value?: unknown }): string {
  const scalar = typeof value === "string" || typeof value === "number" ? String(value) : "";
  const what = scalar === "" || scalar.length > 20 ? action : `${action} ${scalar}`;
  return name === action ? what : `${name} (${what})`;
}

/** "carts-primary 1 → 2" where the action changed replicas, "carts-primary refused at 5" where it was not to. */
export function changeText({ name, before, after, limited }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof before !== "number" || typeof after !== "number") return undefined;
  // Non-breaking: an arrow at the end of a line reads badly.
  const change =
    before === after ? `${limited ? "refused" : "unchanged"} at ${after}` : `${before}\u00a0→\u00a0${after}`;
  return `${typeof name === "string" ? `${name} ` : ""}${change}`;
}

function evaluationText(
  { result, message, evaluation }: DataOf<"evaluation.finished">,
  step: Step | undefined,
): string {
  const shown = foremost(evaluation.indicatorResults, result === "pass");
  if (result === "inconclusive" || !shown || shown.value.value === null)
    return `${result}: ${message.replace(/^Evaluation is inconclusive since /, "")}`;
  const missed = result === "pass" ? undefined : shown.passTargets.find(({ violated }) => violated);
  const target = (missed ?? shown.passTargets[0])?.criteria;
  const others = evaluation.indicatorResults.length - 1;
  const unit = unitOf(shown.value.metric, queryIn(step?.events ?? [], shown.value.metric));
  const more = others > 0 ? `, and ${plural(others, "more SLI")}` : "";
  return `${result}: ${withUnit(shown.value.value, unit)}${target ? `, target ${target}` : ""}${more}`;
}

/** The one that says most of the verdict: what was missed, and of that a key SLI first. */
function foremost(results: readonly IndicatorResult[], hasPassed: boolean): IndicatorResult | undefined {
  const byKey = [...results].sort((a, b) => Number(b.keySli) - Number(a.keySli));
  const worst = (wanted: IndicatorResult["status"]) => byKey.find(({ status }) => status === wanted);
  return (hasPassed ? undefined : (worst("fail") ?? worst("warning"))) ?? byKey[0];
}

/** The query that an indicator was read by, as the log has it. */
export function queryIn(events: readonly LogEvent[], metric: string): string | undefined {
  for (const event of events) {
    if (event.kind !== "get-sli.finished") continue;
    const values = dataOf(event, "get-sli.finished")["get-sli"].indicatorValues;
    const found = values.find((value) => value.metric === metric)?.query;
    if (found) return found;
  }
  return undefined;
}

function toneOf(result: "pass" | "warning" | "fail" | "inconclusive"): Tone {
  return ({ pass: "good", warning: "warn", fail: "bad", inconclusive: "unknown" } as const)[result];
}

const because = (reason: string | undefined) => (reason ? `: ${reason}` : "");
