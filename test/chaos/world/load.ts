import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";

/** How busy the machine was during a run: with too much to do, times of recovery say nothing. */
export interface Load {
  /** Share of the processors' time that was used, by whomever, 0 … 1. */
  busy: number;
  /** Processor time that this run took, with its services and stores, in seconds. */
  cpuSeconds: number;
  /** The mean of the one-minute load average. */
  average: number;
  cores: number;
}

const EVERY_MS = 5_000;

export function createLoadMeter(): { stop(): Load } {
  const [machine, own] = [machineTicks(), ownTicks()];
  const averages: number[] = [];
  const timer = setInterval(() => averages.push(loadavg()[0]!), EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      averages.push(loadavg()[0]!);
      const now = machineTicks();
      return {
        busy: round(1 - (now.idle - machine.idle) / Math.max(1, now.all - machine.all)),
        cpuSeconds: round((ownTicks() - own) / 100),
        average: round(averages.reduce((sum, one) => sum + one, 0) / averages.length),
        cores: cpus().length,
      };
    },
  };
}

/** proc(5): the first line of /proc/stat, in hundredths of a second. */
function machineTicks(): { idle: number; all: number } {
  const [first = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const ticks = first.split(/\s+/).slice(1, 9).map(Number);
  return { idle: ticks[3]! + ticks[4]!, all: ticks.reduce((sum, one) => sum + one, 0) };
}

/** proc(5): utime, stime, cutime and cstime of this process; of its children once they have ended. */
function ownTicks(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, one) => sum + Number(one), 0);
}

const round = (value: number) => Math.round(value * 100) / 100;
