import type { Phase, Remediation } from "./state.ts";

/** What an operator may ask of a run. */
export type Command = "pause" | "resume" | "abort" | "skip-wait";

const UNFINISHED = ["queued", "planning", "acting", "waiting", "evaluating"] as const satisfies readonly Phase[];

/** The one table of which command is allowed in which phase; API, CLI and bridge all ask it. */
export const allowed = {
  pause: UNFINISHED,
  resume: UNFINISHED,
  abort: UNFINISHED,
  "skip-wait": ["waiting"],
} as const satisfies Record<Command, readonly Phase[]>;

/** Why a command is not allowed now, or undefined when it is. */
export function refusal(command: Command, state: Pick<Remediation, "phase" | "paused">): string | undefined {
  const phases: readonly Phase[] = allowed[command];
  if (!phases.includes(state.phase))
    return `${command} is possible while ${phases.join(", ")}; this run is ${state.phase}`;
  if (command === "pause" && state.paused) return `already paused by ${state.paused.by}`;
  if (command === "resume" && !state.paused) return "not paused";
  return undefined;
}
