import type { JSX } from "preact";
import { formatSpan, formatTook, plural, runWord } from "../format.ts";
import { now } from "../clock.ts";
import type { RemediationSummary } from "../types.ts";
import type { Place } from "./chunk.tsx";
import { Icon } from "./icons.tsx";
import { Ago, Badge, Link } from "./parts.tsx";

/** A run in a list: what, where, how it stands. */
export function RunRow({ run, place }: { run: RemediationSummary; place?: Place }): JSX.Element {
  const { problem, target, phase, action, attempt, attempts, message, finishedAt, triggeredAt } = run;
  const { paused } = run;
  const at =
    phase === "finished"
      ? ""
      : paused
        ? `by ${paused.by}${paused.reason ? `: ${paused.reason}` : ""}`
        : action
          ? `${attempt}/${attempts} ${action}`
          : phase === "queued"
            ? "begins when the run before it has ended"
            : "";
  return (
    <li class="row run-row" title={message} {...place}>
      <span class="row-status">
        <Badge word={runWord(run)} />
        <ProblemState run={run} />
      </span>
      <span class="row-main">
        <Link to={`/remediations/${encodeURIComponent(run.context)}`} class="row-link" data-row>
          {problem.title}
        </Link>
        {problem.rootCause && <span class="row-sub">Root cause: {problem.rootCause}</span>}
        <span class="row-sub">{at || message || (attempts ? plural(attempts, "action") : "")}</span>
      </span>
      <span class="row-where">
        {target.service}
        <span class="muted small">
          {target.project} / {target.stage}
        </span>
      </span>
      <span class="row-when">
        <Ago time={triggeredAt} />
        <span class="muted small">
          {phase === "waiting" && run.due && !paused ? (
            <Countdown due={run.due} />
          ) : finishedAt ? (
            `took ${formatTook(triggeredAt, finishedAt)}`
          ) : (
            ""
          )}
        </span>
      </span>
    </li>
  );
}

/** Once a run has ended: whether its problem has as well. */
export function ProblemState({ run }: { run: RemediationSummary }): JSX.Element | null {
  if (run.phase !== "finished") return null;
  const isOpen = run.problemState === "open";
  return (
    <span class={`problem-state ${isOpen ? `tone-${runWord(run).tone}` : ""}`}>
      <Icon name={isOpen ? "problem" : "resolved"} size={13} />
      {isOpen ? "still open" : run.problemState}
    </span>
  );
}

function Countdown({ due }: { due: string }): JSX.Element {
  const left = Date.parse(due) - now.value;
  return <>{left > 0 ? `waits ${formatSpan(Math.ceil(left / 1000) * 1000)}` : "due now"}</>;
}
