import type { Target } from "@evenkeel/events";
import type { Journal, TakenTask } from "@evenkeel/journal";

/** What is to be evaluated: the service after an action of a run, or a quality gate by hand. */
export interface Subject {
  context: string;
  target: Target;
  window: { start: string; end: string };
  /** Id of `evaluation.triggered`, which all that follows answers. */
  triggeredid: string;
  labels: Record<string, string>;
  source: string;
  /** The files' revision that the run is pinned to; a gate takes the latest. */
  revision?: string;
  /** Of a run only: its problem serves as the indicator when there is no slo.yaml. */
  problem?: "open" | "resolved" | "merged";
}

/** The subject of an evaluate task; undefined when the run has moved on. */
export async function subjectOf(journal: Journal, task: TakenTask): Promise<Subject | undefined> {
  const gate = task.payload["gate"];
  if (typeof gate === "string") return gateSubject(journal, task.context, gate);
  const state = task.seen?.state;
  if (state?.phase !== "evaluating") return undefined;
  return {
    context: task.context,
    target: state.target,
    window: state.window,
    triggeredid: state.triggeredid,
    labels: state.problem.labels,
    source: state.problem.source,
    revision: state.plan.revision,
    problem: state.problemState,
  };
}

async function gateSubject(journal: Journal, context: string, id: string): Promise<Subject | undefined> {
  const event = (await journal.read(context)).find((e) => e.id === id);
  if (event?.kind !== "evaluation.triggered") return undefined;
  const { project, stage, service, labels, evaluation } = event.data;
  return {
    context,
    target: { project, stage, service },
    window: evaluation,
    triggeredid: id,
    labels: labels ?? {},
    source: event.source,
  };
}
