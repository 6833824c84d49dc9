import type { LogEvent } from "../client/stream.ts";
import type { RemediationDetail } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { describeRun } from "../output/describe-run.ts";
import { findContext } from "../support/find-context.ts";

/** `evenkeel describe remediation CONTEXT` */
export async function describeRemediation(context: CommandContext, _options: object, text = ""): Promise<void> {
  const { out, io } = context;
  const client = context.client();
  const run = await findContext(client, text);
  const path = `/v1/remediations/${encodeURIComponent(run)}`;
  const [remediation, history] = await Promise.all([
    client.get<RemediationDetail>(path),
    client.get<{ items: LogEvent[] }>(`${path}/events`),
  ]);
  const lines = () => describeRun(remediation, history.items, { colors: out.colors, now: io.now() });
  await out.object({ ...remediation, events: history.items }, lines, () => `remediation/${run}`);
}
