import type { ProjectFiles } from "@evenkeel/journal";
import { classify, formatFinding, parseShipyard, type Shipyard } from "@evenkeel/specs";
import * as z from "zod";

const Stage = z.object({
  name: z.string(),
  inShipyard: z.boolean().describe("false: there are files for it, but shipyard.yaml does not name it"),
  remediation: z.boolean().describe("problems of this stage are acted on"),
  wait: z.number().optional().describe("milliseconds between an action and its evaluation"),
  files: z.array(z.string()).describe("paths of the stage's own files"),
  services: z.array(z.object({ name: z.string(), files: z.array(z.string()) })),
});

export const ProjectSummary = z
  .object({ project: z.string(), revision: z.string(), createdAt: z.string() })
  .meta({ id: "ProjectSummary" });

const ProjectContent = z.object({
  project: z.string(),
  revision: z.string(),
  createdAt: z.string().describe("when this revision came into force"),
  files: z.array(z.string()).describe("paths of the project's own files"),
  stages: z.array(Stage).describe("in order of promotion"),
  trouble: z.string().optional().describe("why shipyard.yaml could not be read"),
});
type ProjectContent = z.infer<typeof ProjectContent>;

export const ProjectView = ProjectContent.extend({
  allowedCommands: z.array(z.enum(["evaluate"])).describe("what the caller may ask of its services"),
}).meta({ id: "Project" });
export type ProjectView = z.infer<typeof ProjectView>;
type Stage = z.infer<typeof Stage>;

/** Stages and services as the files have them: those of shipyard.yaml, and those that have files. */
export function projectView({ project, revision, createdAt, files }: ProjectFiles): ProjectContent {
  const { shipyard, trouble } = readShipyard(files);
  const stages = new Map<string, Stage>();
  for (const { name, remediation, wait } of shipyard?.stages ?? []) {
    const own = wait ?? shipyard?.wait;
    stages.set(name, { ...emptyStage(name), inShipyard: true, remediation, ...(own !== undefined && { wait: own }) });
  }
  const view: ProjectContent = { project, revision, createdAt, files: [], stages: [], ...(trouble && { trouble }) };
  for (const path of [...files.keys()].sort()) {
    const placed = classify(`${project}/${path}`);
    if (!placed?.stage) {
      view.files.push(path);
      continue;
    }
    const stage = stages.get(placed.stage) ?? emptyStage(placed.stage);
    stages.set(placed.stage, stage);
    if (!placed.service) {
      stage.files.push(path);
      continue;
    }
    const service = stage.services.find(({ name }) => name === placed.service);
    if (service) service.files.push(path);
    else stage.services.push({ name: placed.service, files: [path] });
  }
  return { ...view, stages: [...stages.values()] };
}

function emptyStage(name: string): Stage {
  return { name, inShipyard: false, remediation: false, files: [], services: [] };
}

function readShipyard(files: ReadonlyMap<string, string>): { shipyard?: Shipyard; trouble?: string } {
  const text = files.get("shipyard.yaml");
  if (text === undefined) return { trouble: "shipyard.yaml is missing: no stage is acted on" };
  const parsed = parseShipyard(text);
  if (parsed.ok) return { shipyard: parsed.value };
  return { trouble: formatFinding("shipyard.yaml", parsed.findings[0]!) };
}

export const projectExample: ProjectView = {
  project: "sockshop",
  revision: "f3c1a9e0d2b4c6a8e0f1a2b3c4d5e6f708192a3b",
  createdAt: "2026-01-31T11:00:00.000Z",
  files: ["prometheus/sli.yaml", "shipyard.yaml"],
  stages: [
    {
      name: "production",
      inShipyard: true,
      remediation: true,
      wait: 600_000,
      files: [],
      services: [{ name: "carts", files: ["production/carts/remediation.yaml", "production/carts/slo.yaml"] }],
    },
  ],
  allowedCommands: ["evaluate"],
};
