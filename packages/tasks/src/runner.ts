import { setTimeout as sleep } from "node:timers/promises";
import type { NewEvent, Target } from "@evenkeel/events";
import type { Appended, Journal, Lease, OpenedTask, TakenTask } from "@evenkeel/journal";
import { backoffMs, failpoint, ProviderError, Unavailable, type Log } from "@evenkeel/runtime";
import type { TaskQueue, Wakeup } from "./queue.ts";

type TaskKind = TakenTask["kind"];

/** What a handler may use while it holds its task. */
export interface TaskRun {
  task: TakenTask;
  /** Aborted when the lease is lost, the deadline has passed, or the process stops. */
  signal: AbortSignal;
  log: Log;
  /** Appends under this run's lease. Throws `LeaseLost` when it is not ours any more: stop, nothing was stored. */
  note(events: readonly NewEvent[]): Promise<Appended>;
  /** Appends and finishes the task. Does nothing when it was finished already. */
  complete(events: readonly NewEvent[]): Promise<void>;
}

export interface TaskHandler {
  run(run: TaskRun): Promise<void>;
  /** The events that end the step when it cannot be done: outside trouble past the deadline, or the fifth crash. */
  giveUp(task: TakenTask, why: string): Promise<readonly NewEvent[]> | readonly NewEvent[];
}

export interface RunnerOptions {
  journal: Journal;
  queue: TaskQueue;
  /** The service's name: its queue, and who holds its leases. */
  name: string;
  handlers: Partial<Record<TaskKind, TaskHandler>>;
  concurrency: number;
  log: Log;
  /** Random 0..1 for jitter; an argument so that tests are repeatable. */
  jitter?: () => number;
  leaseMs?: number;
  sweepMs?: number;
  /** A task that is taken up past its deadline, after an outage, still gets this long. */
  lastChanceMs?: number;
  /** How long a handler may go on after it was told to stop, before its task is taken from it. */
  abandonMs?: number;
}

export interface Runner {
  /** Gives back what runs, waiting at most so long. */
  close(graceMs?: number): Promise<void>;
}

/** The worker has lost its task to another: whatever it was about to write must not be written. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

const MAX_ATTEMPTS = 5;
/** A longer timer would go off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const SWEEP_BATCH = 200;
const MOST_WAITING = 1_000;
const OUTAGE_PAUSE_MS = 500;
const OUTAGE_TRIES = 120;
const KEEP_NOTIFICATIONS = 20_000;

/**
 * Runs the tasks of some kinds: woken by this process's own appends, by the queue, and by a sweep of what is due, so
 * that a lost queue loses nothing. Only the lease decides who works; being woken twice is harmless.
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { journal, queue, name, handlers, concurrency, log } = options;
  const { leaseMs = 3_500, sweepMs = 1_000, lastChanceMs = 30_000, abandonMs = 5_000, jitter = Math.random } = options;
  const kinds = Object.keys(handlers) as TaskKind[];
  const by = `${name}-${process.pid}`;
  const running = new Map<string, Promise<void>>();
  /** In the order in which they came. Another process with room finds them by its sweep. */
  const backlog = new Set<string>();
  const stopping = new AbortController();

  /** Runs a task now when there is room; says whether there was. */
  function startNow(id: string): boolean {
    if (stopping.signal.aborted) return false;
    if (running.has(id)) return true;
    if (running.size >= concurrency) return false;
    run(id);
    return true;
  }

  function run(id: string): void {
    const done = handle(id).finally(() => {
      running.delete(id);
      for (const next of backlog) {
        if (!startNow(next)) return;
        backlog.delete(next);
      }
    });
    running.set(id, done);
  }

  /** Runs a task of this process's own making now, or when there is room; says whether it can be left to it. */
  function handOff(id: string): boolean {
    if (startNow(id)) return true;
    if (stopping.signal.aborted || backlog.size >= MOST_WAITING) return false;
    backlog.add(id);
    return true;
  }

  async function handle(id: string): Promise<void> {
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
    const signal = AbortSignal.any([lost.signal, stopping.signal, deadline]);
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
    const append = async (events: readonly NewEvent[], how: "under" | "completes") => {
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
    if (stopping.signal.aborted) {
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
    for (let tries = 0; tries < OUTAGE_TRIES && !stopping.signal.aborted; tries++) {
      try {
        await journal.putOff(lease, 0, why);
        return;
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        await sleep(OUTAGE_PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  }

  async function outsideTrouble(task: TakenTask, lease: Lease, error: ProviderError): Promise<void> {
    const delay = backoffMs(task.failures + 1, { retryAfterMs: error.retryAfterMs }, jitter());
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

  async function wake(task: { id: string; kind: string; generation: number }, delayMs: number): Promise<void> {
    try {
      await queue.add(name, { task: task.id, generation: task.generation }, delayMs);
    } catch (error) {
      log.warn({ task: task.id, error: String(error) }, "the queue is away, the sweep will find the task");
    }
  }

  /** What nobody works on though it is due. Without a queue it is run here directly. */
  async function sweep(): Promise<void> {
    await failpoint("runner.sweep");
    const due = await journal.overdue(kinds, SWEEP_BATCH);
    const left = due.filter(({ id }) => !backlog.has(id) && !startNow(id));
    await Promise.all(left.map((task) => wake(task, 0)));
  }

  const own = new Set<string>(kinds);
  const onTasks = (tasks: readonly OpenedTask[]) => {
    void failpoint("queue.before-hand-off");
    for (const task of tasks) {
      if (!own.has(task.kind)) continue;
      if (task.dueInMs > 0 || !handOff(task.id)) void wake({ ...task, generation: 0 }, task.dueInMs);
    }
  };
  journal.onTasks(onTasks);

  const worker = await queue.work(
    name,
    async (wakeup: Wakeup) => {
      // The queue bounds its own concurrency; its work is registered so that nothing runs twice in this process.
      if (!running.has(wakeup.task) && !stopping.signal.aborted) run(wakeup.task);
      await running.get(wakeup.task);
    },
    { concurrency },
  );

  let sweeps = 0;
  let sweeping = false;
  const sweeper = setInterval(() => {
    if (sweeping) return;
    sweeping = true;
    void sweep()
      .catch((error: unknown) => log.warn({ error: String(error) }, "the sweep failed"))
      .finally(() => (sweeping = false));
    if (sweeps++ % 600 === 0) void journal.pruneNotifications(KEEP_NOTIFICATIONS).catch(() => undefined);
  }, sweepMs);

  return {
    async close(graceMs = 15_000) {
      clearInterval(sweeper);
      stopping.abort(new Error("the process is stopping"));
      const grace = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
      await worker.close(graceMs);
      await Promise.race([Promise.allSettled(running.values()), grace]);
    },
  };
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

/** The queue that a kind of task is worked from. */
export const queueOf: Readonly<Record<TaskKind, string>> = {
  plan: "remediation-engine",
  act: "remediation-engine",
  notify: "remediation-engine",
  wait: "evaluation-worker",
  evaluate: "evaluation-worker",
};

/** For a process that appends but runs no tasks of those kinds: wakes the services that do. */
export function wakeOthers(journal: Journal, queue: TaskQueue, ownKinds: readonly TaskKind[], log: Log): void {
  journal.onTasks((tasks) => {
    for (const task of tasks) {
      const kind = task.kind as TaskKind;
      if (ownKinds.includes(kind)) continue;
      void failpoint("queue.after-commit-before-add");
      queue.add(queueOf[kind], { task: task.id, generation: 0 }, task.dueInMs).catch((error: unknown) => {
        log.warn({ task: task.id, error: String(error) }, "the queue is away, the sweep will find the task");
      });
    }
  });
}
