import {
  kindOf,
  NOBODY_TOLD,
  registry,
  type CloudEventJson,
  type DataOf,
  type Kind,
  type Result,
} from "@evenkeel/events";
import { formatDuration } from "@evenkeel/specs";
import { actionText, describeNumbers, type IndicatorText } from "./story-numbers.ts";
import { count, oneLine, shortId } from "./text.ts";

/** How a line is meant; the renderer chooses symbol and colour by it. */
export type Tone = "problem" | "step" | "wait" | "good" | "warn" | "bad" | "quiet";

export interface StoryLine {
  kind: Kind;
  context: string;
  /** RFC 3339, the event's. */
  time: string;
  tone: Tone;
  /** One character, with a word of ASCII for terminals that have no better. */
  symbol: StorySymbol;
  /** First the sentence, then what belongs to it; without symbol, time and colour. */
  lines: string[];
  /** Until when this run now waits. */
  waitUntil?: Date;
  /** Set by the event that ends a run. */
  verdict?: { result: Result; reason: string; message: string };
}

export type StorySymbol = { unicode: string; ascii: string };

const SYMBOLS: Readonly<Record<Tone, StorySymbol>> = {
  problem: { unicode: "▲", ascii: "!" },
  step: { unicode: "●", ascii: "*" },
  wait: { unicode: "◷", ascii: "~" },
  good: { unicode: "✔", ascii: "+" },
  warn: { unicode: "▲", ascii: "!" },
  bad: { unicode: "✖", ascii: "x" },
  quiet: { unicode: "·", ascii: "-" },
};

/** What earlier events of a run have said, and later ones leave out. One memory for a whole story. */
export type StoryMemory = Map<string, Told>;

interface Told {
  paused?: boolean;
  title?: string;
  begun?: string;
  action?: DataOf<"action.triggered">;
  queued?: boolean;
}

/** Runs remembered at most, so that watching for weeks does not grow; the oldest is forgotten first. */
const REMEMBERED = 1000;

export const newStory = (): StoryMemory => new Map();

type Said = Omit<StoryLine, "kind" | "context" | "time" | "symbol">;
type Teller<K extends Kind> = (data: DataOf<K>, told: Told, event: CloudEventJson) => Said | undefined;

/**
 * Tells one event of the log in a line or a few. Undefined: nothing that a reader of the story would miss. Only
 * `memory` is changed. An event whose data is not what its type promises is told by its type alone.
 */
export function storyLine(event: CloudEventJson, memory: StoryMemory): StoryLine | undefined {
  const kind = kindOf(event.type);
  const parsed = registry[kind][1].safeParse(event.data);
  const told = remember(memory, event.shkeptncontext);
  const teller = tellers[kind] as Teller<Kind> | undefined;
  const said = parsed.success ? teller?.(parsed.data, told, event) : line("quiet", `${event.type} (unreadable data)`);
  if (!said) return undefined;
  const lines = said.lines.map((text) => text.trimStart() && indent(text) + oneLine(text));
  return { kind, context: event.shkeptncontext, time: event.time, symbol: SYMBOLS[said.tone], ...said, lines };
}

const indent = (text: string) => text.slice(0, text.length - text.trimStart().length);

function remember(memory: StoryMemory, context: string): Told {
  const known = memory.get(context);
  if (known) return known;
  const oldest = memory.size >= REMEMBERED ? memory.keys().next().value : undefined;
  if (oldest !== undefined) memory.delete(oldest);
  const told: Told = {};
  memory.set(context, told);
  return told;
}

const line = (tone: Tone, ...lines: string[]): Said => ({ tone, lines });

const tellers: { [K in Kind]?: Teller<K> } = {
  problem(data, told) {
    const { problem, state } = data;
    const where = place(data);
    if (state === "resolved" || state === "merged") return line("good", `problem ${state}: ${problem.title}${where}`);
    if (state === "info") return line("quiet", `notice: ${problem.title}${where}`);
    const again = told.title !== undefined ? " again" : "";
    told.title = problem.title;
    const cause = problem.rootCause ? `, root cause ${problem.rootCause}` : "";
    return line(
      "problem",
      `problem${again}: ${problem.title}${where} (${problem.severity}, from ${problem.source}${cause})`,
    );
  },
  "problem.unrouted": ({ problem, reason }) => line("warn", `not routed: ${problem.title}: ${reason}`),
  "problem.ignored": ({ problem, reason }) => line("quiet", `nothing to do: ${problem.title}: ${reason}`),
  "remediation.triggered"(data, told, event) {
    told.begun = event.time;
    if (told.title !== undefined) return undefined;
    told.title = data.problem.title;
    const { repeats } = data;
    if (repeats) {
      const what = `run again for ${repeats.by}${because(repeats.reason)}: ${data.problem.title}${place(data)}`;
      return line("problem", what, `  repeats run ${shortId(repeats.context)}`);
    }
    return line("problem", `problem: ${data.problem.title}${place(data)} (${data.problem.severity})`);
  },
  "remediation.queued"(data, told) {
    told.queued = true;
    return line("wait", `in line behind run ${shortId(data.behind)}, which works on ${data.service} now`);
  },
  "remediation.started": (_data, told) => (told.queued ? line("step", "its turn has come") : undefined),
  "get-action.finished"({ plan, message, reason }) {
    const matched = plan?.matched;
    if (!matched || reason) return line("bad", `no plan: ${message}`, ...whyNot(plan));
    const actions = plan.actions.map(actionText).join(", then ");
    return line(
      "step",
      `matched "${matched.problemType}" (remediation.yaml line ${matched.line}, by ${matched.by}): ${actions}`,
    );
  },
  "action.triggered"(data, told) {
    told.action = data;
    return undefined;
  },
  "action.started": (data, told) => line("step", `${attemptText(told)}${startedText(data, told)}`),
  "action.finished"({ result, status, message }, told) {
    if (result === "pass") return line("good", message);
    if (result === "warning") return line("warn", message);
    return line("bad", failedText(status, message, told));
  },
  "wait.triggered"({ durationMs, retry }, _told, event) {
    const until = new Date(Date.parse(event.time) + durationMs);
    const why = retry > 0 ? `before evaluation try ${retry + 1}` : "before the evaluation";
    return { ...line("wait", `waiting ${formatDuration(durationMs)} ${why}`), waitUntil: until };
  },
  "wait.finished"({ endedBy, message }, { paused }) {
    if (endedBy !== "due") return line("step", `wait ended: ${message}`);
    return paused ? line("step", "wait ended; goes on when resumed") : undefined;
  },
  "evaluation.triggered"(data, told) {
    if (told.title !== undefined) return undefined;
    const { start, end } = data.evaluation;
    return line("step", `evaluating${place(data)} from ${start} to ${end}`);
  },
  "get-sli.finished": ({ result, message }) =>
    result === "pass" ? undefined : line("warn", `missing values: ${message}`),
  "evaluation.finished"({ result, message, evaluation }) {
    const span = formatDuration(roundSeconds(Date.parse(evaluation.timeEnd) - Date.parse(evaluation.timeStart)));
    const rows = alignNumbers(describeNumbers(evaluation.indicatorResults));
    const why = rows.length === 0 || result === "inconclusive" ? `: ${message}` : "";
    const score = result === "inconclusive" ? "" : `, score ${round(evaluation.score)}`;
    return line(toneOf(result), `evaluation over ${span}: ${result}${score}${why}`, ...rows.map((row) => `  ${row}`));
  },
  "evaluation.invalidated": ({ by, evaluation }) =>
    line("quiet", `evaluation voided${by ? ` by ${by}` : ""}${evaluation?.reason ? `: ${evaluation.reason}` : ""}`),
  "evaluation.annotated": ({ by, evaluation }) => line("quiet", `note by ${by}: ${evaluation.note}`),
  "remediation.finished"({ result, reason, message, status }, told, event) {
    const took = told.begun
      ? ` in ${formatDuration(roundSeconds(Date.parse(event.time) - Date.parse(told.begun)))}`
      : "";
    const word = status === "aborted" ? "aborted" : `${result} (${reason})`;
    return { ...line(toneOf(result), `finished${took}: ${word}: ${message}`), verdict: { result, reason, message } };
  },
  "remediation.paused"({ by, reason }, told) {
    told.paused = true;
    return line("warn", `paused by ${by}${because(reason)}`);
  },
  "remediation.resumed"({ by, reason }, told) {
    told.paused = false;
    return line("step", `resumed by ${by}${because(reason)}`);
  },
  "remediation.aborted": ({ by, reason }) => line("warn", `abort asked for by ${by}${because(reason)}`),
  "remediation.repeated": ({ by, reason, run }) =>
    line("step", `run again by ${by} as run ${shortId(run)}${because(reason)}`),
  "escalation.sent": ({ message, to }) =>
    to.startsWith(NOBODY_TOLD)
      ? line("bad", `nobody was told: ${to.slice(NOBODY_TOLD.length)}`, `  ${message}`)
      : line("warn", `told people: ${message} (to ${to})`),
  "escalation.failed": ({ message, to, error }) =>
    line("bad", `could not tell people at ${to}: ${error}`, `  ${message}`),
  "task.parked": ({ taskKind, error }) => line("bad", `${taskKind} set aside after too many failures: ${error}`),
  "task.retried": ({ taskKind, by, reason }) => line("step", `${taskKind} tried again by ${by}${because(reason)}`),
  "resources.applied": ({ project, revision, changed }) =>
    line("quiet", `files of ${project} are now at ${shortId(revision)} (${count(changed.length, "change")})`),
  other: (_data, _told, event) => line("quiet", `${event.type} from ${event.source}`),
};

function place({ project, stage, service }: { project?: string; stage?: string; service?: string }): string {
  const at = [project, stage].filter(Boolean).join("/");
  return service ? ` on ${service}${at ? ` in ${at}` : ""}` : "";
}

/** "action 2 of 3 (One more replica): "; what goes without saying is left out. */
function attemptText({ action: told }: Told): string {
  if (!told) return "";
  const { attempt, attempts, action } = told;
  const number = attempts > 1 ? `action ${attempt + 1} of ${attempts}` : "";
  if (action.name === action.action) return number && `${number}: `;
  return number ? `${number} (${action.name}): ` : `${action.name}: `;
}

/** "scaling carts-primary 1 → 2" where the plan has the numbers, else the action's own sentence. */
function startedText({ plan, message }: DataOf<"action.started">, { action: told }: Told): string {
  const { name, before, after, autoscaler } = plan;
  if (typeof before !== "number" || typeof after !== "number") return message;
  const owner = typeof autoscaler === "string" ? ` (by the minimum of autoscaler ${autoscaler})` : "";
  const workload = typeof name === "string" ? ` ${name}` : "";
  return `${told?.action.action ?? "scaling"}${workload} ${before} → ${after}${owner}`;
}

function failedText(status: string, message: string, told: Told): string {
  return `${attemptText(told)}${status === "succeeded" ? "failed" : status}: ${message}`;
}

/** The entries of the file that did not match, and why; few, since the story is read while it happens. */
function whyNot(plan: DataOf<"get-action.finished">["plan"]): string[] {
  const shown = plan?.considered.slice(0, 3) ?? [];
  return shown.map(({ problemType, line: at, why }) => `  line ${at} "${problemType}": ${why}`);
}

function alignNumbers(rows: readonly IndicatorText[]): string[] {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  return rows.map(({ name, text }) => `${name.padEnd(width)}  ${text}`);
}

function toneOf(result: Result): Tone {
  return ({ pass: "good", warning: "warn", fail: "bad", inconclusive: "warn" } as const)[result];
}

const because = (reason: string | undefined) => (reason ? `: ${reason}` : "");
const round = (score: number) => Math.round(score * 10) / 10;
const roundSeconds = (ms: number) => (ms >= 1000 ? Math.round(ms / 1000) * 1000 : ms);
