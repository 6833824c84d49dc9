import { readList } from "../client/pages.ts";
import type { CommandContext } from "../context.ts";
import { age } from "../output/time.ts";
import { shortId } from "../text.ts";

export interface GetNotificationsOptions {
  outcome?: string;
  source?: string;
  limit: number;
  all?: boolean;
}

interface Notification {
  id: string;
  source: string;
  context?: string;
  outcome: string;
  reason?: string;
  title?: string;
  count: number;
  lastReceived: string;
}

/** `evenkeel get notifications` */
export async function getNotifications(context: CommandContext, options: GetNotificationsOptions): Promise<void> {
  const { out, io } = context;
  const { outcome, source } = options;
  const page = await readList<Notification>(context.client(), "/v1/notifications", { outcome, source }, options);
  await out.list({
    kind: "NotificationList",
    rows: page.items,
    nextCursor: page.nextCursor,
    name: (row) => `notification/${row.id}`,
    empty: "no notifications",
    columns: [
      { header: "LAST", value: (row) => age(row.lastReceived, io.now()) },
      { header: "TIMES", value: (row) => row.count },
      { header: "SOURCE", value: (row) => row.source },
      { header: "TITLE", value: (row) => row.title },
      { header: "OUTCOME", value: (row) => row.outcome },
      { header: "CONTEXT", value: (row) => row.context && shortId(row.context) },
      { header: "REASON", value: (row) => row.reason, flexible: true },
      { header: "ID", value: (row) => row.id, wide: true },
    ],
  });
}
