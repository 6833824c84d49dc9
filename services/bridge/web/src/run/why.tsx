import type { JSX } from "preact";
import { formatSpan } from "../format.ts";
import { Icon } from "../ui/icons.tsx";
import { Card, Link } from "../ui/parts.tsx";
import type { DataOf, LogEvent, RemediationView } from "../types.ts";
import { actionText, changeText } from "./steps.ts";

/** Why it was done so, and why not otherwise. */
export function Why({ run, events }: { run: RemediationView; events: readonly LogEvent[] }): JSX.Element {
  const { plan } = run;
  return (
    <Card title="Why?">
      {run.phase === "finished" && <p class="why-end">{run.message}</p>}
      {plan ? (
        <>
          <h3>Entries of remediation.yaml</h3>
          <ul class="why-list">
            {plan.considered.map(({ line, problemType, matched, why }) => (
              <li key={line} class={matched ? "why-yes" : "why-no"}>
                <Icon name={matched ? "good" : "quiet"} />
                <div>
                  <strong>{problemType}</strong> <span class="muted">line {line}</span>
                  <div class="why-text">
                    <span class="visually-hidden">{matched ? "Matched: " : "Not matched: "}</span>
                    {why}
                  </div>
                </div>
              </li>
            ))}
            {plan.considered.length === 0 && <li>The file has no entries.</li>}
          </ul>
          <p class="muted small">
            Files of <Link to={serviceLink(run, plan.revision)}>revision {plan.revision.slice(0, 8)}</Link>, pinned for
            this run.
          </p>
        </>
      ) : (
        <p>{run.phase === "finished" ? "No plan was made." : "remediation.yaml has not been read yet."}</p>
      )}
      {plan && plan.actions.length > 0 && (
        <>
          <h3>Actions</h3>
          <Actions run={run} plan={plan} events={events} />
        </>
      )}
    </Card>
  );
}

export function serviceLink({ target }: Pick<RemediationView, "target">, revision?: string): string {
  const { project, stage, service } = target;
  const path = [project, stage, service].map(encodeURIComponent).join("/");
  return `/services/${path}${revision ? `?revision=${revision}` : ""}`;
}

function Actions({
  run,
  plan,
  events,
}: {
  run: RemediationView;
  plan: NonNullable<RemediationView["plan"]>;
  events: readonly LogEvent[];
}): JSX.Element {
  return (
    <ol class="why-actions">
      {plan.actions.map((action, at) => {
        const step = run.steps[at];
        const finished = events.find(
          ({ kind, data }) => kind === "action.finished" && (data as DataOf<"action.finished">).attempt === at,
        );
        const { details } = (finished?.data ?? {}) as Partial<DataOf<"action.finished">>;
        const change = changeText({ ...details, name: undefined });
        const limits = [
          ...(action.action !== "scaling" || action.min === undefined ? [] : [`at least ${action.min}`]),
          ...(action.action !== "scaling" || action.max === undefined ? [] : [`at most ${action.max}`]),
          ...(action.then === "evaluate" ? [`waits ${formatSpan(action.wait)}, then evaluates`] : []),
          ...(action.then === "next" ? ["not evaluated: the next action follows at once"] : []),
        ];
        return (
          <li key={at} class={step ? "" : "why-not-run"}>
            <strong>{actionText(action)}</strong>
            <div class="why-text">
              {step ? outcomeText(step) : notRun(run, at)}
              {change && <span class="replicas">replicas {change}</span>}
            </div>
            {limits.length > 0 && <div class="muted small">{limits.join(", ")}</div>}
          </li>
        );
      })}
    </ol>
  );
}

function outcomeText({ result, status, message, evaluation }: RemediationView["steps"][number]): string {
  const done = result === "pass" ? "Done." : `${status === "succeeded" ? result : status}: ${message}`;
  return evaluation ? `${done} Evaluation: ${evaluation.result}.` : done;
}

function notRun(run: RemediationView, at: number): string {
  if (run.phase !== "finished")
    return at === (run.attempt ?? 0) - 1 ? "running now" : "only if those before do not help";
  if (run.reason === "healed") return "skipped: the service was healthy before";
  if (run.reason === "improved") return "skipped: the service was better before";
  if (run.reason === "inconclusive") return "skipped: nobody knows whether those before have helped";
  if (run.reason === "aborted") return "skipped: the run was aborted";
  if (run.problemState !== "open") return "skipped: the problem was gone";
  return "skipped: the run had ended";
}
