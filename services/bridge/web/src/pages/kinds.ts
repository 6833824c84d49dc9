import type { Kind } from "../types.ts";

/** For the filter; the type makes sure that none is missing or made up. */
const KINDS: Readonly<Record<Kind, true>> = {
  problem: true,
  "problem.unrouted": true,
  "problem.ignored": true,
  "remediation.triggered": true,
  "remediation.queued": true,
  "remediation.started": true,
  "remediation.finished": true,
  "remediation.paused": true,
  "remediation.resumed": true,
  "remediation.aborted": true,
  "get-action.triggered": true,
  "get-action.started": true,
  "get-action.finished": true,
  "action.triggered": true,
  "action.started": true,
  "action.finished": true,
  "wait.triggered": true,
  "wait.finished": true,
  "wait.skipped": true,
  "evaluation.triggered": true,
  "evaluation.started": true,
  "evaluation.finished": true,
  "evaluation.invalidated": true,
  "get-sli.triggered": true,
  "get-sli.started": true,
  "get-sli.finished": true,
  "resources.applied": true,
  "task.parked": true,
  "escalation.sent": true,
  "escalation.failed": true,
  other: true,
};

export const KIND_NAMES = Object.keys(KINDS) as Kind[];
