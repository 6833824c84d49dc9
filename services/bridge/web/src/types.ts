/** The API's own types: what the page shows is what its schemas say. */
export type { Evaluation } from "../../src/views/evaluation.ts";
export type { EvaluationState } from "../../src/routes/evaluations.ts";
export type { LogEvent } from "../../src/views/event.ts";
export type { ProjectView } from "../../src/views/project.ts";
export type { RemediationSummary, RemediationView } from "../../src/views/remediation.ts";
export type { SliCurve } from "../../src/views/sli-curve.ts";
export type { Task } from "../../src/views/task.ts";
export type { Notification, StatusView } from "../../src/routes/operations.ts";
export type { FileFinding } from "../../src/routes/findings.ts";
export type { Source } from "../../src/routes/sources.ts";
export type { TaskCount } from "../../src/routes/task-counts.ts";
export type { Resource, Revision } from "../../src/routes/projects.ts";
export type { EventCounts } from "../../src/routes/event-counts.ts";
export type { RemediationCounts } from "../../src/routes/counts.ts";
export type { DataOf, IndicatorResult, Kind, Problem, Reason, Result } from "@evenkeel/events";
export type { Command } from "@evenkeel/remediation";

export interface Page<Item> {
  items: Item[];
  nextCursor?: string;
}
