import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What happens at an armed point. */
export type FailAction = "kill" | "throw" | "stop" | { delayMs: number };

export interface Armed {
  name: string;
  /** The how-manieth time the point is reached; 1 for the first. */
  nth: number;
  action: FailAction;
}

/**
 * `<name>[:nth][=kill|throw|stop|delay:ms]`, such as `act.after-patch:2=kill`; the action is kill when none is named.
 * Throws a RangeError on any other text: a typo must not look like a point that is never reached.
 */
export function parseFailpoint(text: string): Armed {
  const parts = /^([a-z][a-z.-]*)(?::([1-9]\d*))?(?:=(?:(kill|throw|stop)|delay:(\d+)))?$/.exec(text);
  if (!parts) throw new RangeError(`failpoint ${JSON.stringify(text)}: expected name[:nth][=kill|throw|stop|delay:ms]`);
  const [, name = "", nth, word, delayMs] = parts;
  const action = delayMs === undefined ? ((word ?? "kill") as "kill" | "throw" | "stop") : { delayMs: Number(delayMs) };
  return { name, nth: Number(nth ?? 1), action };
}

export class FailpointError extends Error {
  override readonly name = "FailpointError";
}

/** Read once: a point that is not armed costs one comparison. */
const given = process.env["EVENKEEL_FAILPOINT"];
const armed = given ? parseFailpoint(given) : undefined;
let hits = 0;

/**
 * A step of the work where tests let this process die, fail, stop or linger. Does nothing unless EVENKEEL_FAILPOINT
 * names it; the released bundle has an empty function in its place.
 */
export function failpoint(name: string): Promise<void> | undefined {
  if (armed?.name !== name || ++hits !== armed.nth) return undefined;
  // Written past the log's buffers: whoever waits for it must see it before the end.
  writeSync(2, `failpoint ${name} reached\n`);
  if (armed.action === "throw") throw new FailpointError(`failpoint ${name}`);
  if (typeof armed.action === "object") return sleep(armed.action.delayMs);
  process.kill(process.pid, armed.action === "kill" ? "SIGKILL" : "SIGSTOP");
  return undefined;
}
