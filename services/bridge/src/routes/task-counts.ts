import * as z from "zod";
import { route } from "../route.ts";

const TaskCount = z
  .object({
    kind: z.enum(["plan", "act", "wait", "evaluate", "notify"]),
    state: z.enum(["open", "running", "overdue", "parked"]),
    count: z.number().int(),
  })
  .meta({ id: "TaskCount" });
export type TaskCount = z.infer<typeof TaskCount>;

const counts = route({
  method: "get",
  path: "/v1/tasks/counts",
  operationId: "getTaskCounts",
  summary: "How many tasks there are, by kind and state",
  tag: "operations",
  scope: "read",
  on: "readable projects",
  responses: {
    200: {
      description: "those that are not zero",
      schema: z.object({ items: z.array(TaskCount) }),
      example: { items: [{ kind: "wait", state: "open", count: 3 }] },
    },
  },
  async handle(_call, { journal }) {
    const found = await journal.taskCounts();
    return { body: { items: found.map(({ kind, state, count }) => ({ kind, state: NAMES[state], count })) } };
  },
});

export const taskCountRoutes = [counts];

/** The journal's words → those of /v1/tasks. */
const NAMES = { waiting: "open", due: "overdue", running: "running", parked: "parked" } as const;
