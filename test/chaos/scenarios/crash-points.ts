/** A step at which a process is killed, and how often a round passes it. */
export interface CrashPoint {
  name: string;
  /** Hits to choose from: a run reaches the later steps of its actions twice. */
  hits: readonly number[];
  /** Roles of the process that dies; default: all that work. */
  roles?: readonly string[];
}

/** Every failpoint between a request and the end of its run, in that order. */
export const crashPoints: readonly CrashPoint[] = [
  { name: "ingester.received", hits: [1, 2] },
  { name: "ingester.authenticated", hits: [1, 2] },
  { name: "ingester.parsed", hits: [1, 2] },
  { name: "ingester.before-append", hits: [1, 2] },
  { name: "append.after-look", hits: [1, 2, 3, 7, 11, 15] },
  { name: "append.after-commit", hits: [1, 2, 3, 7, 11, 15] },
  { name: "ingester.after-append-before-answer", hits: [1, 2] },
  { name: "queue.after-commit-before-add", hits: [1, 2], roles: ["ingester"] },
  { name: "queue.before-hand-off", hits: [1, 2, 4, 8] },
  { name: "runner.sweep", hits: [6, 12] },
  { name: "runner.after-take", hits: [1, 2, 4, 8] },
  { name: "runner.before-run", hits: [1, 2, 4, 8] },
  { name: "plan.after-started", hits: [1, 2] },
  { name: "plan.before-finished", hits: [1, 2] },
  { name: "act.before-started", hits: [1, 2] },
  { name: "act.after-started-before-patch", hits: [1, 2] },
  { name: "act.after-patch", hits: [1, 2] },
  { name: "act.while-waiting-available", hits: [1, 2] },
  { name: "act.before-finished", hits: [1, 2, 5] },
  { name: "wait.before-finished", hits: [1, 2] },
  { name: "evaluate.after-started", hits: [1, 2] },
  { name: "evaluate.after-get-sli", hits: [1, 2] },
  { name: "evaluate.before-finished", hits: [1, 2] },
  { name: "notify.before-post", hits: [1, 2] },
  { name: "notify.after-post", hits: [1, 2] },
  { name: "runner.after-run", hits: [1, 2, 4, 8] },
];

/** What an operator asks of a run, and the step at which the bridge dies over it. */
export interface CommandPoint {
  command: "abort" | "rerun" | "retry";
  name: string;
}

/** With those above, these are all failpoints of the product: a test compares them with the sources. */
export const commandPoints: readonly CommandPoint[] = [
  { command: "rerun", name: "append.after-look" },
  { command: "rerun", name: "rerun.between-runs" },
  { command: "rerun", name: "rerun.after-commit" },
  { command: "rerun", name: "queue.after-commit-before-add" },
  { command: "retry", name: "append.after-look" },
  { command: "retry", name: "retry.before-commit" },
  { command: "retry", name: "retry.after-commit" },
  { command: "retry", name: "queue.after-commit-before-add" },
  { command: "abort", name: "append.after-look" },
  { command: "abort", name: "append.after-commit" },
];
