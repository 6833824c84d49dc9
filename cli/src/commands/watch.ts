import type { Client } from "../client/http.ts";
import { follow, type LogEvent } from "../client/stream.ts";
import type { ServerStatus } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { CliError, EXIT, exitOfVerdict } from "../errors.ts";
import { durationOption } from "../output/time.ts";
import { findContext } from "../support/find-context.ts";
import { createStoryPrinter, type StoryPrinter } from "../support/story-printer.ts";
import { shortId } from "../text.ts";

export interface WatchOptions {
  project?: string;
  stage?: string;
  service?: string;
  timeout?: string;
}

/** `evenkeel watch [CONTEXT]` */
export async function watch(context: CommandContext, options: WatchOptions, text?: string): Promise<number> {
  const { io, out } = context;
  const client = context.client();
  const timeoutMs = options.timeout === undefined ? undefined : durationOption("--timeout", options.timeout);
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signal = deadline ? AbortSignal.any([io.signal, deadline]) : io.signal;
  const run = text === undefined ? undefined : await findContext(client, text);
  const printer = createStoryPrinter(context, { showContext: run === undefined });
  try {
    // Asked before the history is read: nothing that commits in between is missed.
    const { latestCursor: since } = await client.get<ServerStatus>("/v1/status");
    const verdict = run === undefined ? undefined : await tellHistory(client, run, printer);
    if (verdict !== undefined) return exitOfVerdict(verdict);
    if (run === undefined) out.note("following all runs; Ctrl-C ends");
    const { project, stage, service } = options;
    const filters = { project, stage, service, context: run };
    for await (const event of follow(client, { since, filters, signal, onTrouble: (line) => printer.note(line) })) {
      const ended = printer.event(event)?.verdict;
      if (run !== undefined && ended) return exitOfVerdict(ended.result);
    }
  } finally {
    printer.close();
  }
  if (!deadline?.aborted || io.signal.aborted) return EXIT.interrupted;
  throw new CliError(EXIT.timeout, `no end within ${options.timeout}${run ? `; run ${shortId(run)} goes on` : ""}`);
}

/** What has happened so far; the verdict when the run is over. */
async function tellHistory(client: Client, run: string, printer: StoryPrinter): Promise<string | undefined> {
  const { items } = await client.get<{ items: LogEvent[] }>(`/v1/remediations/${encodeURIComponent(run)}/events`);
  let verdict: string | undefined;
  for (const event of items) verdict = printer.event(event)?.verdict?.result ?? verdict;
  return verdict;
}
