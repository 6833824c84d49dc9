import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Source } from "../../../src/routes/sources.ts";
import { get } from "../api.ts";
import { useLoad } from "../load.ts";
import { query } from "../router.ts";
import type { ProjectView } from "../types.ts";
import { countText, param, SelectField } from "./filters.tsx";

/** Where there is little room the filters are folded away, and say how many of them are set. */
export function MoreFilters({
  names,
  children,
}: {
  names: readonly string[];
  children: ComponentChildren;
}): JSX.Element {
  const set = names.filter((name) => query.value.getAll(name).length > 0).length;
  const [open, setOpen] = useState(() => matchMedia("(width >= 760px)").matches);
  return (
    <details
      class="more-filters"
      open={open}
      onToggle={({ currentTarget }) => setOpen((currentTarget as HTMLDetailsElement).open)}
    >
      <summary>Filters{set > 0 && ` (${set} set)`}</summary>
      <div class="filters">{children}</div>
    </details>
  );
}

/** Project, stage and service as the files have them; what else the address names is kept. */
export function TargetFields({
  counts = new Map(),
  more,
}: {
  counts?: ReadonlyMap<string, number>;
  more?: boolean | undefined;
}): JSX.Element {
  const project = param("project");
  const stage = param("stage");
  const projects = useLoad("projects", async (signal) => {
    const { items } = await get<{ items: { project: string }[] }>("/v1/projects", {}, signal);
    return Promise.all(
      items.map((one) => get<ProjectView>(`/v1/projects/${encodeURIComponent(one.project)}`, {}, signal)),
    );
  });
  const known = projects.data ?? [];
  const stages = known.filter((one) => !project || one.project === project).flatMap((one) => one.stages);
  const services = stages.filter(({ name }) => !stage || name === stage).flatMap((one) => one.services);
  const names = new Set([...counts.keys(), ...services.map(({ name }) => name)]);
  return (
    <>
      <SelectField
        name="project"
        label="Project"
        any="Any project"
        options={optionsOf(known.map((one) => one.project))}
      />
      <SelectField name="stage" label="Stage" any="Any stage" options={optionsOf(stages.map(({ name }) => name))} />
      <SelectField
        name="service"
        label="Service"
        any="Any service"
        options={[...names].sort().map((name) => [name, withCount(name, counts.get(name), more)] as const)}
      />
    </>
  );
}

/** Of problems: who reported them. */
export function SourceField(): JSX.Element {
  const sources = useLoad(
    "sources",
    async (signal) => (await get<{ items: Source[] }>("/v1/sources", {}, signal)).items,
  );
  const names = sources.data?.map(({ name }) => name) ?? [];
  return <SelectField name="source" label="Reported by" any="Any source" options={optionsOf(names)} />;
}

export function optionsOf(names: readonly string[]): (readonly [string, string])[] {
  return [...new Set(names)].sort().map((name) => [name, name] as const);
}

/** @param more there may be more of them than were counted */
export function withCount(text: string, count: number | undefined, more?: boolean): string {
  return count === undefined ? text : `${text} (${countText(count, more)})`;
}
