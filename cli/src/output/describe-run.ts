import type { LogEvent } from "../client/stream.ts";
import type { RemediationDetail } from "../client/types.ts";
import { newStory, storyLine } from "../story.ts";
import { actionText } from "../story-numbers.ts";
import { oneLine } from "../text.ts";
import { resultColor, type Output } from "./output.ts";
import { span } from "./time.ts";

interface Style {
  colors: Output["colors"];
  now: Date;
}

/** The story of one run: what it is, why this was done and not that, and each step with its numbers and times. */
export function describeRun(run: RemediationDetail, events: readonly LogEvent[], style: Style): string[] {
  return [
    ...head(run, style),
    ...labels(run),
    ...plan(run, style),
    ...history(run, events, style),
    ...commands(run),
  ].map((line) => line.trimEnd());
}

function head(run: RemediationDetail, { colors, now }: Style): string[] {
  const { context, target, problem, problemState, phase, result, reason, message, triggeredAt, finishedAt } = run;
  const took = span((finishedAt ? Date.parse(finishedAt) : now.getTime()) - Date.parse(triggeredAt));
  const paint = resultColor(colors);
  return [
    field("Context", context),
    field("Service", `${target.service} in ${target.project}/${target.stage}`),
    field("Problem", `${oneLine(problem.title)} (${problem.severity}, from ${problem.source}, ${problemState})`),
    ...(problem.rootCause ? [field("Root cause", oneLine(problem.rootCause))] : []),
    ...(problem.url ? [field("Link", oneLine(problem.url))] : []),
    field("Began", triggeredAt),
    finishedAt ? field("Finished", `${finishedAt} (after ${took})`) : field("Phase", phaseText(run, took)),
    ...(run.paused
      ? [field("Paused", `by ${run.paused.by}${run.paused.reason ? `: ${oneLine(run.paused.reason)}` : ""}`)]
      : []),
    ...(result ? [field("Verdict", `${paint(result)} (${reason}): ${oneLine(message ?? "")}`)] : []),
    ...(run.repeats ? [field("Repeats", `${run.repeats.context} ${askedBy(run.repeats)}`)] : []),
    ...(run.repeated ? [field("Run again", `as ${run.repeated.context} ${askedBy(run.repeated)}`)] : []),
    ...(phase === "queued" && run.behind ? [field("Behind", run.behind)] : []),
  ];
}

const askedBy = ({ by, reason }: { by: string; reason?: string }) => `by ${by}${reason ? `: ${oneLine(reason)}` : ""}`;
const field = (name: string, value: string) => `${`${name}:`.padEnd(12)} ${value}`;

function phaseText({ phase, action, attempt, attempts, due, aborting }: RemediationDetail, took: string): string {
  const step = action ? `, action ${attempt} of ${attempts} (${action})` : "";
  const until = due ? `, until ${due}` : "";
  return `${phase}${step}${until}, for ${took} so far${aborting ? "; will be aborted" : ""}`;
}

function labels({ problem }: RemediationDetail): string[] {
  const entries = Object.entries(problem.labels);
  return entries.length === 0
    ? []
    : [field("Labels", entries.map(([name, value]) => oneLine(`${name}=${value}`)).join(", "))];
}

function plan({ plan: made }: RemediationDetail, { colors }: Style): string[] {
  if (!made) return [];
  const { matched, considered, actions, revision } = made;
  const entries = considered.map(({ problemType, line, matched: chosen, why }) => {
    const mark = chosen ? colors.green("*") : " ";
    return `  ${mark} line ${line}  ${oneLine(problemType)}: ${oneLine(why)}`;
  });
  const steps = actions.map((action, index) => {
    const then = {
      evaluate: `wait ${span(action.wait)}, then evaluate`,
      next: "then the next action",
      finish: "then end",
    };
    return `    ${index + 1}. ${oneLine(actionText(action))}: ${then[action.then]}`;
  });
  return [
    "",
    `Plan (remediation.yaml at revision ${revision.slice(0, 8)}):`,
    ...(entries.length > 0 ? entries : ["    the file has no entries"]),
    ...(matched ? ["  Actions:", ...steps] : ["  No entry matched."]),
  ];
}

/** The story's lines, each with the time since the begin. */
function history(run: RemediationDetail, events: readonly LogEvent[], { colors }: Style): string[] {
  const memory = newStory();
  const begun = Date.parse(run.triggeredAt);
  const lines = events.flatMap((event) => {
    const story = storyLine(event, memory);
    if (!story) return [];
    const after = `+${span(Math.max(0, Date.parse(event.time) - begun))}`.padStart(8);
    const [first = "", ...rest] = story.lines;
    return [`${colors.dim(after)}  ${first}`, ...rest.map((line) => `${" ".repeat(10)}${line}`)];
  });
  return ["", "What happened:", ...lines];
}

function commands({ context, allowedCommands }: RemediationDetail): string[] {
  if (allowedCommands.length === 0) return [];
  return ["", `You can: ${allowedCommands.map((name) => `evenkeel ${name} ${context.slice(0, 8)}`).join(", ")}`];
}
