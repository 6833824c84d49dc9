import type { QueueLog } from "./queue.ts";

/** Says once that a connection is in trouble and once that it is back, however often it is tried in between. */
export function outageLog(log: QueueLog, where: object) {
  let lastTrouble: string | undefined;
  return {
    trouble(error: Error): void {
      if (error.message === lastTrouble) return;
      lastTrouble = error.message;
      log.warn({ ...where, err: error }, "queue connection in trouble");
    },
    works(): void {
      if (lastTrouble === undefined) return;
      lastTrouble = undefined;
      log.info(where, "queue connection works again");
    },
  };
}

export type OutageLog = ReturnType<typeof outageLog>;

/** What BullMQ could not do with a job: mostly to record the end of one that is not there any more, which is harmless. */
export function reportJobTrouble(log: QueueLog, queue: string, error: Error): void {
  log.warn({ queue, err: error }, "queue reports trouble with a wake-up");
}
