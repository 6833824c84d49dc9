import type { Journal } from "@evenkeel/journal";
import { Unavailable } from "@evenkeel/runtime";

/** So many of the journal's connections may read for people at once; the others are left to intake and workers. */
const MOST_READING = 4;
const MOST_WAITING = 200;
/** So many readers of the stream may read what they have missed. */
const MOST_CATCHING_UP = 2;

/**
 * The journal for whoever looks at it: a reader who asks for much may keep other readers waiting, but never a webhook or
 * a worker, which share its connections.
 */
export function readFew(journal: Journal, most = MOST_READING, mostWaiting = MOST_WAITING): Journal {
  const gate = createGate(most, mostWaiting);
  return {
    ...journal,
    read: (context, projects) => gate(() => journal.read(context, projects)),
    list: (q) => gate(() => journal.list(q)),
    page: (q) => gate(() => journal.page(q)),
    eventCounts: (q, looked) => gate(() => journal.eventCounts(q, looked)),
    remediations: (q) => gate(() => journal.remediations(q)),
    remediationCounts: (q) => gate(() => journal.remediationCounts(q)),
    phases: (projects) => gate(() => journal.phases(projects)),
    tasks: (limit, projects) => gate(() => journal.tasks(limit, projects)),
    taskCounts: (projects) => gate(() => journal.taskCounts(projects)),
    notifications: (q) => gate(() => journal.notifications(q)),
    revisions: (project, limit) => gate(() => journal.revisions(project, limit)),
  };
}

/** The journal for the readers of the stream, whose number is bounded where they come in. */
export function catchUpFew(journal: Journal, most = MOST_CATCHING_UP): Journal {
  const gate = createGate(most, Infinity);
  return { ...journal, after: (cursor, limit) => gate(() => journal.after(cursor, limit)) };
}

/**
 * Lets so much work run at once; the rest waits in line.
 * @throws Unavailable when too many wait already
 */
export function createGate(most: number, mostWaiting: number) {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < most) running++;
    else if (waiting.length >= mostWaiting)
      throw new Unavailable("more is being read than the database keeps up with; ask again in a moment");
    // Who is let in takes the place of the one that goes.
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
