import type { EvenkeelProcess } from "../../support/evenkeel.ts";

/** Resolves with the time when a process is gone; rejects when it is still there after a while. */
export function ended({ child, output }: EvenkeelProcess, withinMs: number): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(Date.now());
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`the process is still there after ${withinMs} ms: ${output().slice(-2_000)}`));
    }, withinMs);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve(Date.now());
    });
  });
}

/** Resolves when the process has said that it reached its failpoint. */
export async function reached({ output }: EvenkeelProcess, name: string, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  while (!output().includes(`failpoint ${name} reached`)) {
    if (performance.now() > end) throw new Error(`failpoint ${name} was not reached: ${output().slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function pause(process_: EvenkeelProcess): void {
  process.kill(process_.child.pid!, "SIGSTOP");
}

export function resume(process_: EvenkeelProcess): void {
  process.kill(process_.child.pid!, "SIGCONT");
}
