import type { RemediationDetail } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { findContext } from "../support/find-context.ts";
import { shortId } from "../text.ts";

/** `evenkeel rerun CONTEXT` */
export async function rerun(context: CommandContext, { reason }: { reason?: string }, run: string): Promise<void> {
  const client = context.client();
  const found = await findContext(client, run);
  const path = `/v1/remediations/${encodeURIComponent(found)}/rerun`;
  const again = await client.send<RemediationDetail>("POST", path, { ...(reason && { reason }) });
  const text = () => [`remediation/${shortId(found)} runs again as ${again.context} (${again.phase})`];
  await context.out.object(again, text, () => `remediation/${again.context}`);
  context.out.note(`next:  evenkeel watch ${shortId(again.context)}`);
}
