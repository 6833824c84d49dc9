import type { JSX } from "preact";
import { useList } from "../list.ts";
import type { LogEvent } from "../types.ts";
import { param, params, RangeField, rangeOf, SearchField, SelectField } from "../ui/filters.tsx";
import { Ago, Badge, Clock, Empty, Link, useTitle } from "../ui/parts.tsx";
import { Rows } from "../ui/rows.tsx";
import { resultWord, shortId } from "../format.ts";
import { KIND_NAMES } from "./kinds.ts";

export function EventsPage(): JSX.Element {
  useTitle("Events");
  const filters = {
    type: params("type"),
    project: param("project"),
    stage: param("stage"),
    service: param("service"),
    source: param("source"),
    result: param("result"),
    status: param("status"),
    context: param("context"),
    text: param("text"),
    ...rangeOf(),
  };
  const list = useList<LogEvent>(
    "/v1/events",
    filters,
    ({ seq }) => seq,
    () => true,
  );
  const isFiltered = Object.values(filters).some((value) => (Array.isArray(value) ? value.length > 0 : value));
  return (
    <>
      <div class="page-head">
        <h1>Events</h1>
        <p class="muted">The log as it is: every step of every run, in the order in which it was stored.</p>
      </div>
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField label="Search" placeholder="anywhere in the data" />
        <SelectField
          name="type"
          label="Kind"
          any="Any kind"
          options={KIND_NAMES.map((kind) => [kind, kind] as const)}
        />
        <SelectField
          name="result"
          label="Result"
          any="Any result"
          options={["pass", "warning", "fail", "inconclusive"].map((result) => [result, result] as const)}
        />
        <RangeField />
        {(["context", "service", "stage", "project", "source"] as const).map((name) =>
          param(name) ? <SelectField key={name} name={name} label={name} any={`Any ${name}`} options={[]} /> : null,
        )}
        {isFiltered && (
          <Link to="/events" class="button">
            Clear
          </Link>
        )}
      </form>
      <Rows
        list={list}
        what="events"
        row={(event) => <EventRow key={event.seq} event={event} />}
        empty={
          isFiltered ? (
            <Empty title="No event fits these filters">
              <p>
                <Link to="/events">Show all</Link>
              </p>
            </Empty>
          ) : (
            <Empty title="The log is empty">
              <p>It begins with the first files that are applied, or the first notification.</p>
            </Empty>
          )
        }
      />
    </>
  );
}

function EventRow({ event }: { event: LogEvent }): JSX.Element {
  const data = (typeof event.data === "object" && event.data !== null ? event.data : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : "");
  const problem = data["problem"] as { title?: unknown } | undefined;
  const title = typeof problem?.title === "string" ? problem.title : "";
  const result = text("result");
  return (
    <li class="row event-row">
      <span class="row-when">
        <Clock time={event.time} />
        <span class="muted small">
          <Ago time={event.time} />
        </span>
      </span>
      <span class="row-main">
        <Link to={`/events/${encodeURIComponent(event.id)}`} class="row-link mono" data-row>
          {event.kind === "other" ? event.type : event.kind}
        </Link>
        <span class="row-sub">{text("message") || title || text("reason")}</span>
      </span>
      <span class="row-where">
        {text("service") || text("project")}
        <span class="muted small">
          {text("service") && `${text("project")} / ${text("stage")} · `}
          {shortId(event.shkeptncontext)}
        </span>
      </span>
      <span class="row-status">
        {["pass", "warning", "fail", "inconclusive"].includes(result) && <Badge word={resultWord(result as "pass")} />}
      </span>
    </li>
  );
}
