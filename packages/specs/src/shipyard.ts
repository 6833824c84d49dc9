import { z } from "zod";
import { check, refuseFormat } from "./check.ts";
import type { Reading } from "./check.ts";
import { duration, entityName, listOrNothing, namesAreUnique, scalar, text } from "./fields.ts";
import type { Parsed } from "./finding.ts";
import { loadDocument } from "./yaml/document.ts";

/** A parsed shipyard.yaml, as far as self-healing needs it. */
export interface Shipyard {
  format: "0.6" | "0.2";
  /** In order of promotion. */
  stages: readonly Stage[];
  /** Milliseconds between an action and its evaluation, for stages and actions without their own. */
  wait?: number;
}

export interface Stage {
  name: string;
  /** Whether problems in this stage are acted on. */
  remediation: boolean;
  /** Milliseconds between an action and its evaluation in this stage. */
  wait?: number;
  deploymentStrategy?: string;
}

const remediationWait = duration
  .optional()
  .describe("How long to wait after an action before its effect is evaluated. Default 10m.");
const stagesAreUnique = (stages: readonly { name: string }[], context: z.RefinementCtx) =>
  namesAreUnique(stages, context);
const atLeastOne = { error: "at least one stage" };

const Shipyard06 = z
  .strictObject({
    stages: z
      .array(
        z.strictObject({
          name: entityName,
          deployment_strategy: z.enum(["direct", "blue_green_service", "user_managed"]).optional(),
          test_strategy: text("a test strategy").optional(),
          remediation_strategy: z
            .literal("automated", { error: "automated, or no such key" })
            .optional()
            .describe("automated: problems in this stage are acted on."),
          approval_strategy: z.unknown().optional(),
          wait: remediationWait,
        }),
        { error: "a list of stages" },
      )
      .min(1, atLeastOne)
      .superRefine(stagesAreUnique),
    wait: remediationWait,
  })
  .describe("shipyard.yaml of Keptn 0.6 and 0.7");

/** Semver from 0.2.0 on, after the slash. */
const API_VERSION = /^[^/\s]+\/(0\.(?:[2-9]|[1-9]\d+)\.\d+|[1-9]\d*\.\d+\.\d+)$/;

const Task = z.strictObject({
  name: text("the name of a task"),
  triggeredAfter: duration.optional(),
  properties: z.unknown().optional(),
});

const Sequence = z.strictObject({
  name: entityName,
  triggeredOn: listOrNothing(
    z.strictObject({
      event: text("an event such as production.remediation.finished"),
      selector: z.strictObject({ match: z.record(z.string(), scalar).nullish() }).nullish(),
    }),
  ),
  tasks: z.array(Task, { error: "a list of tasks" }).min(1, { error: "at least one task" }),
});

const Shipyard02 = z
  .strictObject({
    apiVersion: text("spec.keptn.sh/0.2.0 or later").regex(API_VERSION, { error: "spec.keptn.sh/0.2.0 or later" }),
    kind: text("Shipyard").optional(),
    metadata: z.unknown().optional(),
    spec: z.strictObject({
      stages: z
        .array(z.strictObject({ name: entityName, sequences: listOrNothing(Sequence), wait: remediationWait }), {
          error: "a list of stages",
        })
        .min(1, atLeastOne)
        .superRefine(stagesAreUnique),
    }),
    wait: remediationWait,
  })
  .describe("shipyard.yaml of Keptn 0.8 to 1.x");

export const ShipyardFile = z.union([Shipyard06, Shipyard02]);

/** Reads a shipyard.yaml of any Keptn generation: top-level `stages` (0.6, 0.7) or `spec.keptn.sh/0.2.0` and later. */
export function parseShipyard(yaml: string): Parsed<Shipyard> {
  const loaded = loadDocument(yaml);
  if (!loaded.ok) return loaded;
  const { document } = loaded;
  const has = (key: string) => Object.hasOwn(document.value, key);
  if (has("stages") && has("apiVersion")) {
    const expected = "stages under spec: (with apiVersion), or no apiVersion (0.6)";
    return refuseFormat(document, "stages at the top beside apiVersion", expected, ["stages"]);
  }
  return has("apiVersion") || has("spec")
    ? check(document, Shipyard02, fromSequences)
    : check(document, Shipyard06, fromStrategies);
}

function fromStrategies(file: z.infer<typeof Shipyard06>, reading: Reading): Shipyard {
  const stages = file.stages.map((stage, index): Stage => {
    for (const key of ["test_strategy", "approval_strategy"] as const) {
      if (stage[key] === undefined) continue;
      reading.unused(["stages", index, key], "Evenkeel heals services, it does not deliver them");
    }
    return {
      name: stage.name,
      remediation: stage.remediation_strategy === "automated",
      ...(stage.wait !== undefined && { wait: stage.wait }),
      ...(stage.deployment_strategy && { deploymentStrategy: stage.deployment_strategy }),
    };
  });
  return { format: "0.6", stages, ...(file.wait !== undefined && { wait: file.wait }) };
}

function fromSequences(file: z.infer<typeof Shipyard02>, reading: Reading): Shipyard {
  if (file.kind !== undefined && file.kind !== "Shipyard")
    reading.warn(["kind"], JSON.stringify(file.kind), "Shipyard");
  const stages = file.spec.stages.map((stage): Stage => {
    const remediation = stage.sequences?.find(({ name }) => name === "remediation");
    const evaluation = remediation?.tasks.find(({ name }) => name === "evaluation");
    const wait = stage.wait ?? evaluation?.triggeredAfter;
    const deploymentStrategy = deploymentStrategyOf(stage.sequences ?? []);
    return {
      name: stage.name,
      remediation: remediation !== undefined,
      ...(wait !== undefined && { wait }),
      ...(deploymentStrategy && { deploymentStrategy }),
    };
  });
  return { format: "0.2", stages, ...(file.wait !== undefined && { wait: file.wait }) };
}

/** Keptn 1.x writes it as a property of the first sequence's deployment task. */
function deploymentStrategyOf(sequences: readonly z.infer<typeof Sequence>[]): string | undefined {
  for (const { properties } of sequences.flatMap(({ tasks }) => tasks).filter(({ name }) => name === "deployment")) {
    if (typeof properties !== "object" || properties === null || !("deploymentstrategy" in properties)) continue;
    if (typeof properties.deploymentstrategy === "string") return properties.deploymentstrategy;
  }
  return undefined;
}
