import { problem } from "@evenkeel/runtime";
import * as z from "zod";
import { text } from "../fields.ts";
import { route } from "../route.ts";
import { TaskKinds } from "../views/task.ts";

const Body = z.strictObject({ reason: text(1000).optional().describe("for the log") });

const Retried = z.object({
  task: z.string().describe("the one that was set aside; another stands for it now"),
  kind: TaskKinds,
  context: z.string(),
});

const retry = route({
  method: "post",
  path: "/v1/tasks/:task/retry",
  operationId: "retryTask",
  summary: "Try once more what was set aside; doing it again changes nothing",
  description:
    "A run goes on without a task that was set aside, so that most of them are past. What can still be done is telling people, and a quality gate; for all else run the remediation again.",
  tag: "operations",
  scope: "remediations:command",
  on: "the task's project",
  params: z.object({ task: z.guid("expected the id of a task").describe("id of the task") }),
  body: { schema: Body, example: { reason: "the webhook answers again" }, optional: true },
  responses: {
    202: {
      description: "it will be done",
      schema: Retried,
      example: {
        task: "7d0c7a0e-4bb2-4a39-8f6c-1f5b3c1e2d3a",
        kind: "notify",
        context: "0f5c3a52-9e6e-8b7a-9c1d-3f2b6a1d4e5f",
      },
      headers: { location: "of what it belongs to" },
    },
  },
  problems: { 404: "there is no such task", 409: "it cannot be retried, and why" },
  async handle({ params: { task }, body: { reason }, by }, { journal }) {
    const outcome = await journal.retry(task.toLowerCase(), { by, ...(reason && { reason }) });
    if (outcome.outcome === "unknown") throw problem(404, "no-such-task", `there is no task ${task}`);
    if (outcome.outcome === "refused") throw problem(409, "not-allowed", outcome.why);
    const { kind, context } = outcome;
    const place = kind === "evaluate" ? "evaluations" : "remediations";
    const location = `/v1/${place}/${encodeURIComponent(context)}`;
    return { status: 202, headers: { location }, body: { task: task.toLowerCase(), kind, context } };
  },
});

export const retryRoutes = [retry];
