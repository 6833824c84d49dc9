import * as z from "zod";
import { Applied, applyChecked, appliedExample, filesOf, noSuchProject, resourceView } from "../apply-files.ts";
import { text } from "../fields.ts";
import { filePath, projectName } from "../resource-path.ts";
import { route } from "../route.ts";
import { projectExample, ProjectSummary, ProjectView, projectView } from "../views/project.ts";

const projectParam = z.object({ project: text(200) });

const list = route({
  method: "get",
  path: "/v1/projects",
  operationId: "getProjects",
  summary: "Projects that have files, by name",
  tag: "projects",
  scope: "read",
  on: "readable projects",
  responses: {
    200: {
      description: "all of them",
      schema: z.object({ items: z.array(ProjectSummary) }),
      example: {
        items: [{ project: "sockshop", revision: projectExample.revision, createdAt: projectExample.createdAt }],
      },
    },
  },
  handle: async (_call, { journal }) => ({ body: { items: await journal.projects() } }),
});

const one = route({
  method: "get",
  path: "/v1/projects/:project",
  operationId: "getProject",
  summary: "Stages and services of a project, as its files have them",
  tag: "projects",
  scope: "read",
  on: "the path's project",
  params: projectParam,
  responses: { 200: { description: "the project", schema: ProjectView, example: projectExample } },
  problems: { 404: "there is no such project" },
  async handle({ params: { project } }, { journal }) {
    const view = projectView(await filesOf(journal, project));
    return { body: { ...view, allowedCommands: journal.may("evaluations:write", project) ? ["evaluate"] : [] } };
  },
});

const Revision = z
  .object({
    revision: z.string(),
    createdAt: z.string(),
    createdBy: z.string().optional(),
    files: z.record(z.string(), z.string()).describe("path → hash of its content"),
  })
  .meta({ id: "Revision" });
export type Revision = z.infer<typeof Revision>;

const revisions = route({
  method: "get",
  path: "/v1/projects/:project/revisions",
  operationId: "getRevisions",
  summary: "Revisions of a project's files, newest first",
  tag: "projects",
  scope: "read",
  on: "the path's project",
  params: projectParam,
  query: z.object({ limit: z.number().int().min(1).max(200).default(50) }),
  responses: {
    200: {
      description: "the newest ones",
      schema: z.object({ items: z.array(Revision) }),
      example: {
        items: [
          {
            revision: projectExample.revision,
            createdAt: projectExample.createdAt,
            createdBy: "ci",
            files: { "shipyard.yaml": "9b2d5c0e1a" },
          },
        ],
      },
    },
  },
  problems: { 404: "there is no such project" },
  async handle({ params, query }, { journal }) {
    const items = await journal.revisions(params.project, query.limit);
    if (items.length === 0) throw await noSuchProject(journal, params.project);
    return { body: { items } };
  },
});

const Resource = z
  .object({
    path: z.string().describe("inside the project"),
    stage: z.string().optional(),
    service: z.string().optional(),
    uri: z.string().describe("below its level"),
    kind: z.string().describe("shipyard, remediation, slo, sli, service or other"),
    bytes: z.number().int(),
    etag: z.string(),
  })
  .meta({ id: "Resource" });
export type Resource = z.infer<typeof Resource>;

const resources = route({
  method: "get",
  path: "/v1/projects/:project/resources",
  operationId: "getResources",
  summary: "The files of a project, without their texts",
  tag: "resources",
  scope: "read",
  on: "the path's project",
  params: projectParam,
  query: z.object({ revision: text(100).optional().describe("unset: the latest") }),
  responses: {
    200: {
      description: "every file",
      schema: z.object({ project: z.string(), revision: z.string(), createdAt: z.string(), items: z.array(Resource) }),
      example: {
        project: "sockshop",
        revision: projectExample.revision,
        createdAt: projectExample.createdAt,
        items: [
          {
            path: "production/carts/slo.yaml",
            stage: "production",
            service: "carts",
            uri: "slo.yaml",
            kind: "slo",
            bytes: 212,
            etag: '"9b2d5c0e1a"',
          },
        ],
      },
    },
  },
  problems: { 404: "there is no such project or revision" },
  async handle({ params, query }, { journal }) {
    const { project, revision, createdAt, files } = await filesOf(journal, params.project, query.revision);
    const items = [...files].map(([path, content]) => resourceView(project, path, content));
    return { body: { project, revision, createdAt, items: items.sort((a, b) => (a.path < b.path ? -1 : 1)) } };
  },
});

const MOST_FILES = 1000;

/** A record says of a bad key only that it is bad. */
function checkPaths(files: Readonly<Record<string, string>>, context: z.RefinementCtx): void {
  const paths = Object.keys(files);
  if (paths.length > MOST_FILES) context.addIssue({ code: "custom", message: `expected at most ${MOST_FILES} files` });
  for (const path of paths) {
    const message = filePath.safeParse(path).error?.issues[0]?.message;
    if (message) context.addIssue({ code: "custom", path: [path], message: `not a path of a file: ${message}` });
  }
}

const ApplyBody = z.strictObject({
  files: z.record(z.string(), z.string()).superRefine(checkPaths).describe("path inside the project → text"),
  replace: z.boolean().default(false).describe("true: files that are not named are removed"),
  dryRun: z.boolean().default(false).describe("true: only say what would change"),
});

const apply = route({
  method: "put",
  path: "/v1/projects/:project/resources",
  operationId: "applyResources",
  summary: "Put a set of files in force, all or nothing; creates the project",
  description: "Every file is checked first. One finding, and nothing is changed. The same set again changes nothing.",
  tag: "resources",
  scope: "resources:write",
  on: "the path's project",
  params: z.object({ project: projectName }),
  body: {
    schema: ApplyBody,
    example: {
      files: { "shipyard.yaml": "stages:\n  - name: production\n    remediation_strategy: automated\n" },
      replace: true,
    },
    maxBytes: 8 * 1_048_576,
    maxStringBytes: 1_048_576,
  },
  responses: { 200: { description: "what is in force now", schema: Applied, example: appliedExample } },
  problems: { 422: "files with findings: each error's detail is `file:line:column: what is wrong`" },
  async handle({ params: { project }, body, by }, { journal, checkActions }) {
    const files = new Map(Object.entries(body.files));
    const { replace, dryRun } = body;
    return { body: await applyChecked(journal, project, files, { replace, dryRun, by, checkActions }) };
  },
});

export const projectRoutes = [list, one, revisions, resources, apply];
