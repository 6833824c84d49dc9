export { createTaskQueue } from "./create.ts";
export type { TaskQueueOptions } from "./create.ts";
export type { QueueLog, TaskQueue, Wakeup, Working } from "./queue.ts";
export { LeaseLost } from "./handler.ts";
export type { TaskHandler, TaskRun } from "./handler.ts";
export { startRunner } from "./runner.ts";
export type { Runner, RunnerOptions } from "./runner.ts";
export { queueOf, wakeOthers } from "./wake-others.ts";
