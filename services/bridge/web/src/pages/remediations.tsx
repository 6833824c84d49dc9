import type { JSX } from "preact";
import { get } from "../api.ts";
import { BUCKETS, PHASES, REASON_NAMES, reasonWord } from "../format.ts";
import { useList } from "../list.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { query, withQuery } from "../router.ts";
import type { LogEvent, Page, RemediationCounts, RemediationSummary } from "../types.ts";
import { Chip, param, params, RangeField, SearchField, SelectField, useRange } from "../ui/filters.tsx";
import { MoreFilters, SourceField, TargetFields, withCount } from "../ui/more-filters.tsx";
import { Empty, Link, useTitle } from "../ui/parts.tsx";
import { Receiver } from "../ui/receiver.tsx";
import { Rows } from "../ui/rows.tsx";
import { RunRow } from "../ui/run-row.tsx";
import "../styles/lists.css";

export const isOfRuns = ({ kind }: LogEvent): boolean =>
  /^(remediation|action|wait|evaluation|get-action|problem)\b/.test(kind);

const UNFINISHED = PHASES.filter((phase) => phase !== "finished");
const RESULTS = ["pass", "warning", "fail", "inconclusive"] as const;

const readOne = async (context: string) =>
  (await get<Page<RemediationSummary>>("/v1/remediations", { context, limit: 1 })).items[0];

export function RemediationsPage(): JSX.Element {
  useTitle("Remediations");
  const common = {
    project: param("project"),
    stage: param("stage"),
    service: param("service"),
    source: param("source"),
    text: param("text"),
    ...useRange(),
  };
  const own = {
    phase: params("phase"),
    result: param("result"),
    reason: params("reason"),
    paused: param("paused"),
    unsolved: param("unsolved"),
  };
  const list = useList<RemediationSummary>(
    "/v1/remediations",
    { ...common, ...own },
    ({ context }) => context,
    isOfRuns,
    readOne,
  );
  const loaded = useLoad(JSON.stringify(common), (signal) =>
    get<RemediationCounts>("/v1/remediation-counts", common, signal),
  );
  const leftOpen = { ...common, unsolved: true };
  const left = useLoad(JSON.stringify(leftOpen), (signal) =>
    get<RemediationCounts>("/v1/remediation-counts", leftOpen, signal),
  );
  useLiveReload(isOfRuns, () => [loaded, left].forEach(({ reload }) => reload()), 500);
  const counts = loaded.data;
  const isFiltered = query.value.size > 0;

  return (
    <>
      <div class="page-head">
        <h1>Remediations</h1>
      </div>
      <Shortcuts counts={counts} leftOpen={left.data?.total} />
      <form class="filter-form" role="search" onSubmit={(event) => event.preventDefault()}>
        <div class="filters">
          <SearchField label="Search" placeholder="title, message, service or id" />
          <RangeField />
        </div>
        <MoreFilters names={["phase", "result", "reason", "project", "stage", "service", "source"]}>
          <SelectField
            name="phase"
            label="Phase"
            any="Any phase"
            options={PHASES.map((phase) => [phase, withCount(phase, counts?.phases[phase])] as const)}
          />
          <SelectField
            name="result"
            label="Result"
            any="Any result"
            options={RESULTS.map((result) => [result, withCount(result, counts?.results[result])] as const)}
          />
          <SelectField
            name="reason"
            label="Ended because"
            any="Any reason"
            options={REASON_NAMES.map(
              (reason) => [reason, withCount(reasonWord(reason).text, counts?.reasons[reason])] as const,
            )}
          />
          <TargetFields counts={new Map(counts?.services.map(({ service, count }) => [service, count]))} />
          <SourceField />
        </MoreFilters>
        {isFiltered && (
          <Link to="/remediations" class="button clear">
            Clear filters
          </Link>
        )}
      </form>
      <Rows
        list={list}
        what="remediations"
        row={(run, place) => <RunRow key={run.context} run={run} place={place} />}
        empty={isFiltered ? <NothingFits /> : <NothingYet />}
      />
    </>
  );
}

function NothingFits(): JSX.Element {
  return (
    <Empty title="No remediation fits these filters">
      <p>
        <Link to="/remediations">Show all</Link>
      </p>
    </Empty>
  );
}

function NothingYet(): JSX.Element {
  return (
    <Empty title="No problem has come in yet">
      <p>
        Every problem that is routed to a service appears here, with what was done about it and why. Point Alertmanager
        here:
      </p>
      <Receiver />
    </Empty>
  );
}

/** The questions that are asked most, each with its number. */
function Shortcuts({
  counts,
  leftOpen,
}: {
  counts?: RemediationCounts | undefined;
  leftOpen?: number | undefined;
}): JSX.Element {
  const phases = params("phase");
  const reasons = params("reason");
  const none = { phase: undefined, reason: undefined, result: undefined, paused: undefined, unsolved: undefined };
  const isOnly = (given: readonly string[], wanted: readonly string[]) =>
    given.length === wanted.length && wanted.every((one) => given.includes(one));
  const sum = (of: "phases" | "reasons", names: readonly string[]) =>
    counts && { count: names.reduce((total, name) => total + (counts[of][name] ?? 0), 0) };
  const nothing = phases.length + reasons.length === 0 && !param("result") && !param("paused") && !param("unsolved");
  return (
    <nav class="chips" aria-label="Shortcuts">
      <Chip to={withQuery(none)} active={nothing} {...(counts && { count: counts.total })}>
        All
      </Chip>
      <Chip
        to={withQuery({ ...none, phase: UNFINISHED })}
        active={isOnly(phases, UNFINISHED)}
        {...sum("phases", UNFINISHED)}
      >
        Running
      </Chip>
      <Chip
        to={withQuery({ ...none, phase: ["queued"] })}
        active={isOnly(phases, ["queued"])}
        {...sum("phases", ["queued"])}
      >
        In line
      </Chip>
      <Chip
        to={withQuery({ ...none, paused: "true" })}
        active={param("paused") === "true"}
        {...(counts && { count: counts.paused })}
      >
        Paused
      </Chip>
      <Chip
        to={withQuery({ ...none, unsolved: "true" })}
        active={param("unsolved") === "true"}
        {...(leftOpen !== undefined && { count: leftOpen })}
      >
        Left open
      </Chip>
      {BUCKETS.map((bucket) => (
        <Chip
          key={bucket.name}
          to={withQuery({ ...none, reason: bucket.reasons })}
          active={isOnly(reasons, bucket.reasons)}
          {...sum("reasons", bucket.reasons)}
        >
          {bucket.title}
        </Chip>
      ))}
    </nav>
  );
}
