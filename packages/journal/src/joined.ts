import type { Appended } from "./append.ts";

/** Two appends of one transaction, as one. */
export function joined(first: Appended, second: Appended): Appended {
  if (first.outcome !== "appended") return second;
  if (second.outcome !== "appended") return first;
  return {
    ...first,
    events: [...first.events, ...second.events],
    tasks: [...first.tasks, ...second.tasks],
  };
}
