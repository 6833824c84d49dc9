import type { Journal, OpenedTask } from "@evenkeel/journal";
import { failpoint, type Log } from "@evenkeel/runtime";
import { attemptsOf } from "./attempt.ts";
import type { TaskHandler, TaskKind } from "./handler.ts";
import type { TaskQueue, Wakeup } from "./queue.ts";

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

const SWEEP_BATCH = 200;
const MOST_WAITING = 1_000;
const KEEP_NOTIFICATIONS = 20_000;

/**
 * Runs the tasks of some kinds: woken by this process's own appends, by the queue, and by a sweep of what is due, so
 * that a lost queue loses nothing. Only the lease decides who works; being woken twice is harmless.
 */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { journal, queue, name, handlers, concurrency, log } = options;
  const { leaseMs = 3_500, sweepMs = 500, lastChanceMs = 30_000, abandonMs = 5_000, jitter = Math.random } = options;
  const kinds = Object.keys(handlers) as TaskKind[];
  const running = new Map<string, Promise<void>>();
  /** In the order in which they came. Another process with room finds them by its sweep. */
  const backlog = new Set<string>();
  const stopping = new AbortController();
  const timing = { leaseMs, lastChanceMs, abandonMs, jitter, stopping: stopping.signal };
  const attempt = attemptsOf({ journal, name, handlers, log, wake, ...timing });

  /** Runs a task now when there is room; says whether there was. */
  function startNow(id: string): boolean {
    if (stopping.signal.aborted) return false;
    if (running.has(id)) return true;
    if (running.size >= concurrency) return false;
    run(id);
    return true;
  }

  function run(id: string): void {
    const done = attempt(id).finally(() => {
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

  async function prune(): Promise<void> {
    await journal.pruneNotifications(KEEP_NOTIFICATIONS).catch((error: unknown) => {
      log.warn({ error: String(error) }, "old notifications were not removed");
    });
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
    if (sweeps++ % 1_200 === 0) void prune();
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
