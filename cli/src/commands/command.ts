import type { RemediationDetail } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { findContext } from "../support/find-context.ts";
import { shortId } from "../text.ts";

type Command = "abort" | "pause" | "resume" | "skip-wait";

const DONE: Readonly<Record<Command, string>> = {
  abort: "aborted",
  pause: "paused",
  resume: "resumed",
  "skip-wait": "wait skipped",
};

/** `evenkeel abort|pause|resume|skip-wait CONTEXT` */
export async function command(
  context: CommandContext,
  name: Command,
  { reason }: { reason?: string },
  run: string,
): Promise<void> {
  const client = context.client();
  const found = await findContext(client, run);
  const path = `/v1/remediations/${encodeURIComponent(found)}/${name}`;
  const state = await client.send<RemediationDetail>("POST", path, { ...(reason && { reason }) });
  const text = () => [`remediation/${shortId(found)} ${stateText(name, state)}`];
  await context.out.object(state, text, () => `remediation/${found}`);
}

function stateText(name: Command, { phase, aborting }: RemediationDetail): string {
  if (aborting) return "will be aborted: the action that has begun is completed first";
  return phase === "finished" ? DONE[name] : `${DONE[name]} (${phase})`;
}
