import type { Client } from "../client/http.ts";
import type { CommandContext } from "../context.ts";
import { CliError, EXIT } from "../errors.ts";
import { shortId } from "../text.ts";

const FULL_LENGTH = 36;

/** `evenkeel retry TASK` */
export async function retry(context: CommandContext, { reason }: { reason?: string }, task: string): Promise<void> {
  const client = context.client();
  const id = await findTask(client, task);
  const path = `/v1/tasks/${encodeURIComponent(id)}/retry`;
  const done = await client.send<{ kind: string; context: string }>("POST", path, { ...(reason && { reason }) });
  const text = () => [`task/${shortId(id)} is tried again (${done.kind} of ${shortId(done.context)})`];
  await context.out.object(done, text, () => `task/${id}`);
}

/** Only parked tasks can be retried, so that the first characters need only be told apart among them. */
async function findTask(client: Client, text: string): Promise<string> {
  if (text.length >= FULL_LENGTH) return text;
  const { items } = await client.get<{ items: { id: string }[] }>("/v1/tasks", { state: "parked", limit: 200 });
  const found = items.map(({ id }) => id).filter((id) => id.startsWith(text.toLowerCase()));
  if (found.length === 1) return found[0]!;
  const next = "evenkeel get tasks --state parked -o wide";
  if (found.length === 0)
    throw new CliError(EXIT.notFound, `no parked task's id begins with ${JSON.stringify(text)}`, { next });
  throw new CliError(EXIT.usage, `${JSON.stringify(text)} is the beginning of ${found.length} tasks' ids`, {
    details: found.slice(0, 10),
    next: "give more of its characters",
  });
}
