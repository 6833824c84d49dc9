import type { JSX } from "preact";
import { get } from "../api.ts";
import { resultWord, shortId } from "../format.ts";
import { useList } from "../list.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { query } from "../router.ts";
import type { EventCounts, LogEvent, Result } from "../types.ts";
import type { Place } from "../ui/chunk.tsx";
import { countText, param, params, RangeField, SearchField, SelectField, useRange } from "../ui/filters.tsx";
import { MoreFilters, TargetFields, withCount } from "../ui/more-filters.tsx";
import { Ago, Badge, Clock, Empty, Link, useTitle } from "../ui/parts.tsx";
import { Rows } from "../ui/rows.tsx";
import { EventShortcuts } from "./event-shortcuts.tsx";
import { eventText } from "./event-text.ts";
import { KIND_NAMES } from "./kinds.ts";
import "../styles/lists.css";

const RESULTS: readonly Result[] = ["pass", "warning", "fail", "inconclusive"];
const STATUSES = ["succeeded", "errored", "aborted", "unknown"];
/** Services of ours that write into the log; others are known when something of theirs is counted. */
const WRITERS = ["alertmanager", "dynatrace", "evenkeel", "remediation-engine", "evaluation-worker"];

export function EventsPage(): JSX.Element {
  useTitle("Events");
  const common = {
    project: param("project"),
    stage: param("stage"),
    service: param("service"),
    source: param("source"),
    context: param("context"),
    text: param("text"),
    ...useRange(),
  };
  const own = { type: params("type"), result: param("result"), status: param("status") };
  const list = useList<LogEvent>(
    "/v1/events",
    { ...common, ...own },
    ({ seq }) => seq,
    () => true,
  );
  const loaded = useLoad(JSON.stringify(common), (signal) => get<EventCounts>("/v1/event-counts", common, signal));
  useLiveReload(() => true, loaded.reload, 1000);
  const counts = loaded.data;
  const counted = (text: string, count: number | undefined) => [text, withCount(text, count, counts?.more)] as const;
  const sources = new Map(counts?.sources.map(({ source, count }) => [source, count]));
  const isFiltered = query.value.size > 0;
  return (
    <>
      <div class="page-head">
        <h1>Events</h1>
        <p class="muted">
          The log as it is: every step of every run, in the order in which it was stored.
          {counts?.more && ` Counted are the newest ${countText(counts.looked)}.`}
        </p>
      </div>
      <EventShortcuts counts={counts} />
      <form class="filter-form" role="search" onSubmit={(event) => event.preventDefault()}>
        <div class="filters">
          <SearchField label="Search" placeholder="anywhere in the data" />
          <RangeField />
        </div>
        <MoreFilters names={["type", "result", "status", "project", "stage", "service", "source", "context"]}>
          <SelectField
            name="type"
            label="Kind"
            any="Any kind"
            options={KIND_NAMES.map((kind) => counted(kind, counts?.kinds[kind]))}
          />
          <SelectField
            name="result"
            label="Result"
            any="Any result"
            options={RESULTS.map((name) => counted(name, counts?.results[name]))}
          />
          <SelectField
            name="status"
            label="Status"
            any="Any status"
            options={STATUSES.map((name) => counted(name, counts?.statuses[name]))}
          />
          <TargetFields
            counts={new Map(counts?.services.map(({ service, count }) => [service, count]))}
            more={counts?.more}
          />
          <SelectField
            name="source"
            label="Written by"
            any="Any source"
            options={[...new Set([...WRITERS, ...sources.keys()])]
              .sort()
              .map((name) => counted(name, sources.get(name)))}
          />
          {param("context") && <SelectField name="context" label="Context" any="Any context" options={[]} />}
        </MoreFilters>
        {isFiltered && (
          <Link to="/events" class="button clear">
            Clear filters
          </Link>
        )}
      </form>
      <Rows
        list={list}
        what="events"
        row={(event, place) => <EventRow key={event.seq} event={event} place={place} />}
        empty={isFiltered ? <NothingFits /> : <NothingYet />}
      />
    </>
  );
}

function NothingFits(): JSX.Element {
  return (
    <Empty title="No event fits these filters">
      <p>
        <Link to="/events">Show all</Link>
      </p>
    </Empty>
  );
}

function NothingYet(): JSX.Element {
  return (
    <Empty title="The log is empty">
      <p>It begins with the first files that are applied, or the first notification.</p>
    </Empty>
  );
}

function EventRow({ event, place }: { event: LogEvent; place: Place }): JSX.Element {
  const data = (typeof event.data === "object" && event.data !== null ? event.data : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : "");
  const result = RESULTS.find((one) => one === data["result"]);
  return (
    <li class="row event-row" {...place}>
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
        <span class="row-sub">{eventText(event)}</span>
      </span>
      <span class="row-where">
        {text("service") || text("project") || <span class="muted">no service</span>}
        <span class="muted small">
          {text("service") && `${text("project")} / ${text("stage")} · `}
          <Link to={`/events?context=${encodeURIComponent(event.shkeptncontext)}`} class="row-other">
            {shortId(event.shkeptncontext)}
          </Link>
        </span>
      </span>
      <span class="row-status">{result && <Badge word={resultWord(result)} />}</span>
    </li>
  );
}
