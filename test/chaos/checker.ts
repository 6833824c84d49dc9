import { decided } from "./checker/decided.ts";
import { durable } from "./checker/durable.ts";
import { folded } from "./checker/folded.ts";
import type { History, Violation } from "./checker/history.ts";
import { once } from "./checker/once.ts";
import { readAlike } from "./checker/readers.ts";
import { timely } from "./checker/timely.ts";

export type { Ack, History, Invariant, ReaderLog, Violation } from "./checker/history.ts";

/**
 * Decides every chaos run. Pure: compares what four recorders say that know nothing of each other, and names what
 * breaks an invariant.
 *
 * - I1 every acknowledged notification is in the log exactly once
 * - I2 every run is finished, or has exactly the open task its phase needs, or is parked with a reason
 * - I3 a step changes the cluster at most once, as planned before; exactly once when it says pass
 * - I4 at most one run holds a target at any place of the log
 * - I5 the fold of the log is the stored projection
 * - I6 every reader sees the same log, whole and once
 * - I7 nothing happens early, and nothing late without saying so
 */
export function check(history: History): Violation[] {
  return [durable, decided, once, folded, readAlike, timely].flatMap((one) => one(history));
}
