import { readList } from "../client/pages.ts";
import type { Evaluation } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { resultColor } from "../output/output.ts";
import { age, span, timeRange } from "../output/time.ts";
import { findContext } from "../support/find-context.ts";
import { count, shortId } from "../text.ts";

export interface GetEvaluationsOptions {
  project?: string;
  stage?: string;
  service?: string;
  context?: string;
  result?: string;
  since?: string;
  from?: string;
  to?: string;
  limit: number;
  all?: boolean;
}

/** `evenkeel get evaluations` */
export async function getEvaluations(context: CommandContext, options: GetEvaluationsOptions): Promise<void> {
  const { out, io } = context;
  const { project, stage, service, result } = options;
  const client = context.client();
  const run = options.context === undefined ? undefined : await findContext(client, options.context);
  const query = { project, stage, service, context: run, result, ...timeRange(options, io.now()) };
  const page = await readList<Evaluation>(client, "/v1/evaluations", query, options);
  const now = io.now();
  const wide = out.format === "wide";
  await out.list({
    kind: "EvaluationList",
    rows: page.items,
    nextCursor: page.nextCursor,
    name: (row) => `evaluation/${row.id}`,
    empty: "no evaluations",
    columns: [
      { header: "CONTEXT", value: (row) => (wide ? row.context : shortId(row.context)) },
      { header: "PROJECT", value: (row) => row.target.project },
      { header: "STAGE", value: (row) => row.target.stage },
      { header: "SERVICE", value: (row) => row.target.service },
      { header: "RESULT", value: (row) => row.result, color: resultColor(out.colors) },
      {
        header: "SCORE",
        value: (row) => (row.result === "inconclusive" ? undefined : Math.round(row.score * 10) / 10),
      },
      { header: "WINDOW", value: (row) => span(Date.parse(row.window.end) - Date.parse(row.window.start)) },
      { header: "AGE", value: (row) => age(row.time, now) },
      { header: "NOTE", value: remarks },
      { header: "NOTES", value: ({ notes }) => notes?.map(({ by, note }) => `${by}: ${note}`).join("; "), wide: true },
      { header: "MESSAGE", value: (row) => row.message, wide: true },
    ],
  });
}

function remarks({ invalidated, notes = [] }: Evaluation): string | undefined {
  const said = [invalidated ? "invalidated" : "", notes.length > 0 ? count(notes.length, "note") : ""];
  return said.filter(Boolean).join(", ") || undefined;
}
