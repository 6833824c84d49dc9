/**
 * The vocabulary.
 *
 * - **problem**: something is wrong with a service, as a monitoring tool says. *firing/open* until *resolved*.
 * - **target**: what is healed: one service in one stage of one project.
 * - **context**: one run, from the notification to the verdict; every event of the run carries its id.
 * - **remediation**: the run itself: plan, act, wait, evaluate, until healthy or out of actions.
 * - **action**: one attempt to help, such as `scaling +1`.
 * - **evaluation**: the service's SLOs scored over a window of time.
 * - **SLI / SLO**: a measured indicator, and the objective it must meet.
 * - **triggered / started / finished**: asked for, taken up (plan committed), done (with status and result).
 * - **result**: pass, warning, fail, or inconclusive (no data; never counts as healed).
 */
export * from "./cloudevent.ts";
export * from "./common.ts";
export * from "./context.ts";
export type * from "./envelope.ts";
export { NOBODY_TOLD } from "./nobody-told.ts";
export * from "./registry.ts";
export { Plan, PlannedAction, Considered } from "./kinds/get-action.ts";
export { IndicatorResult, SliValue } from "./kinds/evaluation.ts";
export { Reason, Repeats, StepSummary } from "./kinds/remediation.ts";
