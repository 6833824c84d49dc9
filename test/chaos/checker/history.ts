import type { StoredEvent } from "@evenkeel/events";
import type { TaskRow } from "@evenkeel/journal";
import type { Remediation } from "@evenkeel/remediation";
import type { Write } from "@evenkeel/simulator";

/** A notification that was answered with 2xx. */
export interface Ack {
  /** Id of the event that the answer named. */
  id: string;
  source: string;
  context: string;
  outcome: string;
}

/** What one reader of the log has seen, in its order. */
export interface ReaderLog {
  name: string;
  cursors: readonly string[];
}

/** All that is known after a run, from four independent recorders: the log, the database, the cluster, the client. */
export interface History {
  /** In the order of their seq. */
  events: readonly StoredEvent[];
  /** The stored projection: context → state. */
  remediations: ReadonlyMap<string, Remediation>;
  tasks: readonly TaskRow[];
  /** The API server's own record of applied writes. */
  writes: readonly Write[];
  /** The client's journal of acknowledged notifications. */
  acked: readonly Ack[];
  readers: readonly ReaderLog[];
  /** Everything has come to rest, so that whatever is not finished hangs. */
  settled: boolean;
}

export type Invariant = "I1" | "I2" | "I3" | "I4" | "I5" | "I6" | "I7";

export interface Violation {
  invariant: Invariant;
  text: string;
}
