import type { Event } from "@evenkeel/events";
import type { Planning } from "./state.ts";

/** Does a started or finished event belong to the `.triggered` that the run is at? */
export function answers(state: { triggeredid: string }, event: Event): boolean {
  return event.triggeredid === state.triggeredid;
}

/** A run is planned once, so an answer that does not say what it answers can only mean that. */
export function answersPlan({ triggeredid }: Planning, event: Event): boolean {
  return event.triggeredid === undefined || event.triggeredid === triggeredid;
}
