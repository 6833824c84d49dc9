import { PassThrough, Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Io } from "./io.ts";
import { run } from "./run.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface TestOptions {
  stdin?: string;
  env?: Record<string, string>;
}

export interface Running {
  /** What it has printed so far. */
  texts: { stdout: string; stderr: string };
  /** Ctrl-C. */
  interrupt(): void;
  done: Promise<Ran>;
}

/** Starts a command line in this process, as a shell would see it. */
export function start(words: readonly string[], { stdin = "", env = {} }: TestOptions = {}): Running {
  const interrupted = new AbortController();
  const texts = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") =>
    new PassThrough().on("data", (chunk: Buffer) => (texts[name] += chunk.toString("utf8")));
  const io: Io = {
    stdin: Readable.from([stdin]),
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    env,
    platform: "linux",
    signal: interrupted.signal,
    now: () => new Date(),
  };
  const done = run(words, io).then(async (code) => {
    // What a PassThrough was given arrives with the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    return { code, ...texts };
  });
  return { texts, done, interrupt: () => interrupted.abort(new Error("interrupted")) };
}

export function evenkeel(words: readonly string[], options?: TestOptions): Promise<Ran> {
  return start(words, options).done;
}

const PATIENCE_MS = 15_000;

/** Resolves as soon as it holds. Rejects when that takes too long; `told` says then what there was instead. */
export async function until(holds: () => boolean | Promise<boolean>, told: () => string = () => ""): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain; so far: ${told()}`);
    await delay(20);
  }
}
