import { setTimeout as sleep } from "node:timers/promises";
import { launch, type Server, type ServerPlan, shutDown, unref } from "./server.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface Running {
  readonly pid: number;
  stop(signal: "SIGINT" | "SIGQUIT"): Promise<void>;
}

/** Starts the server and starts it again whenever it ends by itself, at growing intervals, until `stop`. */
export async function keepRunning(plan: ServerPlan): Promise<Running> {
  let server = await launchWhenFree(plan);
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

/** The sessions of a server that was killed hold its shared memory until they notice, which takes them a moment. */
async function launchWhenFree(plan: ServerPlan): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(plan);
    } catch (error) {
      if (attempt === 20 || !/shared memory block/.test((error as Error).message)) throw error;
      await sleep(500);
    }
  }
}
