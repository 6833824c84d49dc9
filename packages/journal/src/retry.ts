import { hashUuid, type NewEvent, type StoredEvent } from "@evenkeel/events";
import { retryRefusal, type TaskKind } from "@evenkeel/remediation";
import { failpoint } from "@evenkeel/runtime";
import type pg from "pg";
import { appendIn, type Appended } from "./append.ts";
import { query, transaction } from "./database.ts";
import { EVENT_COLUMNS, toEvent, type EventRow } from "./rows.ts";
import { stateIn } from "./read.ts";
import type { Asked } from "./rerun.ts";

export type Retried =
  | { outcome: "appended"; context: string; kind: TaskKind; appended: Appended }
  /** It was retried before. */
  | { outcome: "known"; context: string; kind: TaskKind }
  | { outcome: "refused"; why: string }
  /** There is no such task. */
  | { outcome: "unknown" };

interface Parked {
  kind: TaskKind;
  context: string;
  payload: { gate?: string };
  parked: boolean;
}

const idOf = (task: string) => hashUuid(["task.retried", task]);

/**
 * Puts a new task in the place of one that was set aside, when what it was to do can still be done. The row's lock lets
 * one of several who ask at once through; the others find it gone, and the event of the first.
 */
export async function retry(pool: pg.Pool, task: string, asked: Asked): Promise<Retried> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<Parked>(
      "select kind, context, payload, parked_at is not null as parked from tasks where id = $1 for update",
      [task],
    );
    if (!rows[0]) return retriedBefore(client, task);
    const { kind, context, payload, parked } = rows[0];
    if (!parked) return { outcome: "refused", why: "the task was not set aside: it is still to be done" };
    const state = await stateIn(client, context);
    const why = retryRefusal(kind, state);
    if (why) return { outcome: "refused", why };
    const gate = state ? undefined : await gateOf(client, context, payload.gate);
    const target = state?.target ?? gate?.data;
    if (!target) return { outcome: "refused", why: "what was to be evaluated is not in the log" };
    const { project, stage, service } = target;
    const data = { project, stage, service, task, taskKind: kind, ...asked };
    const events: NewEvent[] = [{ kind: "task.retried", id: idOf(task), data }];
    if (gate) events.push(gateAgain(gate, task));
    const appended = await appendIn(client, context, events);
    await failpoint("retry.before-commit");
    await client.query("delete from tasks where id = $1", [task]);
    return { outcome: "appended", context, kind, appended };
  });
}

/** The context that a task belongs to, also of one that was retried. */
export async function contextOfTask(pool: pg.Pool, task: string): Promise<string | undefined> {
  const rows = await query<{ context: string }>(
    pool,
    "select context from tasks where id = $1 union all select context from events where source = 'evenkeel' and id = $2 limit 1",
    [task, idOf(task)],
  );
  return rows[0]?.context;
}

async function retriedBefore(client: pg.PoolClient, task: string): Promise<Retried> {
  const event = await eventIn(client, "source = 'evenkeel' and id = $1", idOf(task));
  if (event?.kind !== "task.retried") return { outcome: "unknown" };
  return { outcome: "known", context: event.context, kind: event.data.taskKind as TaskKind };
}

type Gate = Extract<StoredEvent, { kind: "evaluation.triggered" }>;

async function gateOf(client: pg.PoolClient, context: string, id: string | undefined): Promise<Gate | undefined> {
  const event = id === undefined ? undefined : await eventIn(client, "context = $1 and id = $2", context, id);
  return event?.kind === "evaluation.triggered" ? event : undefined;
}

/** The same window for the same service: the verdict is another evaluation of the context. */
function gateAgain({ data, source }: Gate, task: string): NewEvent {
  return { kind: "evaluation.triggered", id: hashUuid(["evaluation.triggered", "retry", task]), source, data };
}

async function eventIn(client: pg.PoolClient, where: string, ...values: string[]): Promise<StoredEvent | undefined> {
  const { rows } = await client.query<EventRow>(`select ${EVENT_COLUMNS} from events where ${where} limit 1`, values);
  return rows[0] && toEvent(rows[0]);
}
