import { setTimeout as sleep } from "node:timers/promises";
import { launch, type Server, type ServerPlan, shutDown, unref } from "./server.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface Running {
  readonly pid: number;
  stop(signal: "SIGINT" | "SIGQUIT"): Promise<void>;
}

/** Starts the server and starts it again whenever it ends by itself, at growing intervals, until `stop`. */
export async function keepRunning(plan: ServerPlan, takeOver: () => Promise<void>): Promise<Running> {
  let server = await launchWhenFree(plan, takeOver);
  const stopping = new AbortController();
  let reviving = Promise.resolve();

  const watch = (watched: Server) => {
    unref(watched);
    const onExit = () => {
      if (!stopping.signal.aborted) reviving = revive();
    };
    if (watched.child.exitCode !== null || watched.child.signalCode !== null) onExit();
    else watched.child.once("exit", onExit);
  };
  const revive = async () => {
    plan.log("PostgreSQL ended unexpectedly and is started again");
    for (let pause = FIRST_PAUSE_MS; !stopping.signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        server = await launch(plan);
        return watch(server);
      } catch (error) {
        plan.log(`PostgreSQL could not be started again: ${(error as Error).message}`);
        await sleep(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  watch(server);

  return {
    get pid() {
      return server.pid;
    },
    async stop(signal) {
      stopping.abort();
      await reviving;
      await shutDown(server, signal);
    },
  };
}

/**
 * What was killed a moment ago may still be in the way: its sessions hold the shared memory until they notice, it may
 * not be reaped yet, or the process above it started another one just before it was killed, too.
 */
async function launchWhenFree(plan: ServerPlan, takeOver: () => Promise<void>): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(plan);
    } catch (error) {
      if (attempt === 20 || !/shared memory block|lock file ".*" already exists/.test((error as Error).message))
        throw error;
      await sleep(500);
      await takeOver();
    }
  }
}
