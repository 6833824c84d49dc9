import { hashUuid, type NewEvent } from "@evenkeel/events";
import { refusal, type Finished, type Remediation } from "@evenkeel/remediation";
import { failpoint } from "@evenkeel/runtime";
import type pg from "pg";
import { appendIn, type Appended } from "./append.ts";
import { transaction } from "./database.ts";
import { joined } from "./joined.ts";
import { stateIn } from "./read.ts";

export interface Asked {
  by: string;
  reason?: string;
}

export type Rerun =
  /** `context` is the new run. */
  | { outcome: "appended"; context: string; appended: Appended }
  /** The same person has asked before; `context` is the run that came of it. */
  | { outcome: "known"; context: string }
  | { outcome: "refused"; why: string };

/** The one run that can repeat a run: asking twice gives the same. */
function contextOf(repeated: string): string {
  return hashUuid(["rerun", repeated]);
}

/**
 * Begins another run for the problem of a run that is over. Both runs are told in one transaction, under the lock of
 * their target: a problem that ends at the same moment ends either before, and nothing begins, or after, and
 * `handOnEnd` finds the new run.
 */
export async function rerun(pool: pg.Pool, context: string, asked: Asked): Promise<Rerun> {
  try {
    return await transaction(pool, (client) => rerunIn(client, context, asked));
  } catch (error) {
    if (error instanceof Refused) return { outcome: "refused", why: error.message };
    throw error;
  }
}

/** Thrown so that nothing of the transaction stays. */
class Refused extends Error {}

async function rerunIn(client: pg.PoolClient, context: string, { by, reason }: Asked): Promise<Rerun> {
  const { target, problem } = await knownState(client, context);
  const run = contextOf(context);
  const why = reason === undefined ? {} : { reason };
  const repeated: NewEvent = {
    kind: "remediation.repeated",
    id: hashUuid(["remediation.repeated", context]),
    data: { ...target, by, ...why, run },
  };
  const first = await appendIn(client, context, [repeated]);
  // From here on the target's lock is held.
  const now = await knownState(client, context);
  if (first.outcome === "duplicate") {
    if (repeatedOf(now)?.by === by) return { outcome: "known", context: run };
    throw new Refused(refusal("rerun", now) ?? "it has been run again already");
  }
  if (repeatedOf(now)?.run !== run) throw new Refused(refusal("rerun", now) ?? "it cannot be run again");
  const later = await laterRun(client, now);
  if (later) throw new Refused(`the problem has begun again since: see run ${later}`);
  await failpoint("rerun.between-runs");
  const triggered: NewEvent = {
    kind: "remediation.triggered",
    id: hashUuid(["remediation.triggered", run]),
    triggeredid: repeated.id,
    data: { ...target, problem, repeats: { context, by, ...why } },
  };
  const second = await appendIn(client, run, [triggered]);
  // What was set aside of the old run is done with: the new one does it all anew.
  await client.query("delete from tasks where context = $1 and parked_at is not null", [context]);
  return { outcome: "appended", context: run, appended: joined(first, second) };
}

async function knownState(client: pg.PoolClient, context: string): Promise<Remediation> {
  const state = await stateIn(client, context);
  if (!state) throw new Refused(`no remediation has the context ${context}`);
  return state;
}

function repeatedOf(state: Remediation): Finished["repeated"] {
  return state.phase === "finished" ? state.repeated : undefined;
}

/** A later episode of the same problem: with it, the earlier one is over, whether or not anybody said so. */
async function laterRun(client: pg.PoolClient, state: Remediation): Promise<string | undefined> {
  const { target, problem, context } = state;
  const { rows } = await client.query<{ context: string }>(
    `select context from remediations
      where project = $1 and stage = $2 and service = $3 and source = $4 and state->'problem'->>'id' = $5
        and seq > (select seq from remediations where context = $6)
      order by seq desc limit 1`,
    [target.project, target.stage, target.service, problem.source, problem.id, context],
  );
  return rows[0]?.context;
}
