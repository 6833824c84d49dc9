import { registry } from "./registry.ts";
import type { Event, StoredEvent } from "./envelope.ts";

/** A CloudEvent 1.0 in its JSON format, with Keptn's and our extension attributes. */
export interface CloudEventJson {
  specversion: "1.0";
  id: string;
  source: string;
  type: string;
  time: string;
  datacontenttype: "application/json";
  shkeptncontext: string;
  triggeredid?: string;
  gitcommitid?: string;
  data: unknown;
}

/** The log's entry as it goes over the wire. */
export function toCloudEvent(event: Event | StoredEvent): CloudEventJson {
  return {
    specversion: "1.0",
    id: event.id,
    source: event.source,
    type: event.type,
    time: event.time,
    datacontenttype: "application/json",
    shkeptncontext: event.context,
    ...(event.triggeredid && { triggeredid: event.triggeredid }),
    ...(event.gitcommitid && { gitcommitid: event.gitcommitid }),
    data: event.data,
  };
}

/** Checks the data of an event that we are about to store. Throws a ZodError: a bug of ours. */
export function checkData(event: Pick<Event, "kind" | "data">): void {
  registry[event.kind][1].parse(event.data);
}
