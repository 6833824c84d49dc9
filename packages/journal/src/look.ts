import type { NewEvent, Target } from "@evenkeel/events";
import type { Remediation } from "@evenkeel/remediation";
import type pg from "pg";

/** The right to finish a task: its id and the generation that `take` gave. */
export interface Lease {
  task: string;
  generation: number;
}

/** A run as it was stored last. Every write raises its version. */
export interface Version {
  state: Remediation;
  version: number;
}

/** What a worker still knows from its last look at a run: enough to append without another one. */
export interface Seen extends Version {
  /** The database's clock at that moment, and this process's stopwatch (`performance.now()`). */
  now: Date;
  at: number;
}

/** What is known of a context and its target at one moment. */
export interface Looked {
  /** The database's clock, and the stopwatch then. */
  now: Date;
  at: number;
  run: Version | undefined;
  /** Of what only a look can tell; undefined when there was none. */
  around: Around | undefined;
}

export interface Around {
  /** Context of the run that holds the target. */
  holder: string | undefined;
  /** The run that gets the target next. */
  next: Version | undefined;
  /** The episode was reported resolved, and never open. */
  resolved: boolean;
  leaseHeld: boolean;
  isKnown(event: { source: string; id: string | undefined }): boolean;
}

/** Looks without any lock: what it tells may be over the next moment, and `write` will say so. */
export async function look(
  client: pg.ClientBase,
  context: string,
  target: Target | undefined,
  named: readonly { source: string; id: string }[],
  lease: Lease | undefined,
): Promise<Looked> {
  const { rows } = await client.query<{
    now: Date;
    state: Remediation | null;
    version: number | null;
    holder: string | null;
    next: Version | null;
    resolved: boolean;
    lease_held: boolean;
    known: { source: string; id: string }[] | null;
  }>({
    name: "append_look",
    text: "select * from append_look($1, $2, $3, $4, $5, $6, $7, $8)",
    values: [
      context,
      target?.project ?? null,
      target?.stage ?? null,
      target?.service ?? null,
      named.map(({ source }) => source),
      named.map(({ id }) => id),
      lease?.task ?? null,
      lease?.generation ?? null,
    ],
  });
  const row = rows[0]!;
  const known = new Set((row.known ?? []).map(({ source, id }) => JSON.stringify([source, id])));
  return {
    now: row.now,
    at: performance.now(),
    run: row.state === null ? undefined : { state: row.state, version: row.version! },
    around: {
      holder: row.holder ?? undefined,
      next: row.next ?? undefined,
      resolved: row.resolved,
      leaseHeld: row.lease_held,
      isKnown: ({ source, id }) => known.has(JSON.stringify([source, id])),
    },
  };
}

/** What was seen is carried on by the stopwatch; a write refuses a time that is not the database's. */
export function remembered({ state, version, now, at }: Seen): Looked {
  const later = performance.now();
  return { now: new Date(now.getTime() + later - at), at: later, run: { state, version }, around: undefined };
}

/** The target that the events of an append name. */
export function targetOf(inputs: readonly NewEvent[]): Target | undefined {
  for (const { data } of inputs) {
    if (typeof data !== "object" || data === null) continue;
    const { project, stage, service } = data as Partial<Target>;
    if (project && stage && service) return { project, stage, service };
  }
  return undefined;
}
