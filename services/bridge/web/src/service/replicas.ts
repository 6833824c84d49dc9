import type { DataOf, LogEvent } from "../types.ts";

/** What an action has seen of the workload, and what it made of it. */
export interface Sighting {
  id: string;
  context: string;
  time: string;
  workload: string;
  before: number;
  after: number;
  /** How many there were and how many of them were available when the action ended. */
  replicas?: number;
  available?: number;
  /** Whose minimum was raised, when the workload has an owner that scales it. */
  autoscaler?: string;
  result: "pass" | "warning" | "fail" | "inconclusive";
  message: string;
}

/** The changes of replicas among a service's actions; the order stays. */
export function sightings(events: readonly LogEvent[]): Sighting[] {
  return events.flatMap((event): Sighting[] => {
    if (event.kind !== "action.finished") return [];
    const { details, result, message } = event.data as DataOf<"action.finished">;
    const { before, after, replicas, available, autoscaler } = details;
    if (typeof before !== "number" || typeof after !== "number") return [];
    return [
      {
        ...{ id: event.id, context: event.shkeptncontext, time: event.time, before, after, result, message },
        workload: [details["kind"], details["name"]].filter((part) => typeof part === "string").join(" ") || "workload",
        ...(typeof replicas === "number" && { replicas }),
        ...(typeof available === "number" && { available }),
        ...(typeof autoscaler === "string" && { autoscaler }),
      },
    ];
  });
}
