import type { ServerStatus } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { EXIT, isCliError } from "../errors.ts";
import { VERSION } from "../version.ts";

const PATIENCE_MS = 2_000;

/** `evenkeel version`: a server that is away is no failure here. */
export async function showVersion(
  context: CommandContext,
  { client: clientOnly = false }: { client?: boolean },
): Promise<void> {
  const { out } = context;
  const versions: { client: string; node: string; server?: string } = { client: VERSION, node: process.version };
  let trouble: string | undefined;
  if (!clientOnly) {
    try {
      versions.server = (await context.client(PATIENCE_MS).get<ServerStatus>("/v1/status")).version;
    } catch (error) {
      if (!isCliError(error) || error.exitCode === EXIT.usage) throw error;
      trouble = error.message;
    }
  }
  const text = () => [
    `client  ${versions.client} (Node ${versions.node})`,
    ...(versions.server ? [`server  ${versions.server}`] : []),
  ];
  await out.object(versions, text, () => VERSION);
  if (trouble) out.note(`server  unknown: ${trouble}`);
}
