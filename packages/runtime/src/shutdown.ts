import type { Log } from "./log.ts";

type Signal = "SIGINT" | "SIGTERM";

export interface ShutdownOptions {
  log: Log;
  /** All closers together, milliseconds. */
  deadlineMs?: number;
  exit?: (code: number) => void;
  process?: Pick<NodeJS.EventEmitter, "on" | "off">;
}

export interface Shutdown {
  /** Closers run one after the other, the last registered first: what was opened last depends on what was opened before. */
  add(name: string, close: () => unknown): void;
  /** Runs the closers once. Resolves to whether all succeeded within the deadline. */
  run(reason: string): Promise<boolean>;
  /** Aborted as soon as a shutdown begins. */
  signal: AbortSignal;
  /** Listens to SIGINT and SIGTERM; the first one shuts down, the second exits at once. Returns the undo. */
  install(): () => void;
}

const EXIT_CODE: Record<Signal, number> = { SIGINT: 130, SIGTERM: 143 };

export function createShutdown({
  log,
  deadlineMs = 20_000,
  exit = process.exit,
  process: source = process,
}: ShutdownOptions): Shutdown {
  const closers: { name: string; close: () => unknown }[] = [];
  const controller = new AbortController();
  let running: Promise<boolean> | undefined;

  async function runAll(reason: string): Promise<boolean> {
    log.info({ reason }, "shutting down");
    controller.abort(new Error(`shutting down: ${reason}`));
    let timer: NodeJS.Timeout | undefined;
    let late = false;
    const deadline = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), deadlineMs);
    });
    let clean = true;
    for (const { name, close } of closers.reverse()) {
      if (late) {
        log.warn({ closer: name }, "not closed in time");
        continue;
      }
      const outcome = await Promise.race([attempt(close), deadline]);
      if (outcome === "closed") continue;
      clean = false;
      if (outcome === "late") {
        late = true;
        log.warn({ closer: name, deadlineMs }, "not closed in time");
      } else log.error({ closer: name, err: outcome.error }, "closing failed");
    }
    clearTimeout(timer);
    return clean;
  }

  const run = (reason: string) => (running ??= runAll(reason));
  return {
    add: (name, close) => void closers.push({ name, close }),
    run,
    signal: controller.signal,
    install() {
      const onSignal = (signal: Signal) => {
        if (running) return exit(EXIT_CODE[signal]);
        void run(signal).then((clean) => exit(clean ? 0 : 1));
      };
      source.on("SIGINT", onSignal);
      source.on("SIGTERM", onSignal);
      return () => {
        source.off("SIGINT", onSignal);
        source.off("SIGTERM", onSignal);
      };
    },
  };
}

async function attempt(close: () => unknown): Promise<"closed" | { error: unknown }> {
  try {
    await close();
    return "closed";
  } catch (error) {
    return { error };
  }
}
