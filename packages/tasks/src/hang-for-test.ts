/** A process that tests can kill: works one queue, writes each wake-up as a line of JSON, and never ends a handler. */
import { createTaskQueue, type TaskQueueOptions } from "./create.ts";

const [options = "{}", name = ""] = process.argv.slice(2);
const queue = await createTaskQueue(JSON.parse(options) as TaskQueueOptions);
await queue.work(
  name,
  (wakeup) => {
    process.stdout.write(`${JSON.stringify(wakeup)}\n`);
    return new Promise(() => undefined);
  },
  { concurrency: 1 },
);
process.stdin.on("end", () => process.exit()).resume();
