import { readList } from "../client/pages.ts";
import { follow, type LogEvent } from "../client/stream.ts";
import type { Client } from "../client/http.ts";
import type { ServerStatus } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, usage } from "../errors.ts";
import { resultColor, type Output } from "../output/output.ts";
import type { Column } from "../output/table.ts";
import { localTime, timeRange } from "../output/time.ts";
import { findContext } from "../support/find-context.ts";
import { insistOnRows, listFormatOf } from "../support/watching.ts";
import { shortId } from "../text.ts";

export interface GetEventsOptions {
  project?: string;
  stage?: string;
  service?: string;
  context?: string;
  type?: readonly string[];
  status?: string;
  state?: string;
  result?: string;
  text?: string;
  since?: string;
  from?: string;
  to?: string;
  limit: number;
  all?: boolean;
  watch?: boolean;
}

/** `evenkeel get events` */
export async function getEvents(context: CommandContext, options: GetEventsOptions): Promise<number | void> {
  const { out, io } = context;
  const { project, stage, service, type, result, text } = options;
  const status = options.status ?? options.state;
  const client = context.client();
  const run = options.context === undefined ? undefined : await findContext(client, options.context);
  const stream = { project, stage, service, type, context: run };
  const query = { ...stream, status, result, text, ...timeRange(options, io.now()) };
  if (options.watch) return watchEvents(context, client, stream, query, options);
  const page = await readList<LogEvent>(client, "/v1/events", query, options);
  await out.list({ ...listOf(out), rows: page.items, nextCursor: page.nextCursor });
}

function listOf(out: Output) {
  return {
    kind: "EventList",
    name: ({ id }: LogEvent) => `event/${id}`,
    empty: "no events",
    columns: columns(out),
  };
}

function columns(out: Output): Column<LogEvent>[] {
  const wide = out.format === "wide";
  return [
    { header: "TIME", value: ({ time }) => (wide ? time : localTime(time)) },
    { header: "TYPE", value: ({ kind, type }) => (wide || kind === "other" ? type : kind) },
    { header: "SERVICE", value: serviceText },
    { header: "RESULT", value: (event) => textOf(event, "result"), color: resultColor(out.colors) },
    { header: "CONTEXT", value: ({ shkeptncontext }) => (wide ? shkeptncontext : shortId(shkeptncontext)) },
    { header: "ID", value: ({ id }) => id, wide: true },
    { header: "SOURCE", value: ({ source }) => source, wide: true },
    { header: "MESSAGE", value: messageOf, flexible: true },
  ];
}

function textOf({ data }: LogEvent, name: string): string | undefined {
  const value = typeof data === "object" && data !== null ? (data as Record<string, unknown>)[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

function serviceText(event: LogEvent): string | undefined {
  const parts = ["project", "stage", "service"].map((name) => textOf(event, name)).filter((part) => part !== undefined);
  return parts.join("/");
}

/** What the event says in words, or what it is about. */
function messageOf(event: LogEvent): string | undefined {
  const said = textOf(event, "message") ?? textOf(event, "reason");
  if (said) return said;
  const { data } = event as { data: { problem?: { title?: string }; action?: { name?: string } } | null };
  return data?.action?.name ?? data?.problem?.title;
}

async function watchEvents(
  { out, io }: CommandContext,
  client: Client,
  filters: Readonly<Record<string, string | readonly string[] | undefined>>,
  query: Parameters<typeof readList>[2],
  options: GetEventsOptions,
): Promise<number> {
  insistOnRows(out.format);
  const unfit = (["to", "text", "result", "status", "state"] as const).find((name) => options[name] !== undefined);
  if (unfit) throw usage(`--watch follows by project, stage, service, type and context; leave --${unfit} away`);
  // Asked before the list is read: what commits in between is then in both, and shown once.
  const { latestCursor: since } = await client.get<ServerStatus>("/v1/status");
  const page = await readList<LogEvent>(client, "/v1/events", query, options);
  const rows = page.items.reverse();
  await out.list({ ...listOf(out), ...listFormatOf(rows), rows });
  const known = new Set(rows.map(({ id }) => id));
  for await (const event of follow(client, { since, filters, signal: io.signal, onTrouble: out.note })) {
    if (!known.has(event.id)) await out.list({ ...listOf(out), rows: [event], headers: false });
  }
  return EXIT.interrupted;
}
