import type { History, Violation } from "./history.ts";

/** I1: whatever was answered with 2xx is in the log exactly once, and started its run at most once. */
export function durable({ events, acked }: History): Violation[] {
  const counts = new Map<string, number>();
  for (const { source, id } of events) counts.set(`${source} ${id}`, (counts.get(`${source} ${id}`) ?? 0) + 1);
  const found: Violation[] = [];
  const report = (text: string) => found.push({ invariant: "I1", text });
  const contexts = new Set(events.map(({ context }) => context));
  for (const ack of new Map(acked.map((one) => [`${one.source} ${one.id}`, one])).values()) {
    const count = counts.get(`${ack.source} ${ack.id}`) ?? 0;
    if (count === 0) report(`acknowledged ${ack.outcome} event ${ack.id} of ${ack.context} is not in the log`);
    if (!contexts.has(ack.context)) report(`acknowledged context ${ack.context} is not in the log`);
  }
  for (const [key, count] of counts) if (count > 1) report(`event ${key} is in the log ${count} times`);
  for (const [context, count] of triggered(events)) {
    if (count > 1) report(`context ${context} was triggered ${count} times`);
  }
  return found;
}

function triggered(events: History["events"]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind, context } of events) {
    if (kind === "remediation.triggered") counts.set(context, (counts.get(context) ?? 0) + 1);
  }
  return counts;
}
