/** What a scaling action's value asks for. */
export type ScalingChange =
  | { kind: "by"; amount: number }
  | { kind: "to"; replicas: number }
  | { kind: "times"; factor: number }
  | { kind: "percent"; percent: number };

export type ParsedScaling = { ok: true; change: ScalingChange } | { ok: false; message: string };

/** Inclusive bounds on the replicas an action may leave behind; by default 1 and 10. */
export interface ReplicaBounds {
  min?: number;
  max?: number;
}

export interface ReplicaPlan {
  /** Equal to `before` when nothing is to be done; `message` then says why. */
  after: number;
  limited?: "min" | "max";
  message: string;
}

const DEFAULT_MIN = 1;
const DEFAULT_MAX = 10;
const ALLOWED = 'expected "+1" or "-1" (add, remove), "=3" (set), "x2" (multiply), "+50%" or "-50%"';

/**
 * Reads a scaling action's value: `+1`, `1`, `-1` relative (a plain number is Keptn's way to write "add"), `=3`
 * absolute, `x2` and `x1.5` a factor, `+50%` and `-50%` relative to the current size.
 */
export function parseScaling(value: unknown): ParsedScaling {
  const text = typeof value === "number" ? String(value) : value;
  if (typeof text !== "string") return { ok: false, message: `${describe(value)}: ${ALLOWED}` };
  const change = parseText(text.trim());
  return change ? { ok: true, change } : { ok: false, message: `${describe(value)}: ${ALLOWED}` };
}

function parseText(text: string): ScalingChange | undefined {
  if (/^[+-]?\d{1,6}$/.test(text)) return { kind: "by", amount: Number(text) + 0 };
  if (/^=\s?\d{1,6}$/.test(text)) return { kind: "to", replicas: Number(text.slice(1)) };
  if (/^x\s?\d{1,4}(\.\d{1,4})?$/.test(text)) {
    const factor = Number(text.slice(1));
    return factor > 0 ? { kind: "times", factor } : undefined;
  }
  if (/^[+-]\d{1,5}(\.\d{1,4})?\s?%$/.test(text))
    return { kind: "percent", percent: Number(text.replace(/\s?%$/, "")) };
  return undefined;
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return "no value found";
  if (typeof value === "string")
    return value.trim() === "" ? "found an empty text" : `found ${JSON.stringify(value.slice(0, 40))}`;
  if (Array.isArray(value)) return "found a list";
  if (typeof value === "object") return "found a map";
  return `found ${String(value)}`;
}

/** Fills in the defaults; one that is given moves the other's default out of its way. */
export function replicaBounds({ min, max }: ReplicaBounds): { min: number; max: number } {
  const low = min ?? Math.min(DEFAULT_MIN, max ?? DEFAULT_MIN);
  return { min: low, max: max ?? Math.max(DEFAULT_MAX, low) };
}

/**
 * Turns a change into an absolute number of replicas, within the bounds.
 *
 * A factor or percentage changes the size by a whole number of replicas, rounded away from zero, so that small
 * services move too: `+50%` and `x1.5` of 1 are 2, `-50%` of 3 is 1. The result never moves against the direction
 * that was asked for: 12 replicas with a maximum of 10 stay 12 on `+1`, and become 10 on `-1`. A workload without
 * replicas was switched off by somebody, and stays so.
 */
export function planReplicas(change: ScalingChange, before: number, bounds: ReplicaBounds = {}): ReplicaPlan {
  const { min, max } = replicaBounds(bounds);
  if (before === 0) return { after: 0, message: "it is scaled to zero, which is taken as intended: nothing is done" };
  if (min > max)
    return { after: before, message: `its minimum of ${min} is above its maximum of ${max}: nothing is done` };

  const wanted = wantedReplicas(change, before);
  if (wanted === before) return { after: before, message: `${showChange(change)} of ${before} replicas is no change` };
  if (wanted > before) return plan(before, wanted, Math.max(before, clamp(wanted, min, max)), { min, max });
  return plan(before, wanted, Math.min(before, clamp(wanted, min, max)), { min, max });
}

function plan(before: number, wanted: number, after: number, bounds: { min: number; max: number }): ReplicaPlan {
  if (after === wanted) return { after, message: `${before} → ${after}` };
  const limited = wanted > bounds.max ? "max" : "min";
  const bound = limited === "max" ? `maximum of ${bounds.max}` : `minimum of ${bounds.min}`;
  if (after === before) return { after, limited, message: `stays at ${before}: ${wanted} is past the ${bound}` };
  return { after, limited, message: `${before} → ${after} instead of ${wanted}, for the ${bound}` };
}

function wantedReplicas(change: ScalingChange, before: number): number {
  if (change.kind === "by") return Math.max(0, before + change.amount);
  if (change.kind === "to") return change.replicas;
  const delta = change.kind === "times" ? before * (change.factor - 1) : (before * change.percent) / 100;
  return Math.max(0, before + awayFromZero(delta));
}

/** Tolerates the error of binary fractions: 10 × (1.1 − 1) is a little above 1. */
function awayFromZero(delta: number): number {
  const size = Math.ceil(Math.abs(delta) - 1e-9);
  return delta < 0 ? -size : size;
}

function showChange(change: ScalingChange): string {
  if (change.kind === "by") return change.amount < 0 ? String(change.amount) : `+${change.amount}`;
  if (change.kind === "to") return `=${change.replicas}`;
  if (change.kind === "times") return `x${change.factor}`;
  return `${change.percent < 0 ? "" : "+"}${change.percent}%`;
}

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);
