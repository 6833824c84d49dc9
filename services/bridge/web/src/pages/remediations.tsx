import type { JSX } from "preact";
import { get } from "../api.ts";
import { BUCKETS, PHASES, REASON_NAMES, reasonWord } from "../format.ts";
import { useList } from "../list.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { withQuery } from "../router.ts";
import type { LogEvent, RemediationCounts, RemediationSummary } from "../types.ts";
import { Chip, param, params, RangeField, rangeOf, SearchField, SelectField } from "../ui/filters.tsx";
import { Empty, Link, useTitle } from "../ui/parts.tsx";
import { Receiver } from "../ui/receiver.tsx";
import { Rows } from "../ui/rows.tsx";
import { RunRow } from "../ui/run-row.tsx";

export const isOfRuns = ({ kind }: LogEvent): boolean =>
  /^(remediation|action|wait|evaluation|get-action|problem)\b/.test(kind);

const UNFINISHED = PHASES.filter((phase) => phase !== "finished");

export function RemediationsPage(): JSX.Element {
  useTitle("Remediations");
  const common = {
    project: param("project"),
    stage: param("stage"),
    service: param("service"),
    source: param("source"),
    text: param("text"),
    ...rangeOf(),
  };
  const filters = {
    ...common,
    phase: params("phase"),
    result: param("result"),
    reason: param("reason"),
    paused: param("paused"),
  };
  const list = useList<RemediationSummary>("/v1/remediations", filters, ({ context }) => context, isOfRuns);
  const counts = useLoad(JSON.stringify(common), (signal) =>
    get<RemediationCounts>("/v1/remediation-counts", common, signal),
  );
  useLiveReload(isOfRuns, counts.reload, 500);
  const isFiltered = Object.values(filters).some((value) => (Array.isArray(value) ? value.length > 0 : value));

  return (
    <>
      <div class="page-head">
        <h1>Remediations</h1>
      </div>
      <Shortcuts counts={counts.data} />
      <form class="filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <SearchField label="Search" placeholder="title, message, service or id" />
        <SelectField
          name="phase"
          label="Phase"
          any="Any phase"
          options={PHASES.map((phase) => [phase, phase] as const)}
        />
        <SelectField
          name="result"
          label="Result"
          any="Any result"
          options={["pass", "warning", "fail", "inconclusive"].map((result) => [result, result] as const)}
        />
        <SelectField
          name="reason"
          label="Ended because"
          any="Any reason"
          options={REASON_NAMES.map(
            (reason) => [reason, withCount(reasonWord(reason).text, counts.data?.reasons[reason])] as const,
          )}
        />
        <SelectField
          name="service"
          label="Service"
          any="Any service"
          options={(counts.data?.services ?? []).map(
            ({ service, count }) => [service, withCount(service, count)] as const,
          )}
        />
        <RangeField />
        {isFiltered && (
          <Link to="/remediations" class="button">
            Clear
          </Link>
        )}
      </form>
      <Rows
        list={list}
        what="remediations"
        row={(run) => <RunRow key={run.context} run={run} />}
        empty={
          isFiltered ? (
            <Empty title="No remediation fits these filters">
              <p>
                <Link to="/remediations">Show all</Link>
              </p>
            </Empty>
          ) : (
            <Empty title="No problem has come in yet">
              <p>
                Every problem that is routed to a service appears here, with what was done about it and why. Point
                Alertmanager here:
              </p>
              <Receiver />
            </Empty>
          )
        }
      />
    </>
  );
}

function withCount(text: string, count: number | undefined): string {
  return count === undefined ? text : `${text} (${count.toLocaleString("en-US")})`;
}

/** The questions that are asked most, each with its number. */
function Shortcuts({ counts }: { counts?: RemediationCounts | undefined }): JSX.Element {
  const phases = params("phase");
  const none = { phase: undefined, reason: undefined, result: undefined, paused: undefined };
  const inPhase = (names: readonly string[]) => names.reduce((sum, name) => sum + (counts?.phases[name] ?? 0), 0);
  const isRunning = phases.length === UNFINISHED.length && UNFINISHED.every((phase) => phases.includes(phase));
  const nothing = phases.length === 0 && !param("reason") && !param("result") && !param("paused");
  return (
    <nav class="chips" aria-label="Shortcuts">
      <Chip to={withQuery(none)} active={nothing} {...(counts && { count: counts.total })}>
        All
      </Chip>
      <Chip
        to={withQuery({ ...none, phase: UNFINISHED })}
        active={isRunning}
        {...(counts && { count: inPhase(UNFINISHED) })}
      >
        Running
      </Chip>
      <Chip
        to={withQuery({ ...none, phase: ["queued"] })}
        active={phases.length === 1 && phases[0] === "queued"}
        {...(counts && { count: inPhase(["queued"]) })}
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
      {BUCKETS.filter(({ reasons }) => reasons.length === 1).map(({ name, title, reasons }) => (
        <Chip
          key={name}
          to={withQuery({ ...none, reason: reasons[0] })}
          active={param("reason") === reasons[0]}
          {...(counts && { count: counts.reasons[reasons[0]] ?? 0 })}
        >
          {title}
        </Chip>
      ))}
      <Chip
        to={withQuery({ ...none, result: "fail" })}
        active={param("result") === "fail"}
        {...(counts && { count: counts.results["fail"] ?? 0 })}
      >
        Failed
      </Chip>
    </nav>
  );
}
