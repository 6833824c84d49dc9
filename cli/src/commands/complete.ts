import type { Client } from "../client/http.ts";
import type { Project, RemediationSummary } from "../client/types.ts";
import type { CommandContext } from "../context.ts";

/** Nobody waits longer for a Tab. */
const PATIENCE_MS = 800;

type Given = { project?: string; stage?: string };

const SOURCES: Readonly<Record<string, (client: Client, given: Given) => Promise<string[]>>> = {
  async project(client) {
    return (await client.get<{ items: { project: string }[] }>("/v1/projects")).items.map(({ project }) => project);
  },
  stage: async (client, given) => (await stages(client, given)).map(({ name }) => name),
  async service(client, given) {
    const found = (await stages(client, given)).filter(({ name }) => !given.stage || name === given.stage);
    return found.flatMap((stage) => stage.services.map(({ name }) => name));
  },
  async context(client) {
    const page = await client.get<{ items: RemediationSummary[] }>("/v1/remediations", { limit: 50 });
    return page.items.map(({ context }) => context);
  },
};

async function stages(client: Client, { project }: Given): Promise<Project["stages"]> {
  const projects = project ? [project] : await SOURCES["project"]!(client, {});
  const views = await Promise.all(
    projects.slice(0, 10).map((name) => client.get<Project>(`/v1/projects/${encodeURIComponent(name)}`)),
  );
  return views.flatMap((view) => view.stages);
}

/** `evenkeel __complete KIND PREFIX`: names, one a line. Whatever goes wrong, a shell gets no words and no noise. */
export async function complete(context: CommandContext, given: Given, kind = "", prefix = ""): Promise<void> {
  const source = Object.hasOwn(SOURCES, kind) ? SOURCES[kind] : undefined;
  if (!source) return;
  try {
    const names = await source(context.client(PATIENCE_MS), given);
    for (const name of new Set(names)) if (name.startsWith(prefix)) context.out.line(name);
  } catch {
    // A completion that fails is an empty one.
  }
}
