import type { JSX } from "preact";
import { get } from "../api.ts";
import { useLoad } from "../load.ts";
import { EventBody } from "../run/raw.tsx";
import type { LogEvent, Page } from "../types.ts";
import { Ago, Card, Link, Loading, Trouble, useTitle } from "../ui/parts.tsx";

export function EventPage({ id }: { id: string }): JSX.Element {
  const loaded = useLoad(id, (signal) => get<LogEvent>(`/v1/events/${encodeURIComponent(id)}`, {}, signal));
  const event = loaded.data;
  const context = event?.shkeptncontext ?? "";
  const around = useLoad(context, async (signal) =>
    context ? get<Page<LogEvent>>("/v1/events", { context, limit: 200 }, signal) : { items: [] },
  );
  useTitle(event ? event.kind : "Event");
  if (!event) {
    if (loaded.error) return <Trouble error={loaded.error} what="this event" retry={loaded.reload} />;
    return <Loading what="the event" />;
  }
  const items = around.data?.items ?? [];
  return (
    <>
      <div class="page-head">
        <nav class="crumbs" aria-label="Where this is">
          <Link to="/events">Events</Link>
          <span aria-hidden="true">/</span>
          <Link to={`/events?context=${encodeURIComponent(context)}`}>context {context.slice(0, 8)}</Link>
          {items.some(({ kind }) => kind === "remediation.triggered") && (
            <>
              <span aria-hidden="true">/</span>
              <Link to={`/remediations/${encodeURIComponent(context)}`}>its remediation</Link>
            </>
          )}
        </nav>
        <h1 class="mono">{event.kind === "other" ? event.type : event.kind}</h1>
        <p class="muted">
          <Ago time={event.time} />, from {event.source}
        </p>
      </div>
      <Card title="The event">
        <EventBody
          event={event}
          cause={items.find((one) => one.id === event.triggeredid)}
          effects={items.filter((one) => one.triggeredid === event.id)}
        />
      </Card>
    </>
  );
}
