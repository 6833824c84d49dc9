import { checkData, typeOf, type Event, type NewEvent, type Target } from "@evenkeel/events";
import { decide, evolve, type Emit, type Remediation } from "@evenkeel/remediation";

export interface Stamp {
  /** The database's clock, RFC 3339. */
  now: string;
  newId: () => string;
  source: string;
}

/** Gives an event what it lacks: id, time, source, type, context. Throws a ZodError when its data breaks its schema. */
export function complete(event: NewEvent, context: string, stamp: Stamp): Event {
  const stage = stageOf(event.data);
  const whole = {
    ...event,
    id: event.id ?? stamp.newId(),
    source: event.source ?? stamp.source,
    type: event.type ?? typeOf(event.kind, stage),
    time: event.time ?? stamp.now,
    context,
  } as Event;
  checkData(whole);
  return whole;
}

/** Events that decide asked for get the target of their run, and the revision that it is pinned to. */
export function emitted(emit: Emit, state: Remediation, stamp: Stamp): Event {
  const target: Target = state.target;
  const revision = "plan" in state && state.plan ? state.plan.revision : undefined;
  const event = { ...emit, gitcommitid: revision, data: { ...target, ...(emit.data as object) } } as NewEvent;
  return complete(event, state.context, stamp);
}

/** Folds an event and everything that follows from it, in order. */
export function follow(
  state: Remediation | undefined,
  event: Event,
  stamp: Stamp,
): { state: Remediation | undefined; events: Event[] } {
  const events = [event];
  let next = evolve(state, event);
  for (const emit of decide(next, event)) {
    if (!next) break;
    const after = follow(next, emitted(emit, next, stamp), stamp);
    next = after.state;
    events.push(...after.events);
  }
  return { state: next, events };
}

function stageOf(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || !("stage" in data)) return undefined;
  return typeof data.stage === "string" ? data.stage : undefined;
}
