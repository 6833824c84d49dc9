import { classify, parseFile } from "@evenkeel/specs";
import * as z from "zod";
import { filesOf } from "../apply-files.ts";
import { strayStages } from "../check-files.ts";
import { text } from "../fields.ts";
import { route } from "../route.ts";

const FileFinding = z
  .object({
    path: z.string().describe("inside the project"),
    severity: z.enum(["error", "warning"]),
    line: z.number().int().optional().describe("from 1; absent: it is about the whole file"),
    column: z.number().int().optional().describe("from 1"),
    message: z.string(),
  })
  .meta({ id: "FileFinding" });
export type FileFinding = z.infer<typeof FileFinding>;

const list = route({
  method: "get",
  path: "/v1/projects/:project/findings",
  operationId: "getFindings",
  summary: "What is wrong or odd in the files of a project, as evenkeel validate would say",
  tag: "projects",
  scope: "read",
  on: "the path's project",
  params: z.object({ project: text(200) }),
  query: z.object({ revision: text(100).optional().describe("unset: the latest") }),
  responses: {
    200: {
      description: "every finding; none: all is well",
      schema: z.object({ project: z.string(), revision: z.string(), items: z.array(FileFinding) }),
      example: {
        project: "sockshop",
        revision: "f3c1a9e0d2b4c6a8e0f1a2b3c4d5e6f708192a3b",
        items: [
          { path: "production/carts/slo.yaml", severity: "warning", line: 4, column: 3, message: "unknown key pas" },
        ],
      },
    },
  },
  problems: { 404: "there is no such project or revision" },
  async handle({ params, query }, { journal }) {
    const { project, revision, files } = await filesOf(journal, params.project, query.revision);
    return { body: { project, revision, items: findingsOf(project, files) } };
  },
});

export const findingRoutes = [list];

/** Files were checked when they came into force; a later version may have learned to see more in them. */
function findingsOf(project: string, files: ReadonlyMap<string, string>): FileFinding[] {
  const found: FileFinding[] = [];
  for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const placed = classify(`${project}/${path}`);
    if (!placed) continue;
    if (placed.kind === "other") {
      if (placed.hint) found.push({ path, severity: "warning", message: placed.hint });
      continue;
    }
    const parsed = parseFile(placed.kind, content);
    const severity = parsed.ok ? "warning" : "error";
    for (const { line, column, message } of parsed.ok ? parsed.warnings : parsed.findings)
      found.push({ path, severity, line, column, message });
  }
  return [...found, ...strayStages(project, files).map(asFinding)];
}

function asFinding(stray: string): FileFinding {
  const [path = "", ...message] = stray.split(": ");
  return { path, severity: "warning", message: message.join(": ") };
}
