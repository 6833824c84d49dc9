import { readFileSync } from "node:fs";
import type { EvenkeelProcess } from "../../support/evenkeel.ts";

/** Memory that the process holds now, of proc(5). */
export function rssMb({ child }: EvenkeelProcess): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
  return Number(kb ?? 0) / 1024;
}
