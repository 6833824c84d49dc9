export type { Problem, Severity, Target } from "@evenkeel/events";
