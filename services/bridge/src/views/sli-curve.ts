import * as z from "zod";

const Target = z.object({ criteria: z.string(), level: z.enum(["pass", "warning"]), value: z.number() });

export const SliCurve = z
  .object({
    provider: z.string().optional(),
    indicators: z.array(
      z.object({ name: z.string(), displayName: z.string(), key: z.boolean().describe("its failure fails the whole") }),
    ),
    indicator: z.string().optional().describe("the one that the points are of"),
    query: z.string().optional().describe("as the files have it, with its placeholders"),
    from: z.string(),
    to: z.string(),
    stepSeconds: z.number().int(),
    lookBackSeconds: z.number().int().describe("what each point looks back over"),
    points: z
      .array(z.tuple([z.number(), z.number()]))
      .describe("unix seconds and value, oldest first; gaps are left out"),
    targets: z.array(Target).describe("fixed thresholds of the objective"),
    settled: z.boolean().describe("nothing will be added any more"),
    message: z.string().optional().describe("why there are no points"),
  })
  .meta({ id: "SliCurve" });
export type SliCurve = z.infer<typeof SliCurve>;
