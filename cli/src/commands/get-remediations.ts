import { follow } from "../client/stream.ts";
import type { Client } from "../client/http.ts";
import { readList } from "../client/pages.ts";
import type { RemediationSummary, ServerStatus } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, usage } from "../errors.ts";
import { resultColor, type Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { age, timeRange } from "../output/time.ts";
import { findContext } from "../support/find-context.ts";
import { insistOnRows, listFormatOf } from "../support/watching.ts";
import { shortId } from "../text.ts";

export interface GetRemediationsOptions {
  project?: string;
  stage?: string;
  service?: string;
  context?: string;
  phase?: readonly string[];
  state?: readonly string[];
  result?: string;
  source?: string;
  reason?: string;
  unsolved?: boolean;
  text?: string;
  since?: string;
  from?: string;
  to?: string;
  limit: number;
  all?: boolean;
  watch?: boolean;
}

/** `evenkeel get remediations` */
export async function getRemediations(
  context: CommandContext,
  options: GetRemediationsOptions,
): Promise<number | void> {
  const { out, io } = context;
  const { project, stage, service, result, source, reason, unsolved, text, limit, all } = options;
  const client = context.client();
  const phase = options.phase ?? options.state;
  const run = options.context === undefined ? undefined : await findContext(client, options.context);
  const query = {
    project,
    stage,
    service,
    context: run,
    phase,
    result,
    source,
    reason,
    unsolved,
    text,
    ...timeRange(options, io.now()),
  };
  if (options.watch) return watchRows(context, client, query, options);
  const page = await readList<RemediationSummary>(client, "/v1/remediations", query, { limit, all });
  await out.list({ ...listOf(out, io.now()), rows: page.items, nextCursor: page.nextCursor });
}

function listOf(out: Output, now: Date) {
  return {
    kind: "RemediationList",
    name: (row: RemediationSummary) => `remediation/${row.context}`,
    empty: "no remediations; send a problem with: evenkeel send problem …",
    columns: columns(out, now),
  };
}

function columns(out: Output, now: Date): Column<RemediationSummary>[] {
  const wide = out.format === "wide";
  return [
    { header: "CONTEXT", value: ({ context }) => (wide ? context : shortId(context)) },
    { header: "PROJECT", value: ({ target }) => target.project },
    { header: "STAGE", value: ({ target }) => target.stage },
    { header: "SERVICE", value: ({ target }) => target.service },
    { header: "PROBLEM", value: ({ problem }) => problem.title, flexible: true },
    { header: "PHASE", value: phaseText },
    { header: "ACTION", value: actionText },
    { header: "RESULT", value: ({ result }) => result, color: resultColor(out.colors) },
    { header: "REASON", value: ({ reason }) => reason },
    { header: "AGE", value: ({ triggeredAt }) => age(triggeredAt, now) },
    { header: "MESSAGE", value: ({ message }) => message, wide: true },
  ];
}

function phaseText({ phase, paused, aborting }: RemediationSummary): string {
  return paused ? `${phase} (paused)` : aborting ? `${phase} (aborting)` : phase;
}

function actionText({ phase, action, attempt, attempts }: RemediationSummary): string | undefined {
  if (phase === "finished" || action === undefined) return undefined;
  return `${action} ${attempt}/${attempts}`;
}

type Query = Parameters<typeof readList>[2] & { context?: string };

/** First what there is, oldest first; then each run again whenever something happens to it. */
async function watchRows(
  { out, io }: CommandContext,
  client: Client,
  query: Query,
  options: GetRemediationsOptions,
): Promise<number> {
  insistOnRows(out.format);
  if (options.to !== undefined) throw usage("--watch goes on for ever: --to makes no sense with it");
  const { latestCursor: since } = await client.get<ServerStatus>("/v1/status");
  const page = await readList<RemediationSummary>(client, "/v1/remediations", query, options);
  const print = (rows: RemediationSummary[], headers: boolean) =>
    out.list({ ...listOf(out, io.now()), ...listFormatOf(rows), rows, headers });
  await print(page.items.reverse(), true);
  const { project, stage, service, context } = query as Record<string, string | undefined>;
  const filters = { project, stage, service, context };
  const shownOf = (row: RemediationSummary) => [phaseText(row), actionText(row), row.result].join(" ");
  const last = new Map(page.items.map((row) => [row.context, shownOf(row)]));
  for await (const event of follow(client, { since, filters, signal: io.signal, onTrouble: out.note })) {
    if (!/\.(triggered|queued|started|finished|paused|resumed|aborted|skipped)$/.test(event.kind)) continue;
    const rows = await readList<RemediationSummary>(
      client,
      "/v1/remediations",
      { ...query, context: event.shkeptncontext },
      { limit: 1 },
    );
    const [row] = rows.items;
    if (!row || last.get(row.context) === shownOf(row)) continue;
    last.set(row.context, shownOf(row));
    await print([row], false);
  }
  return EXIT.interrupted;
}
