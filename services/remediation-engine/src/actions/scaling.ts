import type { Kubernetes } from "@evenkeel/kubernetes";
import { parseScaling, type ScalingChange } from "@evenkeel/remediation";
import { failpoint, ProviderError } from "@evenkeel/runtime";
import { z } from "zod";
import { awaitReplicas, type Written } from "./support/await-replicas.ts";
import { planScaling, ScalingPlan, stillFits, type Planned } from "./support/scaling-plan.ts";
import { findTarget, show, sight, type Found, type Sighting } from "./support/workload.ts";
import type { ActionContext, ActionDeps, ActionKind, ActionOutcome } from "./types.ts";

/** Names the step that wrote last. It is how a second run knows that the write went through. */
export const STEP_ANNOTATION = "evenkeel.dev/action";

// Every pod that becomes ready changes the object's version, so a conflict is common and means little by itself.
const WRITES_PER_RUN = 5;
const PAUSE_MS = 100;

const Value = z.unknown().transform((value, refinement): ScalingChange => {
  const parsed = parseScaling(value);
  if (parsed.ok) return parsed.change;
  refinement.addIssue({ code: "custom", message: parsed.message });
  return z.NEVER;
});

/** Changes the number of replicas, once, however often it is run. */
export const scaling: ActionKind = {
  name: "scaling",
  describe: 'Changes the replicas of a Deployment or StatefulSet. Value: "+1", "-1", "=3", "x2", "+50%".',
  value: Value,
  async run(context, deps, previous) {
    const value = Value.safeParse(context.action.value);
    if (!value.success) return failed(`the value cannot be used: ${value.error.issues[0]?.message ?? "unreadable"}`);
    const kubernetes = await deps.kubernetes();
    const step: Step = { context, deps, kubernetes, change: value.data };
    const written = await write(step, previous && ScalingPlan.parse(previous));
    return written.ok ? awaitReplicas(written, context, deps, kubernetes) : written.outcome;
  },
};

/** What every part of one run needs. */
interface Step {
  context: ActionContext;
  deps: ActionDeps;
  kubernetes: Kubernetes;
  change: ScalingChange;
}

type Write = Written | { ok: false; outcome: ActionOutcome };

/**
 * Looks, then writes, until the write is known to be in place. Three things keep it from taking effect twice: the plan
 * holds absolute numbers, the server refuses a write to an object that has changed since it was looked at, and the
 * write leaves the step's name behind.
 */
async function write(step: Step, recorded: ScalingPlan | undefined): Promise<Write> {
  const { context, deps, kubernetes } = step;
  let plan = recorded;
  let unsure: ProviderError | undefined;
  let last: ProviderError | undefined;
  for (let tries = 0; tries < WRITES_PER_RUN; tries++) {
    if (tries > 0) await deps.sleep(PAUSE_MS * tries, deps.signal);
    let found = plan ? await lookAgain(plan, step) : await findTarget(context, kubernetes, deps.signal);
    if (found.ok && isOurs(step, found.sighting)) return inPlace(plan, found.sighting, step);
    if (unsure) throw unsure; // its outcome was unknown, and now is: not applied
    const reason = recorded && (await deps.unwanted());
    if (reason) return { ok: false, outcome: { ...failed(`${reason}; nothing was changed`), status: "aborted" } };

    if (!plan || !found.ok || !stillFits(plan, found.sighting)) {
      if (plan && plan.revision > 0) return refused(plan, `${show(plan)} changed again while it was to be scaled`);
      if (plan) found = await findTarget(context, kubernetes, deps.signal);
      if (!found.ok) return { ok: false, outcome: failed(found.message) };
      const made = makePlan(step, plan, found.sighting);
      if (!made.ok) return { ok: false, outcome: failed(made.message, made.details) };
      plan = made.plan;
    }
    plan = await commit(plan, deps);
    if (!stillFits(plan, found.sighting)) continue; // an earlier run had planned otherwise

    await failpoint("act.after-started-before-patch");
    last = await send(plan, found.sighting, step);
    await failpoint("act.after-patch");
    if (!last) return { ok: true, plan, since: deps.now().getTime(), note: "" };
    if (isUnknownOutcome(last)) unsure = last;
    else if (last.reason !== "conflict" && last.reason !== "not-found") throw last;
  }
  throw last ?? new ProviderError("conflict", "the workload kept changing while it was to be scaled");
}

async function lookAgain(plan: ScalingPlan, { kubernetes, deps }: Step): Promise<Found> {
  const sighting = await sight(plan, kubernetes, deps.signal);
  return sighting ? { ok: true, sighting } : { ok: false, message: `${show(plan)} no longer exists` };
}

const isOurs = ({ context }: Step, { workload, autoscaler }: Sighting): boolean =>
  workload.annotations[STEP_ANNOTATION] === context.step || autoscaler?.annotations[STEP_ANNOTATION] === context.step;

function makePlan({ change, context, deps }: Step, old: ScalingPlan | undefined, sighting: Sighting): Planned {
  const revision = old ? old.revision + 1 : 0;
  const made = planScaling(change, sighting, { bounds: context.bounds, revision, now: deps.now() });
  if (!old) return made;
  const message = `${made.ok ? made.plan.message : made.message} (${whatChanged(old, sighting)})`;
  if (!made.ok) return { ...made, message, details: { ...made.details, plannedAgain: true } };
  return { ok: true, plan: { ...made.plan, message } };
}

function whatChanged(old: ScalingPlan, { workload, autoscaler }: Sighting): string {
  const uid = old.via === "hpa" ? autoscaler?.uid : workload.uid;
  if (uid !== old.uid) return "planned again: it was recreated or changed its owner since the first plan";
  return `planned again: the first plan was ${old.before} → ${old.after}, and somebody else changed it since`;
}

/** The plan in force: this one, or what an earlier run of the step has committed in its place. */
async function commit(plan: ScalingPlan, deps: ActionDeps): Promise<ScalingPlan> {
  const committed = ScalingPlan.parse(await deps.started(plan, plan.message));
  return committed.revision === plan.revision ? committed : plan;
}

/** Resolves with the trouble, if there was any. */
async function send(plan: ScalingPlan, sighting: Sighting, step: Step): Promise<ProviderError | undefined> {
  const { kubernetes, deps, context } = step;
  const mark = { annotation: STEP_ANNOTATION, value: context.step };
  try {
    if (plan.via === "replicas") await kubernetes.scale(sighting.workload, plan.after, mark, deps.signal);
    else if (sighting.autoscaler) await kubernetes.raiseMinimum(sighting.autoscaler, plan.after, mark, deps.signal);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    deps.log.warn(
      { context: context.context, step: context.step, reason: error.reason, err: error },
      "scaling not confirmed",
    );
    return error;
  }
  deps.log.info({ context: context.context, step: context.step, workload: show(plan), after: plan.after }, "scaled");
  return undefined;
}

/** The request may have been carried out although its answer never came, or came from something in between. */
const isUnknownOutcome = ({ reason }: ProviderError): boolean =>
  reason === "timeout" || reason === "unreachable" || reason === "server-error" || reason === "bad-response";

/** An earlier run, or an earlier try of this one, has written; only the waiting is left. */
function inPlace(plan: ScalingPlan | undefined, sighting: Sighting, step: Step): Write {
  const note = "the change was already in place";
  if (plan) return { ok: true, plan, since: Date.parse(plan.plannedAt), note };
  const { workload } = sighting;
  const message = `${show(workload)} already carries the mark of step ${step.context.step}, but no plan of it is recorded`;
  return { ok: false, outcome: failed(message) };
}

const refused = (plan: ScalingPlan, message: string): Write => ({
  ok: false,
  outcome: failed(message, { kind: plan.kind, namespace: plan.namespace, name: plan.name, plannedAgain: true }),
});

const failed = (message: string, details: Record<string, unknown> = {}): ActionOutcome => ({
  status: "succeeded",
  result: "fail",
  message,
  details,
});
