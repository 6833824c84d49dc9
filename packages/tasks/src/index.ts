export { createTaskQueue } from "./create.ts";
export type { TaskQueueOptions } from "./create.ts";
export type { QueueLog, TaskQueue, Wakeup, Working } from "./queue.ts";
export { LeaseLost, queueOf, startRunner, wakeOthers } from "./runner.ts";
export type { Runner, RunnerOptions, TaskHandler, TaskRun } from "./runner.ts";
