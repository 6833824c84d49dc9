import type { CommandContext } from "../context.ts";
import { CliError, EXIT } from "../errors.ts";

export interface GetResourcesOptions {
  project: string;
  stage?: string;
  service?: string;
  revision?: string;
}

interface Resource {
  path: string;
  stage?: string;
  service?: string;
  kind: string;
  bytes: number;
}

/** `evenkeel get resources [PATH]` */
export async function getResources(
  context: CommandContext,
  options: GetResourcesOptions,
  path?: string,
): Promise<void> {
  const { out } = context;
  const { project, stage, service, revision } = options;
  const client = context.client();
  const base = `/v1/projects/${encodeURIComponent(project)}`;
  const list = await client.get<{ revision: string; items: Resource[] }>(`${base}/resources`, { revision });
  const rows = list.items.filter((row) => (!stage || row.stage === stage) && (!service || row.service === service));
  if (path !== undefined) {
    if (!list.items.some((row) => row.path === path)) throw noSuchFile(project, path);
    const text = await client.text(`${base}/${resourcePath(path, list.items)}`, { revision: list.revision });
    return out.object(
      { project, revision: list.revision, path, text },
      () => [text.replace(/\n$/, "")],
      () => path,
    );
  }
  await out.list({
    kind: "ResourceList",
    rows,
    name: (row) => row.path,
    empty: "no files",
    columns: [
      { header: "PATH", value: (row) => row.path },
      { header: "KIND", value: (row) => row.kind },
      { header: "STAGE", value: (row) => row.stage },
      { header: "SERVICE", value: (row) => row.service },
      { header: "BYTES", value: (row) => row.bytes },
    ],
  });
  out.note(`revision ${list.revision}`);
}

/** The API has a path of its own for each level. */
function resourcePath(path: string, rows: readonly (Resource & { uri?: string })[]): string {
  const { stage, service, uri = path } = rows.find((row) => row.path === path) ?? { path };
  const level = [stage && `stages/${encodeURIComponent(stage)}`, service && `services/${encodeURIComponent(service)}`];
  return [...level.filter(Boolean), "resources", ...uri.split("/").map(encodeURIComponent)].join("/");
}

function noSuchFile(project: string, path: string): CliError {
  const next = `evenkeel get resources --project ${project}`;
  return new CliError(EXIT.notFound, `project ${project} has no file ${path}`, { next });
}
