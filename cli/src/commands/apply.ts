import type { CommandContext } from "../context.ts";
import type { Client } from "../client/http.ts";
import { CliError, isCliError, EXIT } from "../errors.ts";
import { checkProjects } from "../projects/check.ts";
import { readProjects } from "../projects/read.ts";
import { checkSettings } from "../projects/settings.ts";
import { count, oneLine, shortId } from "../text.ts";

export interface ApplyOptions {
  dryRun?: boolean;
  replace?: boolean;
  watch?: boolean;
}

interface Applied {
  revision?: string;
  previous?: string;
  changed: { path: string; change: "added" | "changed" | "removed" }[];
  warnings: string[];
  dryRun: boolean;
}

/** `evenkeel apply DIR` */
export async function apply(context: CommandContext, options: ApplyOptions, folder = "."): Promise<number | void> {
  const client = context.client();
  if (!options.watch) return applyOnce(context, client, options, folder);
  const { watchFolder } = await import("../projects/watch.ts");
  await watchFolder(
    folder,
    { signal: context.io.signal, onWatching: () => context.out.note(`watching ${folder}`) },
    () => applyOrReport(context, client, options, folder),
  );
  return EXIT.interrupted;
}

/** While watching, a bad file is told of and the next change awaited; the server keeps what it has. */
async function applyOrReport(
  context: CommandContext,
  client: Client,
  options: ApplyOptions,
  folder: string,
): Promise<void> {
  try {
    await applyOnce(context, client, options, folder);
  } catch (error) {
    if (!isCliError(error)) throw error;
    const say = (text: string) => void context.io.stderr.write(`${text}\n`);
    say(`error: ${error.message}`);
    for (const line of error.details) say(`  ${line}`);
    say("the files on the server stay as they were");
  }
}

async function applyOnce(
  context: CommandContext,
  client: Client,
  options: ApplyOptions,
  folder: string,
): Promise<void> {
  const { out } = context;
  const reading = await readProjects(folder);
  const { findings, warnings } = await checkProjects(reading, checkSettings(context));
  for (const warning of warnings) out.note(`warning: ${warning}`);
  if (findings.length > 0) {
    const message = `${count(findings.length, "finding")}; nothing was changed`;
    throw new CliError(EXIT.usage, message, { details: findings });
  }
  const { dryRun = false, replace = false } = options;
  const results: (Applied & { project: string })[] = [];
  for (const [project, files] of reading.projects) {
    const path = `/v1/projects/${encodeURIComponent(project)}/resources`;
    const applied = await client.send<Applied>("PUT", path, { files: Object.fromEntries(files), replace, dryRun });
    results.push({ project, ...applied });
  }
  const text = () => results.flatMap((applied) => describe(applied));
  await out.object({ apiVersion: "evenkeel.dev/v1", kind: "AppliedList", items: results }, text, () =>
    results.map(({ project }) => `project/${project}`).join("\n"),
  );
}

function describe({ project, revision, changed, dryRun }: Applied & { project: string }): string[] {
  const at = revision ? ` at revision ${shortId(revision)}` : "";
  const would = dryRun ? " (dry run: nothing was changed)" : "";
  if (changed.length === 0) return [`project/${project} unchanged${at}${would}`];
  const rows = changed.map(({ path, change }) => `  ${change.padEnd(7)}  ${oneLine(path)}`);
  return [
    `project/${project} ${dryRun ? "would change" : "applied"}${at}: ${count(changed.length, "file")}${would}`,
    ...rows,
  ];
}
