import { randomUUID } from "node:crypto";
import type { Client } from "../client/http.ts";
import { readList } from "../client/pages.ts";
import type { RemediationSummary } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { CliError, EXIT } from "../errors.ts";
import { labelsOf } from "../support/labels.ts";
import { shortId } from "../text.ts";

export interface SendProblemOptions {
  project: string;
  stage: string;
  service: string;
  title: string;
  severity: string;
  rootCause?: string;
  label?: readonly string[];
  id?: string;
  resolved?: boolean;
}

interface Receipt {
  context: string;
  outcome: string;
  reason?: string;
}

/** `evenkeel send problem` */
export async function sendProblem(context: CommandContext, options: SendProblemOptions): Promise<void> {
  const { out, io } = context;
  const { project, stage, service, title, severity, rootCause, resolved = false } = options;
  const client = context.client();
  const startedAt = io.now().toISOString();
  const episode = resolved
    ? await openEpisode(client, options)
    : { id: options.id ?? `cli-${randomUUID().slice(0, 8)}`, startedAt };
  const problem = { ...episode, title, severity, labels: labelsOf(options.label), ...(rootCause && { rootCause }) };
  const event = {
    specversion: "1.0",
    id: randomUUID(),
    source: "evenkeel-cli",
    type: "sh.keptn.events.problem",
    data: { project, stage, service, state: resolved ? "resolved" : "open", problem },
  };
  const answer = await client.send<{ results: Receipt[] }>("POST", "/v1/events", event, "application/cloudevents+json");
  const receipt = answer.results[0]!;
  const why = receipt.reason ? `: ${receipt.reason}` : "";
  await out.object(
    { ...receipt, problem: episode },
    () => [receipt.context],
    () => receipt.context,
  );
  out.note(`problem ${episode.id} ${receipt.outcome}${why}`);
  if (!resolved) out.note(`next:  evenkeel watch ${shortId(receipt.context)}`);
}

/** An episode is resolved by the id and start that it was opened with. */
async function openEpisode(client: Client, options: SendProblemOptions): Promise<{ id: string; startedAt?: string }> {
  const { project, stage, service, title, id } = options;
  const query = { project, stage, service, source: "events" };
  const { items } = await readList<RemediationSummary>(client, "/v1/remediations", query, { limit: 200 });
  const open = items.filter(
    // A run that repeats another is told by way of that.
    ({ problemState, problem, repeats }) =>
      problemState === "open" && !repeats && (id ? problem.id === id : problem.title === title),
  );
  const [first, ...others] = open;
  if (!first) {
    const what = id ? `with the id ${id}` : `titled ${JSON.stringify(title)}`;
    const message = `no problem ${what} is open on ${service} in ${project}/${stage} that was sent as an event`;
    throw new CliError(EXIT.notFound, message, { next: `evenkeel get remediations --service ${service}` });
  }
  if (others.length > 0) {
    const details = open.map(({ problem, context }) => `--id ${problem.id}   (run ${shortId(context)})`);
    throw new CliError(EXIT.usage, `${open.length} open problems have this title; say which`, { details });
  }
  const { startedAt } = first.problem;
  return { id: first.problem.id, ...(startedAt && { startedAt }) };
}
