import type { CommandContext } from "../context.ts";
import { usage } from "../errors.ts";
import { age, span } from "../output/time.ts";
import { shortId } from "../text.ts";

interface Task {
  id: string;
  kind: string;
  context: string;
  state: string;
  dueAt: string;
  attempts: number;
  failures: number;
  error?: string;
  allowedCommands?: string[];
}

const MOST = 200;

/** `evenkeel get tasks` */
export async function getTasks(
  context: CommandContext,
  { state, limit }: { state?: readonly string[]; limit: number },
): Promise<void> {
  const { out, io } = context;
  if (limit > MOST) throw usage(`--limit ${limit}: expected at most ${MOST}`);
  const { items } = await context.client().get<{ items: Task[] }>("/v1/tasks", { state, limit });
  const now = io.now();
  await out.list({
    kind: "TaskList",
    rows: items,
    name: (row) => `task/${row.id}`,
    empty: "nothing is to be done",
    columns: [
      { header: "TASK", value: (row) => row.kind },
      { header: "ID", value: (row) => (out.format === "wide" ? row.id : shortId(row.id)) },
      { header: "CONTEXT", value: (row) => shortId(row.context) },
      { header: "STATE", value: (row) => row.state },
      { header: "DUE", value: (row) => due(row.dueAt, now) },
      { header: "TRIES", value: (row) => row.attempts },
      { header: "PUT OFF", value: (row) => row.failures },
      { header: "CAN", value: (row) => row.allowedCommands?.join(", ") },
      { header: "ERROR", value: (row) => row.error, flexible: true },
    ],
  });
}

function due(time: string, now: Date): string {
  const ms = Date.parse(time) - now.getTime();
  return ms >= 0 ? `in ${span(ms)}` : `${age(time, now)} ago`;
}
