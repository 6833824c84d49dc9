import type { Target } from "@evenkeel/events";
import { filesOf } from "./apply-files.ts";
import { missing } from "./missing.ts";
import { projectView } from "./views/project.ts";
import type { VisibleJournal } from "./visible.ts";

/**
 * Makes sure that a target exists: in the project's files, or in the log, as a service may live from the files of its
 * stage alone.
 * @throws HttpProblem 404 that names what is missing, and what there is
 */
export async function insistOnTarget(journal: VisibleJournal, target: Target): Promise<void> {
  const { stages } = projectView(await filesOf(journal, target.project));
  const stage = stages.find(({ name }) => name === target.stage);
  if (!stage) {
    const names = stages.map(({ name }) => name);
    throw missing("stage", target.stage, names, `project ${target.project} has stages`);
  }
  if (stage.services.some(({ name }) => name === target.service)) return;
  const { project, service } = target;
  const runs = await journal.remediations({ project, stage: target.stage, service, limit: 1 });
  if (runs.length > 0) return;
  const names = stage.services.map(({ name }) => name);
  throw missing("service", service, names, `stage ${target.stage} of project ${project} has services`);
}
