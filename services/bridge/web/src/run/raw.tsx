import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { apiUrl } from "../api.ts";
import { token } from "../prefs.ts";
import { cameBack, query, withQuery } from "../router.ts";
import type { LogEvent } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Card, Clock, CopyButton, Link } from "../ui/parts.tsx";
import type { Step } from "./steps.ts";

/** The events themselves, of the chosen step or all. */
export function RawEvents({ events, steps }: { events: readonly LogEvent[]; steps: readonly Step[] }): JSX.Element {
  const wanted = query.value.get("step");
  const chosen = steps.find(({ key }) => key === wanted);
  const isOpen = chosen !== undefined || wanted === "all";
  const before = useRef(wanted);
  useEffect(() => {
    // The bars are far above; who comes by an address or goes back finds the page as it was.
    if (chosen && wanted !== before.current && !cameBack)
      document.querySelector(".run > .card:last-child")!.scrollIntoView({ block: "nearest" });
    before.current = wanted;
  }, [wanted]);
  const shown = chosen ? chosen.events : events;
  const title = chosen ? `Events: ${chosen.title}` : "Events";
  return (
    <Card
      title={title}
      id="events"
      aside={
        <span class="card-tools">
          {(chosen || !isOpen) && (
            <Link to={withQuery({ step: "all" })} data-keep>
              Show all {events.length}
            </Link>
          )}
          {isOpen && (
            <Link to={withQuery({ step: undefined })} data-keep>
              Hide
            </Link>
          )}
          <Download events={shown} />
        </span>
      }
    >
      {!isOpen && <p class="muted">Choose a bar of the timeline for its events, or show all {events.length}.</p>}
      {chosen?.text && <p class="raw-text">{chosen.text}</p>}
      {isOpen && (
        <ol class="raw">
          {shown.map((event) => (
            <RawEvent key={event.seq} event={event} all={events} open={shown.length === 1} />
          ))}
        </ol>
      )}
    </Card>
  );
}

export function RawEvent({
  event,
  all,
  open = false,
}: {
  event: LogEvent;
  all: readonly LogEvent[];
  open?: boolean;
}): JSX.Element {
  const [isOpen, setOpen] = useState(open);
  const cause = all.find(({ id }) => id === event.triggeredid);
  const effects = all.filter(({ triggeredid }) => triggeredid === event.id);
  const { message } = (event.data ?? {}) as { message?: unknown };
  return (
    <li id={`event-${event.id}`}>
      <details open={isOpen} onToggle={(toggled) => setOpen((toggled.currentTarget as HTMLDetailsElement).open)}>
        <summary data-row>
          <span class="raw-time">
            <Clock time={event.time} />
          </span>
          <span class="raw-kind">{event.kind === "other" ? event.type : event.kind}</span>
          <span class="raw-message">{typeof message === "string" ? message : ""}</span>
        </summary>
        {isOpen && <EventBody event={event} cause={cause} effects={effects} />}
      </details>
    </li>
  );
}

export function EventBody({
  event,
  cause,
  effects,
}: {
  event: LogEvent;
  cause?: LogEvent | undefined;
  effects: readonly LogEvent[];
}): JSX.Element {
  const [flat, setFlat] = useState(false);
  const text = JSON.stringify(masked(event), null, flat ? undefined : 2);
  return (
    <div class="raw-body">
      <div class="raw-tools">
        <button type="button" class="quiet" aria-pressed={flat} onClick={() => setFlat(!flat)}>
          One line
        </button>
        <CopyButton text={text} label="Copy" />
        <CopyButton text={() => curlOf(event)} label="Copy as curl" />
        <Link to={`/events/${encodeURIComponent(event.id)}`}>
          <Icon name="open" size={14} /> Link
        </Link>
        {cause && <Link to={`/events/${encodeURIComponent(cause.id)}`}>Cause: {cause.kind}</Link>}
        {effects.map((effect) => (
          <Link key={effect.id} to={`/events/${encodeURIComponent(effect.id)}`}>
            Effect: {effect.kind}
          </Link>
        ))}
      </div>
      <pre tabIndex={0} aria-label={`${event.kind} as JSON`} class={flat ? "raw-flat" : ""}>
        {text}
      </pre>
    </div>
  );
}

/** To be pasted into a shell: no id gets out of the quotes, and the token stays where it is. */
function curlOf({ id }: LogEvent): string {
  const url = location.origin + apiUrl(`/v1/events/${encodeURIComponent(id)}`);
  const auth = token.value && ' -H "Authorization: Bearer $EVENKEEL_TOKEN"';
  return `curl -s${auth} '${url.replaceAll("'", "%27")}'`;
}

const SECRET_NAME = /authorization|token|secret|password|passwd|api[-_]?key|cookie|credential/i;
const SECRET_VALUE =
  /\b(?:eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|dt0c01\.[\w.-]+|AKIA[0-9A-Z]{16}|Bearer\s+\S+|gh[pousr]_\w{20,})/g;

/** Alerts bring along what their senders put in; what looks like a secret is not shown. */
export function masked(value: unknown, name = ""): unknown {
  if (typeof value === "string") return SECRET_NAME.test(name) ? "•••" : value.replace(SECRET_VALUE, "•••");
  if (Array.isArray(value)) return value.map((one) => masked(one, name));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner, key)]));
}

function Download({ events }: { events: readonly LogEvent[] }): JSX.Element {
  const save = () => {
    const url = URL.createObjectURL(new Blob([JSON.stringify(masked(events), null, 2)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `events-${events[0]?.shkeptncontext.slice(0, 8) ?? "none"}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  return (
    <button type="button" class="quiet" onClick={save}>
      Download
    </button>
  );
}
