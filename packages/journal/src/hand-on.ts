import { hashUuid, type NewEvent } from "@evenkeel/events";
import type { Remediation } from "@evenkeel/remediation";
import type pg from "pg";
import type { Appended, appendIn } from "./append.ts";
import { joined } from "./joined.ts";

const isEnd = (event: NewEvent) =>
  event.kind === "problem" && (event.data.state === "resolved" || event.data.state === "merged");

/** Do the events tell the end of a problem whose run is run again? */
export function isEndFor(state: Remediation | undefined, events: readonly NewEvent[]): boolean {
  return state?.phase === "finished" && state.repeated !== undefined && events.some(isEnd);
}

/**
 * The end of a problem is reported to the context of its episode. Whoever repeats that run is told in the same
 * transaction, so that no run acts on a problem that is gone.
 */
export async function handOnEnd(
  client: pg.PoolClient,
  context: string,
  appended: Appended,
  append: typeof appendIn,
): Promise<Appended> {
  const end = appended.events.find(isEnd);
  if (end?.kind !== "problem") return appended;
  const { raw: _, ...data } = end.data;
  let all = appended;
  for (let run = await repeaterOf(client, context); run; run = await repeaterOf(client, run)) {
    const told: NewEvent = { kind: "problem", id: hashUuid(["problem", run, end.id]), triggeredid: end.id, data };
    all = joined(all, await append(client, run, [told]));
  }
  return all;
}

async function repeaterOf(client: pg.PoolClient, context: string): Promise<string | undefined> {
  const { rows } = await client.query<{ run: string | null }>(
    "select state->'repeated'->>'run' as run from remediations where context = $1",
    [context],
  );
  return rows[0]?.run ?? undefined;
}
