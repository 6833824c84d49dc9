import { checkData, typeOf, type Event, type NewEvent, type Target } from "@evenkeel/events";
import { decide, type Emit } from "./decide.ts";
import { evolve } from "./evolve.ts";
import { holdsTarget, type Remediation } from "./state.ts";
import { openTask, type TaskSpec } from "./tasks.ts";

export interface Lease {
  task: string;
  generation: number;
}

export interface OpenTask extends TaskSpec {
  id: string;
  context: string;
  generation: number;
}

/** Two runs would hold one target: the database's unique index refuses the whole append. */
export class TargetTaken extends Error {}

/**
 * The journal's one transaction over plain maps: the same admission, the same fold, the same open tasks, a clock that
 * moves only when told. States go through JSON, as they do in the database.
 */
export function memoryJournal() {
  const log: Event[] = [];
  const states = new Map<string, Remediation>();
  const tasks = new Map<string, OpenTask>();
  /** Ids of the events that `decide` or the admission asked for. */
  const own = new Set<string>();
  let now = Date.UTC(2026, 0, 1);
  let ids = 0;

  const clock = () => new Date(now).toISOString();

  function complete(event: NewEvent, context: string): Event {
    const stage = (event.data as Partial<Target> | undefined)?.stage;
    const filled = { id: `e${++ids}`, source: "worker", type: typeOf(event.kind, stage), time: clock() };
    const whole = { ...filled, ...event, context } as Event;
    checkData(whole);
    return whole;
  }

  function emitted(emit: Emit, state: Remediation): Event {
    const event = complete({ ...emit, data: { ...state.target, ...emit.data } } as NewEvent, state.context);
    own.add(event.id);
    return event;
  }

  function follow(state: Remediation | undefined, event: Event): { state: Remediation | undefined; events: Event[] } {
    const events = [event];
    let next = stored(evolve(state, event));
    for (const emit of decide(next, event)) {
      if (!next) break;
      const after = follow(next, emitted(emit, next));
      next = after.state;
      events.push(...after.events);
    }
    return { state: next, events };
  }

  const sameTarget = (a: Target, b: Target) =>
    a.project === b.project && a.stage === b.stage && a.service === b.service;

  function holderOf(target: Target): Remediation | undefined {
    return [...states.values()].find((state) => sameTarget(state.target, target) && holdsTarget(state));
  }

  /** `undefined`: the lease is lost, nothing was stored. */
  function append(context: string, inputs: readonly NewEvent[], lease?: Lease, how?: "completes" | "under") {
    if (lease && tasks.get(lease.task)?.generation !== lease.generation) return undefined;
    const fresh = inputs.filter(({ id }) => id === undefined || !log.some((event) => event.id === id));
    const before = states.get(context);
    const resolvedBefore = !before && log.some((event) => event.context === context && isResolved(event));
    const events: Event[] = [];
    const changed = new Map<string, Remediation>();
    let state = before;
    for (const input of fresh) {
      if (resolvedBefore && input.kind === "remediation.triggered") continue;
      const after = follow(state, complete(input, context));
      events.push(...after.events);
      state = after.state;
    }
    if (state?.phase === "queued" && !state.paused) {
      const holder = holderOf(state.target);
      const admission: Emit | undefined = !holder
        ? { kind: "remediation.started", data: {} }
        : state.behind
          ? undefined
          : { kind: "remediation.queued", data: { behind: holder.context } };
      if (admission) {
        const after = follow(state, emitted(admission, state));
        events.push(...after.events);
        state = after.state;
      }
    }
    if (state) changed.set(context, state);
    if (before && holdsTarget(before) && state && !holdsTarget(state)) {
      const { target } = state;
      const next = [...states.values()].find(
        (other) =>
          other.context !== context && sameTarget(other.target, target) && other.phase === "queued" && !other.paused,
      );
      if (next) {
        const after = follow(next, emitted({ kind: "remediation.started", data: {} }, next));
        events.push(...after.events);
        if (after.state) changed.set(next.context, after.state);
      }
    }
    for (const [name, after] of changed) {
      if (!holdsTarget(after)) continue;
      const others = [...states.values()].filter((other) => other.context !== name && !changed.has(other.context));
      const taken = [...others, ...[...changed.values()].filter((other) => other.context !== name)];
      if (taken.some((other) => holdsTarget(other) && sameTarget(other.target, after.target))) throw new TargetTaken();
    }
    log.push(...events);
    for (const [name, after] of changed) states.set(name, after);
    if (lease && how === "completes") tasks.delete(lease.task);
    for (const after of changed.values()) syncTask(after);
    return events;
  }

  function syncTask(state: Remediation): void {
    const wanted = openTask(state);
    for (const task of tasks.values()) {
      if (task.context === state.context && task.key !== wanted?.key) tasks.delete(task.id);
    }
    if (!wanted || [...tasks.values()].some((task) => task.context === state.context)) return;
    const id = `t${++ids}`;
    tasks.set(id, { ...wanted, id, context: state.context, generation: 0 });
  }

  function take(id: string): (OpenTask & { lease: Lease }) | undefined {
    const task = tasks.get(id);
    if (!task || (task.dueAt !== undefined && Date.parse(task.dueAt) > now)) return undefined;
    task.generation++;
    return { ...task, lease: { task: id, generation: task.generation } };
  }

  return {
    log: log as readonly Event[],
    states: states as ReadonlyMap<string, Remediation>,
    own: own as ReadonlySet<string>,
    tasks: () => [...tasks.values()],
    append,
    take,
    now: () => now,
    pass(ms: number) {
      now += ms;
    },
  };
}

export type MemoryJournal = ReturnType<typeof memoryJournal>;

function isResolved(event: Event): boolean {
  return event.kind === "problem" && (event.data.state === "resolved" || event.data.state === "merged");
}

function stored<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
