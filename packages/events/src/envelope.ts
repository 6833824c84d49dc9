import type { DataOf, Kind } from "./registry.ts";

/** One entry of the log. On the wire it is a CloudEvent 1.0; see cloudevent.ts. */
export interface EventOf<K extends Kind> {
  id: string;
  source: string;
  kind: K;
  /** CloudEvents type, such as `sh.keptn.event.production.remediation.triggered`. */
  type: string;
  /** RFC 3339 in UTC with milliseconds; the database's clock for events that we make. */
  time: string;
  /** Extension `shkeptncontext`: the run that this event belongs to. */
  context: string;
  /** Extension: id of the `.triggered` event that this one answers. */
  triggeredid?: string;
  /** Extension: revision of the project's files that the run is pinned to. */
  gitcommitid?: string;
  data: DataOf<K>;
}

/** Discriminated by `kind`. */
export type Event = { [K in Kind]: EventOf<K> }[Kind];

/** An event as stored: with the log's own order and the moment it was received. */
export type StoredEvent = Event & { seq: string; cursor: string; receivedAt: string };

/** An event before the log has given it what is missing. */
export type NewEvent = {
  [K in Kind]: Pick<EventOf<K>, "kind" | "data"> & Partial<Omit<EventOf<K>, "kind" | "data" | "context">>;
}[Kind];
