import { kindOf, type Event, type StoredEvent } from "@evenkeel/events";

export interface EventRow {
  seq: string;
  txid: string;
  id: string;
  source: string;
  type: string;
  time: Date;
  received_at: Date;
  context: string;
  triggeredid: string | null;
  gitcommitid: string | null;
  data: unknown;
}

export const EVENT_COLUMNS =
  "seq::text, txid::text, id, source, type, time, received_at, context, triggeredid, gitcommitid, data";

export function toEvent(row: EventRow): StoredEvent {
  const event = {
    id: row.id,
    source: row.source,
    kind: kindOf(row.type),
    type: row.type,
    time: row.time.toISOString(),
    context: row.context,
    ...(row.triggeredid !== null && { triggeredid: row.triggeredid }),
    ...(row.gitcommitid !== null && { gitcommitid: row.gitcommitid }),
    data: row.data,
    seq: row.seq,
    cursor: `${row.txid}.${row.seq}`,
    receivedAt: row.received_at.toISOString(),
  };
  // Checked by the schema of its kind before it was stored.
  return event as StoredEvent;
}

/** Fields of an event's data that have columns of their own, for filters. */
export function columnsOf(event: Event): {
  project: string | null;
  stage: string | null;
  service: string | null;
  status: string | null;
  result: string | null;
} {
  const data: Record<string, unknown> = isRecord(event.data) ? event.data : {};
  const text = (name: string) => {
    const value = Object.hasOwn(data, name) ? data[name] : undefined;
    return typeof value === "string" ? value : null;
  };
  return {
    project: text("project"),
    stage: text("stage"),
    service: text("service"),
    status: text("status"),
    result: text("result"),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
