import type { CommandContext } from "../context.ts";
import { EXIT } from "../errors.ts";
import { checkProjects } from "../projects/check.ts";
import { checkSettings } from "../projects/settings.ts";
import { readProjects } from "../projects/read.ts";
import { count } from "../text.ts";

/** `evenkeel validate DIR` */
export async function validate(context: CommandContext, _options: object, folder = "."): Promise<number> {
  const { out } = context;
  const reading = await readProjects(folder);
  const { files, findings, warnings } = await checkProjects(reading, checkSettings(context));
  const ok = findings.length === 0;
  const projects = [...reading.projects.keys()];
  const text = () => [
    ...findings.map((finding) => `${out.colors.red("error")}    ${finding}`),
    ...warnings.map((warning) => `${out.colors.yellow("warning")}  ${warning}`),
  ];
  await out.object({ ok, projects, files, findings, warnings }, text, () => projects.join("\n"));
  const summary = `${count(files, "file")} of ${count(projects.length, "project")}: `;
  out.note(`${summary}${count(findings.length, "error")}, ${count(warnings.length, "warning")}`);
  return ok ? EXIT.ok : EXIT.usage;
}
