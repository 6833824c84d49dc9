import type { StoredEvent } from "@evenkeel/events";
import type { EventQuery } from "@evenkeel/journal";
import { evaluationView, type Evaluation, type Remarks } from "./views/evaluation.ts";
import type { VisibleJournal } from "./visible.ts";

type Finished = Extract<StoredEvent, { kind: "evaluation.finished" }>;
type Filters = Pick<EventQuery, "project" | "stage" | "service" | "context" | "result" | "from" | "to">;

/** Finished evaluations, newest first. */
export async function listEvaluations(
  journal: VisibleJournal,
  filters: Filters,
  before: string | undefined,
  limit: number,
): Promise<Finished[]> {
  const events = await journal.list({ ...filters, types: ["evaluation.finished"], before, limit });
  return events.filter((event) => event.kind === "evaluation.finished");
}

/** The views, each with what people have said and done about it since. */
export async function withRemarks(
  journal: VisibleJournal,
  filters: Filters,
  events: readonly Finished[],
): Promise<Evaluation[]> {
  const oldest = events.at(-1);
  if (!oldest) return [];
  const { project, stage, service, context } = filters;
  const found = await remarksAfter(journal, { project, stage, service, context }, oldest.seq);
  return events.map((event) => {
    const mayWrite = journal.may("evaluations:write", event.data.project);
    return evaluationView(event, found.get(identity(event)) ?? { annotations: [] }, mayWrite);
  });
}

export async function latestEvaluation(journal: VisibleJournal, context: string): Promise<Evaluation | undefined> {
  const events = await listEvaluations(journal, { context }, undefined, 1);
  return (await withRemarks(journal, { context }, events))[0];
}

const PAGE = 200;
const REMARKS = ["evaluation.invalidated", "evaluation.annotated"];

/** A remark stands behind its evaluation in the log; there are few of them, as people make them by hand. */
async function remarksAfter(journal: VisibleJournal, filters: Filters, seq: string): Promise<Map<string, Remarks>> {
  const found = new Map<string, Remarks>();
  let before: string | undefined;
  for (;;) {
    const events = await journal.list({ ...filters, types: REMARKS, before, limit: PAGE });
    for (const event of events) {
      const known = found.get(identity(event)) ?? { annotations: [] };
      if (event.kind === "evaluation.invalidated") found.set(identity(event), { ...known, invalidation: event });
      if (event.kind === "evaluation.annotated")
        found.set(identity(event), { ...known, annotations: [event, ...known.annotations] });
    }
    const last = events.at(-1);
    if (!last || events.length < PAGE || BigInt(last.seq) < BigInt(seq)) return found;
    before = last.seq;
  }
}

/** What a remark and its evaluation have in common. */
function identity({ context, triggeredid }: { context: string; triggeredid?: string }): string {
  return `${context} ${triggeredid ?? ""}`;
}
