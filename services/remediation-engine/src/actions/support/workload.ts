import type { Autoscaler, Kubernetes, Workload, WorkloadKind, WorkloadRef } from "@evenkeel/kubernetes";
import type { ActionContext } from "../types.ts";

/** What a scaling step acts on, as seen at one moment. */
export interface Sighting {
  workload: Workload;
  autoscaler?: Autoscaler;
}

export type Found = { ok: true; sighting: Sighting } | { ok: false; message: string };

const KINDS: readonly WorkloadKind[] = ["Deployment", "StatefulSet"];

/** Finds the one workload that the action means. Never guesses: two candidates of equal right are none. */
export async function findTarget(context: ActionContext, kubernetes: Kubernetes, signal: AbortSignal): Promise<Found> {
  const { target } = context.action;
  const namespace = target?.namespace ?? context.namespace;
  if (context.target.service === "" || namespace === "") {
    return { ok: false, message: "the target is empty: no service or no namespace is known" };
  }
  const wanted = target
    ? (target.kind ? [target.kind] : KINDS).map((kind) => ({ kind, name: target.name }))
    : context.defaultTargets;
  if (wanted.length === 0 || wanted.some(({ name }) => name === "")) {
    return { ok: false, message: `no workload is known for ${context.target.service}: give the action a target` };
  }
  const refs = wanted.map(({ kind, name }) => ({ kind, name, namespace }));
  const found = await existing(refs, { all: target !== undefined }, kubernetes, signal);
  const [workload, other] = found;
  if (!workload) return { ok: false, message: `found none of ${refs.map(show).join(", ")}` };
  if (other) {
    const message = `${found.map(show).join(" and ")} both exist: give the action's target a kind`;
    return { ok: false, message };
  }
  return { ok: true, sighting: await withAutoscaler(workload, kubernetes, signal) };
}

async function existing(
  refs: readonly WorkloadRef[],
  { all }: { all: boolean },
  kubernetes: Kubernetes,
  signal: AbortSignal,
): Promise<Workload[]> {
  const found: Workload[] = [];
  for (const ref of refs) {
    const workload = await kubernetes.workload(ref, signal);
    if (!workload) continue;
    found.push(workload);
    if (!all) break;
  }
  return found;
}

/** Looks at one named workload again. */
export async function sight(
  ref: WorkloadRef,
  kubernetes: Kubernetes,
  signal: AbortSignal,
): Promise<Sighting | undefined> {
  const workload = await kubernetes.workload(ref, signal);
  return workload && withAutoscaler(workload, kubernetes, signal);
}

async function withAutoscaler(workload: Workload, kubernetes: Kubernetes, signal: AbortSignal): Promise<Sighting> {
  const autoscaler = await kubernetes.autoscalerOf(workload, signal);
  return autoscaler ? { workload, autoscaler } : { workload };
}

export const show = ({ kind, namespace, name }: WorkloadRef): string => `${kind} ${namespace}/${name}`;
