import type { z } from "zod";
import * as action from "./kinds/action.ts";
import * as evaluation from "./kinds/evaluation.ts";
import * as evenkeel from "./kinds/evenkeel.ts";
import * as getAction from "./kinds/get-action.ts";
import * as problem from "./kinds/problem.ts";
import * as remediation from "./kinds/remediation.ts";
import * as wait from "./kinds/wait.ts";

/**
 * kind → [CloudEvents type, schema of its data]. `<stage>` stands for the stage's name.
 * Types are Keptn 1.x's; what Keptn has no word for is `dev.evenkeel.<noun>.<past-tense verb>`.
 */
export const registry = {
  problem: ["sh.keptn.events.problem", problem.problem],
  "problem.unrouted": ["dev.evenkeel.problem.unrouted", problem.problemUnrouted],
  "problem.ignored": ["dev.evenkeel.problem.ignored", problem.problemIgnored],
  "remediation.triggered": ["sh.keptn.event.<stage>.remediation.triggered", remediation.remediationTriggered],
  "remediation.queued": ["dev.evenkeel.remediation.queued", remediation.remediationQueued],
  "remediation.started": ["sh.keptn.event.<stage>.remediation.started", remediation.remediationStarted],
  "remediation.finished": ["sh.keptn.event.<stage>.remediation.finished", remediation.remediationFinished],
  "remediation.paused": ["dev.evenkeel.remediation.paused", remediation.remediationPaused],
  "remediation.resumed": ["dev.evenkeel.remediation.resumed", remediation.remediationResumed],
  "remediation.aborted": ["dev.evenkeel.remediation.aborted", remediation.remediationAborted],
  "remediation.repeated": ["dev.evenkeel.remediation.repeated", remediation.remediationRepeated],
  "get-action.triggered": ["sh.keptn.event.get-action.triggered", getAction.getActionTriggered],
  "get-action.started": ["sh.keptn.event.get-action.started", getAction.getActionStarted],
  "get-action.finished": ["sh.keptn.event.get-action.finished", getAction.getActionFinished],
  "action.triggered": ["sh.keptn.event.action.triggered", action.actionTriggered],
  "action.started": ["sh.keptn.event.action.started", action.actionStarted],
  "action.finished": ["sh.keptn.event.action.finished", action.actionFinished],
  "wait.triggered": ["sh.keptn.event.wait.triggered", wait.waitTriggered],
  "wait.finished": ["sh.keptn.event.wait.finished", wait.waitFinished],
  "wait.skipped": ["dev.evenkeel.wait.skipped", wait.waitSkipped],
  "evaluation.triggered": ["sh.keptn.event.evaluation.triggered", evaluation.evaluationTriggered],
  "evaluation.started": ["sh.keptn.event.evaluation.started", evaluation.evaluationStarted],
  "evaluation.finished": ["sh.keptn.event.evaluation.finished", evaluation.evaluationFinished],
  "evaluation.invalidated": ["sh.keptn.event.evaluation.invalidated", evaluation.evaluationInvalidated],
  "evaluation.annotated": ["dev.evenkeel.evaluation.annotated", evaluation.evaluationAnnotated],
  "get-sli.triggered": ["sh.keptn.event.get-sli.triggered", evaluation.getSliTriggered],
  "get-sli.started": ["sh.keptn.event.get-sli.started", evaluation.getSliStarted],
  "get-sli.finished": ["sh.keptn.event.get-sli.finished", evaluation.getSliFinished],
  "resources.applied": ["dev.evenkeel.resources.applied", evenkeel.resourcesApplied],
  "task.parked": ["dev.evenkeel.task.parked", evenkeel.taskParked],
  "task.retried": ["dev.evenkeel.task.retried", evenkeel.taskRetried],
  "escalation.sent": ["dev.evenkeel.escalation.sent", evenkeel.escalationSent],
  "escalation.failed": ["dev.evenkeel.escalation.failed", evenkeel.escalationFailed],
  other: ["", evenkeel.other],
} as const satisfies Record<string, readonly [string, z.ZodType]>;

export type Kind = keyof typeof registry;
export type DataOf<K extends Kind> = z.infer<(typeof registry)[K][1]>;

const byType = new Map<string, Kind>();
for (const [kind, [type]] of Object.entries(registry)) if (type) byType.set(type, kind as Kind);

/** The kind of a CloudEvents type; `other` for types that we have no word for. */
export function kindOf(type: string): Kind {
  const exact = byType.get(type);
  if (exact) return exact;
  const staged = /^sh\.keptn\.event\.([a-z0-9][a-z0-9-]*)\.(remediation\.(?:triggered|started|finished))$/.exec(type);
  return staged ? (staged[2] as Kind) : "other";
}

/** The CloudEvents type of a kind; sequence events carry the stage's name in theirs. */
export function typeOf(kind: Kind, stage: string | undefined): string {
  return registry[kind][0].replace("<stage>", stage ?? "");
}
