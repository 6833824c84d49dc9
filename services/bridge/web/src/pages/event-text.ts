import { formatNumber, formatSpan, plural } from "../format.ts";
import { actionText, changeText } from "../run/steps.ts";
import type { SliValue } from "@evenkeel/events";
import type { DataOf, Kind, LogEvent } from "../types.ts";

/** What an event says, in a line. */
export function eventText(event: LogEvent): string {
  const data = (typeof event.data === "object" && event.data !== null ? event.data : {}) as Record<string, unknown>;
  const own = OWN[event.kind as Kind]?.(data as never);
  if (own) return own;
  const { title } = (data["problem"] ?? {}) as { title?: unknown };
  return (
    ([data["message"], data["reason"], title].find((text) => typeof text === "string" && text !== "") as string) ?? ""
  );
}

/** Where neither message nor title say it. */
const OWN: { readonly [K in Kind]?: (data: DataOf<K>) => string | undefined } = {
  problem: ({ state, problem }) => `${state}: ${problem.title}`,
  "problem.unrouted": ({ problem, reason }) => `${problem.title}: ${reason}`,
  "problem.ignored": ({ problem, reason }) => `${problem.title}: ${reason}`,
  "remediation.started": () => "the run has its service to itself",
  "remediation.queued": () => "another run works on this service",
  "action.triggered": ({ attempt, attempts, action }) => `${attempt + 1} of ${attempts}: ${actionText(action)}`,
  "action.finished": ({ details, message }) => changeText(details) ?? message,
  "evaluation.triggered": ({ evaluation: { start, end } }) =>
    `over the last ${formatSpan(Date.parse(end) - Date.parse(start))}`,
  "get-action.finished": ({ plan, message }) =>
    message || (plan?.matched && `matched “${plan.matched.problemType}”: ${plural(plan.actions.length, "action")}`),
  "wait.triggered": ({ durationMs }) => formatSpan(durationMs),
  "wait.finished": ({ endedBy, message }) => message || `ended by ${endedBy}`,
  "get-sli.triggered": ({ "get-sli": { indicators, sliProvider } }) => `${indicators.join(", ")} from ${sliProvider}`,
  "get-sli.finished": ({ "get-sli": { indicatorValues } }) => indicatorValues.map(valueText).join(", "),
  "evaluation.invalidated": ({ by, evaluation }) =>
    `by ${by ?? "someone"}${evaluation?.reason ? `: ${evaluation.reason}` : ""}`,
  "evaluation.annotated": ({ by, evaluation }) => `by ${by}: ${evaluation.note}`,
  "remediation.repeated": ({ by, reason }) => `by ${by}${reason ? `: ${reason}` : ""}`,
  "task.retried": ({ taskKind, by, reason }) => `${taskKind}, by ${by}${reason ? `: ${reason}` : ""}`,
  "resources.applied": ({ changed, by }) => `${plural(changed.length, "file")} changed${by ? ` by ${by}` : ""}`,
  "task.parked": ({ taskKind, error }) => `${taskKind}: ${error}`,
};

function valueText({ metric, value, message }: SliValue): string {
  return `${metric} ${value === null ? `has no value: ${message}` : formatNumber(value)}`;
}
