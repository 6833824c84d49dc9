import type { WorkloadKind } from "@evenkeel/kubernetes";
import { planReplicas, replicaBounds, type ReplicaBounds, type ScalingChange } from "@evenkeel/remediation";
import { z } from "zod";
import { show, type Sighting } from "./workload.ts";

const Kind = z.enum(["Deployment", "StatefulSet"]) satisfies z.ZodType<WorkloadKind>;

/** What a scaling step is going to write, as recorded in the log before it writes. */
export const ScalingPlan = z.object({
  /** 0 for the first plan, 1 when the target changed under it and it was made once more. */
  revision: z.number().int(),
  kind: Kind,
  namespace: z.string(),
  name: z.string(),
  /** Whether the workload's own replicas are written, or its autoscaler's lower bound. */
  via: z.enum(["replicas", "hpa"]),
  /** The autoscaler's name, with `via: "hpa"`. */
  autoscaler: z.string().optional(),
  /** The workload's replicas, now and as planned. */
  before: z.number().int(),
  after: z.number().int(),
  /** The autoscaler's lower bound, now. */
  minBefore: z.number().int().optional(),
  /** Of the object that is written. */
  uid: z.string(),
  resourceVersion: z.string(),
  /** RFC 3339. */
  plannedAt: z.string(),
  message: z.string(),
});
export type ScalingPlan = z.infer<typeof ScalingPlan>;

export type Planned =
  { ok: true; plan: ScalingPlan } | { ok: false; message: string; details: Record<string, unknown> };

interface Options {
  bounds: ReplicaBounds;
  revision: number;
  now: Date;
}

/** Turns the asked change into absolute numbers for what is there now; not ok when nothing would change. */
export function planScaling(change: ScalingChange, sighting: Sighting, options: Options): Planned {
  return sighting.autoscaler ? planMinimum(change, sighting, options) : planOwnReplicas(change, sighting, options);
}

function planOwnReplicas(change: ScalingChange, { workload }: Sighting, { bounds, revision, now }: Options): Planned {
  const planned = planReplicas(change, workload.replicas, bounds);
  const about = { kind: workload.kind, namespace: workload.namespace, name: workload.name };
  const numbers = { before: workload.replicas, after: planned.after };
  const message = `${show(workload)}: ${planned.message}`;
  if (planned.after === workload.replicas) {
    return { ok: false, message, details: { ...about, ...numbers, ...limit(planned.limited) } };
  }
  const { uid, resourceVersion } = workload;
  const plannedAt = now.toISOString();
  return {
    ok: true,
    plan: { revision, ...about, via: "replicas", ...numbers, uid, resourceVersion, plannedAt, message },
  };
}

/**
 * An autoscaler would take a change of the replicas back within seconds, so its lower bound is raised: to the size
 * that was asked for, counted from what runs now. It stays free to go higher. Scaling down is its own business.
 */
function planMinimum(change: ScalingChange, sighting: Sighting, { bounds, revision, now }: Options): Planned {
  const { workload, autoscaler } = sighting;
  if (!autoscaler) throw new Error("planMinimum needs an autoscaler");
  const owner = `${autoscaler.kind} ${autoscaler.namespace}/${autoscaler.name}`;
  const about = {
    kind: workload.kind,
    namespace: workload.namespace,
    name: workload.name,
    autoscaler: autoscaler.name,
  };
  // A workload below the autoscaler's minimum is on its way there; one at zero is switched off.
  const before = workload.replicas === 0 ? 0 : Math.max(workload.replicas, autoscaler.minReplicas);
  const own = replicaBounds(bounds);
  const max = Math.min(own.max, autoscaler.maxReplicas);
  const planned = planReplicas(change, before, { min: own.min > own.max ? own.min : Math.min(own.min, max), max });
  const refuse = (why: string): Planned => ({
    ok: false,
    message: `${show(workload)}: ${why}`,
    details: { ...about, via: "hpa", before, after: before, ...limit(planned.limited) },
  });
  if (planned.after < before) return refuse(`${owner} decides when to scale it down; its minimum is not lowered`);
  if (planned.after === before)
    return refuse(`${planned.message} (owned by ${owner}, at most ${autoscaler.maxReplicas})`);
  const message = `${show(workload)}: ${planned.message}, by raising the minimum of ${owner} from ${autoscaler.minReplicas} to ${planned.after}`;
  return {
    ok: true,
    plan: {
      revision,
      ...about,
      via: "hpa",
      before,
      after: planned.after,
      minBefore: autoscaler.minReplicas,
      uid: autoscaler.uid,
      resourceVersion: autoscaler.resourceVersion,
      plannedAt: now.toISOString(),
      message,
    },
  };
}

const limit = (limited: "min" | "max" | undefined) => (limited ? { limited } : {});

/** Whether what is there now is still what the plan was made for, so that its write may be sent (again). */
export function stillFits(plan: ScalingPlan, { workload, autoscaler }: Sighting): boolean {
  if (plan.via === "replicas") return !autoscaler && workload.uid === plan.uid && workload.replicas === plan.before;
  return autoscaler?.uid === plan.uid && autoscaler.minReplicas === plan.minBefore && workload.replicas > 0;
}
