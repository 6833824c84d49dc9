import { get } from "../api.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad, type Loaded } from "../load.ts";
import type { ProjectView } from "../types.ts";

/** A project as its files have it; `view` is unset when it has none, as problems may name any project. */
export interface KnownProject {
  view?: ProjectView;
}

export function useProject(project: string): Loaded<KnownProject> {
  const loaded = useLoad(project, async (signal): Promise<KnownProject> => {
    const { items } = await get<{ items: { project: string }[] }>("/v1/projects", {}, signal);
    if (!items.some((one) => one.project === project)) return {};
    return { view: await get<ProjectView>(`/v1/projects/${encodeURIComponent(project)}`, {}, signal) };
  });
  useLiveReload(
    ({ kind, data }) => kind === "resources.applied" && (data as { project: string }).project === project,
    loaded.reload,
  );
  return loaded;
}
