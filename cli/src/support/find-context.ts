import type { Client } from "../client/http.ts";
import { readList } from "../client/pages.ts";
import { CliError, EXIT } from "../errors.ts";

const FULL_LENGTH = 36;

/** The context that a user means by its first characters. */
export async function findContext(client: Client, text: string): Promise<string> {
  if (text.length >= FULL_LENGTH) return text;
  const found = [
    ...(await matching(client, "/v1/remediations", { text }, text)),
    ...(await matching(client, "/v1/evaluations", {}, text)),
  ];
  const contexts = [...new Set(found)];
  if (contexts.length === 1) return contexts[0]!;
  if (contexts.length === 0)
    throw new CliError(EXIT.notFound, `no run's context begins with ${JSON.stringify(text)}`, {
      next: "evenkeel get remediations",
    });
  throw new CliError(EXIT.usage, `${JSON.stringify(text)} is the beginning of ${contexts.length} contexts`, {
    details: contexts.slice(0, 10),
    next: "give more of its characters",
  });
}

async function matching(client: Client, path: string, query: { text?: string }, text: string): Promise<string[]> {
  const { items } = await readList<{ context: string }>(client, path, query, { limit: 200 });
  return items.map(({ context }) => context).filter((context) => context.startsWith(text.toLowerCase()));
}
