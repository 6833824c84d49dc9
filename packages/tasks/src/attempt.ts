import { setTimeout as sleep } from "node:timers/promises";
import type { NewEvent, Target } from "@evenkeel/events";
import type { Journal, Lease, NewEvents, TakenTask } from "@evenkeel/journal";
import { backoffMs, failpoint, ProviderError, Unavailable, type Log } from "@evenkeel/runtime";
import { LeaseLost, type TaskHandler, type TaskKind, type TaskRun } from "./handler.ts";

export interface AttemptOptions {
  journal: Journal;
  /** The service's name: who holds the leases. */
  name: string;
  handlers: Partial<Record<TaskKind, TaskHandler>>;
  log: Log;
  /** Random 0..1. */
  jitter: () => number;
  leaseMs: number;
  lastChanceMs: number;
  abandonMs: number;
  /** Aborted when the process stops. */
  stopping: AbortSignal;
  /** Has the task looked at again after so long. */
  wake(task: TakenTask, delayMs: number): Promise<void>;
}

const MAX_ATTEMPTS = 5;
/** A longer timer would go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const OUTAGE_PAUSE_MS = 500;
const OUTAGE_TRIES = 120;
/** Somebody waits to be healed: when the cluster or a source of metrics is back, that is known this soon. */
const LONGEST_PAUSE_MS = 5_000;

/** One attempt at a task, if it is there to be taken: take its lease, run its handler, and see to what becomes of it. */
export function attemptsOf(options: AttemptOptions): (id: string) => Promise<void> {
  const { journal, name, handlers, log, jitter, leaseMs, lastChanceMs, abandonMs, stopping, wake } = options;
  const by = `${name}-${process.pid}`;

  return attempt;

  async function attempt(id: string): Promise<void> {
    try {
      const task = await journal.take(id, by, leaseMs);
      if (task) await failpoint("runner.after-take");
      if (task) await work(task);
    } catch (error) {
      // The lease runs out and the sweep finds the task again.
      log.warn({ task: id, error: String(error) }, "a task was interrupted");
    }
  }

  async function work(task: TakenTask): Promise<void> {
    const lease: Lease = { task: task.id, generation: task.generation };
    const handler = handlers[task.kind];
    if (!handler) throw new Error(`${name} has no handler for ${task.kind} tasks`);
    if (task.attempts > MAX_ATTEMPTS) return park(task, lease, `its worker died ${MAX_ATTEMPTS} times`);
    const lost = new AbortController();
    const msLeft = task.deadlineAt.getTime() - task.now.getTime();
    const deadline = AbortSignal.timeout(Math.min(Math.max(msLeft, lastChanceMs), LONGEST_TIMER_MS));
    const signal = AbortSignal.any([lost.signal, stopping, deadline]);
    const heartbeat = setInterval(() => void beat(), leaseMs / 3);
    const beat = async () => {
      const held = await journal.extend(lease, leaseMs).catch(() => true); // the database decides when it is back
      if (!held) lost.abort(new LeaseLost(`the ${task.kind} task of ${task.context} is held by another worker`));
    };
    try {
      await failpoint("runner.before-run");
      await orAbandoned(handler.run(taskRun(task, lease, signal)), signal, abandonMs);
      await failpoint("runner.after-run");
    } catch (error) {
      if (lost.signal.aborted) return log.info(about(task), "the lease was lost, another worker has the task");
      await failed(task, lease, deadline.aborted ? tooLate(error) : error);
    } finally {
      clearInterval(heartbeat);
    }
  }

  function taskRun(task: TakenTask, lease: Lease, signal: AbortSignal): TaskRun {
    let { seen } = task;
    const append = async (events: NewEvents, how: "under" | "completes") => {
      const appended = await journal.append(task.context, events, { source: name, [how]: lease, seen });
      seen = appended.outcome === "appended" ? appended.seen : undefined;
      return appended;
    };
    return {
      task,
      signal,
      log: log.child({ context: task.context, task: task.kind, attempt: task.attempts }),
      async note(events) {
        const appended = await append(events, "under");
        if (appended.outcome === "already-done")
          throw new LeaseLost(`the ${task.kind} task of ${task.context} is gone`);
        return appended;
      },
      async complete(events) {
        const { outcome } = await append(events, "completes");
        if (outcome === "already-done")
          log.info({ context: task.context, task: task.kind }, "the task was done already");
      },
    };
  }

  async function failed(task: TakenTask, lease: Lease, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    const fields = { ...about(task), error: why };
    if (error instanceof LeaseLost) return log.info(fields, "the lease was lost, another worker has the task");
    if (stopping.aborted) {
      await journal.putOff(lease, 0, "its worker was stopped");
      return log.info(fields, "the task was given back at shutdown");
    }
    if (error instanceof Unavailable) {
      log.warn(fields, "the database is away, the task is tried again");
      return giveBackWhenThere(lease, why);
    }
    if (error instanceof ProviderError) return outsideTrouble(task, lease, error);
    log.error({ ...fields, err: error }, "the task failed");
    if (task.attempts >= MAX_ATTEMPTS) return park(task, lease, why);
    await retryLater(task, lease, why, backoffMs(task.attempts, {}, jitter()), "counted");
  }

  /** An outage is not the task's fault: the run is not counted, and nobody has to wait for the lease to run out. */
  async function giveBackWhenThere(lease: Lease, why: string): Promise<void> {
    for (let tries = 0; tries < OUTAGE_TRIES && !stopping.aborted; tries++) {
      try {
        await journal.putOff(lease, 0, why);
        return;
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        await sleep(OUTAGE_PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  }

  async function outsideTrouble(task: TakenTask, lease: Lease, error: ProviderError): Promise<void> {
    const delay = backoffMs(task.failures + 1, { max: LONGEST_PAUSE_MS, retryAfterMs: error.retryAfterMs }, jitter());
    const now = await journal.now();
    const inTime = now.getTime() + delay < task.deadlineAt.getTime();
    const fields = { context: task.context, task: task.kind, reason: error.reason, error: error.message };
    if (!error.retryable || !inTime) {
      const tries = task.failures === 0 ? "1 try" : `${task.failures + 1} tries`;
      const why = error.retryable ? `gave up after ${tries}: ${error.message}` : error.message;
      log.warn({ ...fields, tries: task.failures + 1 }, "outside trouble, given up");
      return finishWith(task, lease, why);
    }
    log.warn({ ...fields, delay }, "outside trouble, tried again later");
    await retryLater(task, lease, error.message, delay, "not counted");
  }

  async function retryLater(task: TakenTask, lease: Lease, why: string, delay: number, how: "counted" | "not counted") {
    if (how === "counted") await journal.giveBack(lease, delay, why);
    else await journal.putOff(lease, delay, why);
    await wake(task, delay);
  }

  async function finishWith(task: TakenTask, lease: Lease, why: string): Promise<void> {
    const events = await handlers[task.kind]!.giveUp(task, why);
    await journal.append(task.context, events, { source: name, completes: lease });
  }

  /** The run moves on, and the log says that a step of it was given up for a fault of ours. */
  async function park(task: TakenTask, lease: Lease, why: string): Promise<void> {
    log.error({ ...about(task), error: why }, "the task is set aside");
    const events = await handlers[task.kind]!.giveUp(task, why);
    await journal.append(task.context, [...parked(task, why, events), ...events], {
      source: name,
      completes: lease,
      park: why,
    });
  }
}

const about = ({ context, kind, attempts }: TakenTask) => ({ context, task: kind, attempt: attempts });

/** Rejects with the signal's reason when work does not heed it. What such work still stores is refused by its lease. */
async function orAbandoned(work: Promise<void>, signal: AbortSignal, afterMs: number): Promise<void> {
  const ended = new AbortController();
  const abandoned = new Promise<never>((_, reject) => {
    const give = () => reject(signal.reason);
    const later = () => {
      const timer = setTimeout(give, afterMs);
      ended.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    };
    if (signal.aborted) later();
    else signal.addEventListener("abort", later, { once: true, signal: ended.signal });
  });
  try {
    await Promise.race([work, abandoned]);
  } finally {
    ended.abort();
  }
}

/** What a handler throws when its deadline has passed; its own bugs stay bugs. */
function tooLate(error: unknown): unknown {
  if (error instanceof ProviderError)
    return new ProviderError("timeout", `not done within its deadline: ${error.message}`, { cause: error });
  const isAbort = error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
  return isAbort ? new ProviderError("timeout", "not done within its deadline", { cause: error }) : error;
}

/** The target is where the events that end the step have it. */
function parked(task: TakenTask, error: string, ending: readonly NewEvent[]): NewEvent[] {
  const { project, stage, service } = (ending[0]?.data ?? {}) as Partial<Target>;
  if (!project || !stage || !service) return [];
  return [{ kind: "task.parked", data: { project, stage, service, task: task.id, taskKind: task.kind, error } }];
}
