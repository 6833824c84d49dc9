import type { Kubernetes, Workload } from "@evenkeel/kubernetes";
import { failpoint, ProviderError } from "@evenkeel/runtime";
import type { ActionContext, ActionDeps, ActionOutcome } from "../types.ts";
import type { ScalingPlan } from "./scaling-plan.ts";
import { show } from "./workload.ts";

/** The step's write is in place: made by this run, or found to be there. */
export interface Written {
  ok: true;
  plan: ScalingPlan;
  /** Milliseconds since 1970, from when the deadline counts. */
  since: number;
  /** For the message; may be empty. */
  note: string;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

type Verdict = "reached" | "not yet" | "gone" | "overridden";

/** Waits until the new replicas are available, or gone after scaling down. Past the deadline: warning, with the count. */
export async function awaitReplicas(
  written: Written,
  context: ActionContext,
  deps: ActionDeps,
  kubernetes: Kubernetes,
): Promise<ActionOutcome> {
  const { plan, since } = written;
  const report = (result: ActionOutcome["result"], end: string, workload: Workload | undefined): ActionOutcome => ({
    status: "succeeded",
    result,
    message: [plan.message, written.note, end].filter((text) => text !== "").join("; "),
    details: detailsOf(plan, workload),
  });

  let trouble: ProviderError | undefined;
  let seen: Workload | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const look = await lookOnce(plan, kubernetes, deps);
    trouble = look.trouble;
    if (!trouble) {
      seen = look.workload;
      const verdict = judge(plan, seen);
      if (verdict === "reached") return report("pass", `${seen?.available} of ${plan.after} available`, seen);
      if (verdict === "gone") return report("fail", "it was deleted or recreated while its replicas started", seen);
      if (verdict === "overridden")
        return report("warning", `something else has set it to ${seen?.replicas} since`, seen);
    }
    const left = since + context.deadlineMs - deps.now().getTime();
    if (left <= 0) break;
    await failpoint("act.while-waiting-available");
    await deps.sleep(Math.min(pause, left), deps.signal);
  }

  const outcome = report("warning", lateText(plan, context.deadlineMs, seen, trouble), seen);
  const pods = seen ? await waitingPods(seen, kubernetes, deps) : [];
  return pods.length === 0 ? outcome : { ...outcome, details: { ...outcome.details, pods } };
}

/** The change is made and only watched here, so a server that is away for a moment is asked again until the deadline. */
async function lookOnce(
  plan: ScalingPlan,
  kubernetes: Kubernetes,
  deps: ActionDeps,
): Promise<{ workload?: Workload | undefined; trouble?: ProviderError }> {
  try {
    return { workload: await kubernetes.workload(plan, deps.signal) };
  } catch (error) {
    if (!(error instanceof ProviderError) || !error.retryable) throw error;
    deps.log.warn({ workload: show(plan), reason: error.reason, err: error }, "workload not readable");
    return { trouble: error };
  }
}

function judge(plan: ScalingPlan, workload: Workload | undefined): Verdict {
  if (!workload) return "gone";
  if (plan.via === "hpa") {
    const isThere = workload.replicas >= plan.after && workload.observed && workload.available >= plan.after;
    return isThere ? "reached" : "not yet";
  }
  if (workload.uid !== plan.uid) return "gone";
  if (plan.after > plan.before) {
    if (workload.replicas < plan.after) return "overridden";
    return workload.observed && workload.available >= plan.after ? "reached" : "not yet";
  }
  if (workload.replicas > plan.after) return "overridden";
  return workload.observed && workload.current <= plan.after ? "reached" : "not yet";
}

function lateText(
  plan: ScalingPlan,
  ms: number,
  seen: Workload | undefined,
  trouble: ProviderError | undefined,
): string {
  const within = `within ${Math.round(ms / 1000)} s`;
  if (!seen) return `how many are available could not be read ${within}: ${trouble?.message ?? "no answer"}`;
  if (plan.after < plan.before) return `${seen.current} pods are still there, not ${plan.after}, ${within}`;
  return `only ${seen.available} of ${plan.after} became available ${within}`;
}

/** The pods that keep us waiting, by name: a reader's next question. */
async function waitingPods(workload: Workload, kubernetes: Kubernetes, deps: ActionDeps) {
  try {
    return (await kubernetes.pods(workload, deps.signal)).filter(({ ready }) => !ready);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn({ workload: show(workload), reason: error.reason, err: error }, "pods not readable");
    return [];
  }
}

function detailsOf(plan: ScalingPlan, workload: Workload | undefined): Record<string, unknown> {
  return {
    kind: plan.kind,
    namespace: plan.namespace,
    name: plan.name,
    via: plan.via,
    ...(plan.autoscaler === undefined ? {} : { autoscaler: plan.autoscaler }),
    before: plan.before,
    after: plan.after,
    ...(workload ? { replicas: workload.replicas, available: workload.available } : {}),
    plannedAgain: plan.revision > 0,
  };
}
