import type { Project } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { age } from "../output/time.ts";
import { shortId } from "../text.ts";

/** `evenkeel get projects` */
export async function getProjects(context: CommandContext): Promise<void> {
  const { out, io } = context;
  const client = context.client();
  const { items } = await client.get<{ items: { project: string }[] }>("/v1/projects");
  const rows: Project[] = [];
  for (const { project } of items) rows.push(await client.get<Project>(`/v1/projects/${encodeURIComponent(project)}`));
  await out.list({
    kind: "ProjectList",
    rows,
    name: (row) => `project/${row.project}`,
    empty: "no projects; upload some with: evenkeel apply DIR",
    columns: [
      { header: "PROJECT", value: (row) => row.project },
      { header: "STAGES", value: (row) => row.stages.map(stageText).join(", ") },
      { header: "SERVICES", value: (row) => services(row).length },
      { header: "REVISION", value: (row) => (out.format === "wide" ? row.revision : shortId(row.revision)) },
      { header: "AGE", value: (row) => age(row.createdAt, io.now()) },
      { header: "NAMES", value: (row) => services(row).join(", "), wide: true },
    ],
  });
}

function stageText({ name, remediation }: Project["stages"][number]): string {
  return remediation ? `${name} (automated)` : name;
}

function services({ stages }: Project): string[] {
  return [...new Set(stages.flatMap((stage) => stage.services.map(({ name }) => name)))];
}
