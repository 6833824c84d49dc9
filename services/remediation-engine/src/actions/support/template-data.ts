import type { ActionContext } from "../types.ts";

/** What templates may name. `data` repeats it the way Keptn's events are laid out: `{{.data.project}}`. */
export function templateData({ context, step, target, problem, action }: ActionContext): Record<string, unknown> {
  const about = { name: action.name, action: action.action, description: action.description };
  return {
    context,
    shkeptncontext: context,
    step,
    target,
    problem,
    action: about,
    data: { project: target.project, stage: target.stage, service: target.service, problem, action: about },
  };
}
