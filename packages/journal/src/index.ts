export type { Appended, AppendOptions, Lease, OpenedTask } from "./append.ts";
export type { RemediationCounts } from "./counts.ts";
export { createJournal, type Journal } from "./journal.ts";
export { formatCursor, parseCursor, type Cursor } from "./follow.ts";
export type { Notification, NotificationOutcome, NotificationQuery, StoredNotification } from "./notifications.ts";
export type { EventQuery, RemediationQuery, RemediationRow } from "./query.ts";
export type { Applied, Change, ProjectFiles, Revision } from "./resources.ts";
export type { Follower } from "./subscribe.ts";
export type { TakenTask, TaskRow } from "./tasks.ts";
