import type { Acting, Finished, Phase, Remediation } from "./state.ts";

/** What an operator may ask of a run. */
export type Command = "pause" | "resume" | "abort" | "skip-wait" | "rerun";

const UNFINISHED = ["queued", "planning", "acting", "waiting", "evaluating"] as const satisfies readonly Phase[];

/** The one table of which command is allowed in which phase; API, CLI and bridge all ask it. */
export const allowed = {
  pause: UNFINISHED,
  resume: UNFINISHED,
  abort: UNFINISHED,
  "skip-wait": ["waiting"],
  rerun: ["finished"],
} as const satisfies Record<Command, readonly Phase[]>;

/** As much of a state as decides what is allowed. */
export type Standing = Pick<Remediation, "phase" | "paused" | "problemState"> &
  Pick<Finished, "repeated"> &
  Pick<Acting, "aborting">;

/** Why a command is not allowed now, or undefined when it is. */
export function refusal(command: Command, state: Standing): string | undefined {
  const phases: readonly Phase[] = allowed[command];
  if (!phases.includes(state.phase))
    return `${command} is possible while ${phases.join(", ")}; this run is ${state.phase}`;
  if (command === "abort" && state.aborting)
    return `${state.aborting.by} has asked for it already: the run ends when its action is completed`;
  if (command === "pause" && state.paused) return `already paused by ${state.paused.by}`;
  if (command === "resume" && !state.paused) return "not paused";
  if (command === "rerun" && state.repeated)
    return `${state.repeated.by} has it run again already: see run ${state.repeated.run}`;
  if (command === "rerun" && state.problemState !== "open")
    return `the problem was ${state.problemState}: there is nothing to act on`;
  return undefined;
}
