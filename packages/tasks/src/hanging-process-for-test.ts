import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { StoreUnderTest } from "./contract.ts";
import type { TaskQueueOptions } from "./create.ts";
import type { Wakeup } from "./queue.ts";

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const script = fileURLToPath(new URL("./hang-for-test.ts", import.meta.url));

export function hangingProcess(options: TaskQueueOptions): StoreUnderTest["openHangingProcess"] {
  return (queue) => {
    const child = spawn(process.execPath, ["--import", loader, script, JSON.stringify(options), queue], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const taken = once(createInterface({ input: child.stdout }), "line").then(
      ([line]) => JSON.parse(String(line)) as Wakeup,
    );
    return {
      taken,
      async kill() {
        child.kill("SIGKILL");
        await ended;
      },
    };
  };
}
