import type { TaskRow } from "@evenkeel/journal";
import { refusal, retryRefusal, type Remediation, type TaskKind } from "@evenkeel/remediation";
import * as z from "zod";

export const TASK_STATES = ["open", "running", "overdue", "parked"] as const;
const KINDS = ["plan", "act", "wait", "evaluate", "notify"] as const satisfies TaskKind[];
export const TaskKinds = z.enum(KINDS);

export const Task = z
  .object({
    id: z.string(),
    kind: TaskKinds,
    context: z.string(),
    key: z.string(),
    state: z.enum(TASK_STATES).describe("open: not due yet; running: a worker has it; overdue; parked: given up"),
    dueAt: z.string(),
    deadlineAt: z.string(),
    attempts: z.number().int(),
    failures: z.number().int().describe("how often trouble outside has put it off"),
    error: z.string().optional().describe("of the last try"),
    leasedBy: z.string().optional(),
    parkedAt: z.string().optional(),
    allowedCommands: z
      .array(z.enum(["retry", "rerun"]))
      .optional()
      .describe("of a parked one, what the caller may ask: retry, by its id; rerun, of its run"),
    notRetried: z.string().optional().describe("of a parked one: why it cannot be retried"),
  })
  .meta({ id: "Task" });
export type Task = z.infer<typeof Task>;

/** `state`: of the run that the task belongs to, if there is one. `mayCommand`: whether who reads it may ask anything of it. Both matter when it is parked. */
export function taskView(row: TaskRow, now: Date, state?: Remediation, mayCommand = false): Task {
  if (!row.parkedAt) return { ...row, state: stateOf(row, now) };
  const notRetried = retryRefusal(row.kind, state);
  const allowedCommands: Task["allowedCommands"] = [];
  if (mayCommand && !notRetried) allowedCommands.push("retry");
  if (mayCommand && state && !refusal("rerun", state)) allowedCommands.push("rerun");
  return { ...row, state: "parked", allowedCommands, ...(notRetried && { notRetried }) };
}

function stateOf(row: TaskRow, now: Date): Task["state"] {
  if (row.leasedBy) return "running";
  return Date.parse(row.dueAt) <= now.getTime() ? "overdue" : "open";
}
