import type { Comparison, CriteriaSet, Objective, Slo } from "@evenkeel/evaluation";
import { z } from "zod";
import { check, sourceTexts } from "./check.ts";
import type { Reading } from "./check.ts";
import { criterionTrouble } from "./criterion.ts";
import { listOrNothing, scalar, text } from "./fields.ts";
import type { Parsed } from "./finding.ts";
import { loadDocument } from "./yaml/document.ts";

const criterion = text("a criterion such as <=+10%").superRefine((written, context) => {
  const expected = criterionTrouble(written);
  if (expected) context.addIssue({ code: "custom", message: expected });
});

const criteriaSets = listOrNothing(
  z.strictObject({
    criteria: z
      .array(criterion, { error: "a list of criteria" })
      .min(1, { error: "at least one criterion" })
      .describe("All of these must hold."),
  }),
).describe("One of these sets must hold.");

const percent = z
  .union([z.number(), z.string()], { error: "a percentage such as 90%" })
  .transform((written, context) => {
    const number = typeof written === "number" ? written : percentOf(written);
    if (number >= 0 && number <= 100) return number;
    context.issues.push({ code: "custom", message: "a percentage from 0% to 100%", input: written });
    return z.NEVER;
  })
  .meta({ examples: ["90%", 90] });

export const SloFile = z
  .strictObject({
    spec_version: scalar.optional(),
    filter: z
      .record(z.string(), scalar)
      .nullish()
      .describe("Handed to the SLI provider; also replaces $key in queries."),
    comparison: z
      .strictObject({
        compare_with: z.enum(["single_result", "several_results"]).optional(),
        number_of_comparison_results: z.int({ error: "a whole number from 0 to 1000" }).min(0).max(1000).nullish(),
        include_result_with_score: z.enum(["all", "pass", "pass_or_warn"]).optional(),
        aggregate_function: z.enum(["avg", "p50", "p90", "p95"]).optional(),
      })
      .nullish()
      .describe("What relative criteria are compared with."),
    objectives: z
      .array(
        z.strictObject({
          sli: text("the name of an indicator"),
          displayName: z.string().nullish(),
          key_sli: z.boolean().nullish().describe("true: the evaluation fails when this objective fails."),
          weight: z.int({ error: "a whole number from 0 to 1000" }).min(0).max(1000).nullish(),
          pass: criteriaSets,
          warning: criteriaSets,
        }),
        { error: "a list of objectives" },
      )
      .min(1, { error: "at least one objective" }),
    total_score: z.strictObject({ pass: percent, warning: percent.nullish() }, { error: 'a mapping with pass: "90%"' }),
  })
  .describe("slo.yaml");

/** Reads a slo.yaml (Keptn 0.1.1 to 1.0) and fills in Keptn's defaults. */
export function parseSlo(yaml: string): Parsed<Slo> {
  const loaded = loadDocument(yaml);
  return loaded.ok ? check(loaded.document, SloFile, toSlo) : loaded;
}

type File = z.infer<typeof SloFile>;

function toSlo(file: File, reading: Reading): Slo {
  const { pass, warning } = file.total_score;
  if (typeof warning === "number" && warning > pass) {
    reading.warn(["total_score", "warning"], `${warning}%, more than pass`, `less than ${pass}%`);
  }
  const objectives = file.objectives.map(toObjective);
  objectives.forEach((objective, index) => {
    if (objective.pass.length > 0 || objective.warning.length === 0) return;
    reading.warn(["objectives", index], "warning criteria without pass criteria", "pass criteria; this only informs");
  });
  if (objectives.every((objective) => objective.pass.length === 0)) {
    reading.warn(["objectives"], "no pass criteria at all", "some; as it stands every evaluation passes");
  }
  return {
    filter: sourceTexts(file.filter ?? {}, ["filter"], reading),
    comparison: toComparison(file.comparison ?? {}, reading),
    objectives,
    totalScore: { pass, ...(typeof warning === "number" && { warning }) },
  };
}

function toComparison(block: NonNullable<File["comparison"]>, reading: Reading): Comparison {
  const compareWith = block.compare_with ?? "single_result";
  const asked = block.number_of_comparison_results ?? 0;
  if (compareWith === "single_result" && asked > 1) {
    const path = ["comparison", "number_of_comparison_results"];
    reading.warn(path, `${asked} with compare_with: single_result`, "compare_with: several_results; 1 is used");
  }
  return {
    compareWith,
    // Keptn reads 0 like a missing number.
    numberOfResults: compareWith === "single_result" ? 1 : asked || 3,
    includeResultWithScore: block.include_result_with_score ?? "all",
    aggregateFunction: block.aggregate_function ?? "avg",
  };
}

function toObjective(block: File["objectives"][number]): Objective {
  return {
    sli: block.sli,
    displayName: block.displayName ?? "",
    keySli: block.key_sli ?? false,
    weight: block.weight || 1,
    pass: toSets(block.pass),
    warning: toSets(block.warning),
  };
}

function toSets(sets: File["objectives"][number]["pass"]): CriteriaSet[] {
  return (sets ?? []).map(({ criteria }) => criteria);
}

function percentOf(written: string): number {
  // Blanks are dealt with outside of the expression, where they cannot make it backtrack.
  const match = /^(\d+(?:\.\d+)?) ?%?$/.exec(written.trim());
  return match ? Number(match[1]) : NaN;
}
