import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { get } from "../api.ts";
import { now } from "../clock.ts";
import { formatFull, formatTook, PHASES, safeUrl, severityTone, shortId } from "../format.ts";
import { liveState, useLive, useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { zone } from "../prefs.ts";
import { Controls, runLink } from "../run/controls.tsx";
import { Labels } from "../run/problem.tsx";
import { Proof } from "../run/proof.tsx";
import { RawEvents } from "../run/raw.tsx";
import { stepsOf } from "../run/steps.ts";
import { summaryOf, type Summary } from "../run/summary.ts";
import { Timeline } from "../run/timeline.tsx";
import { serviceLink, Why } from "../run/why.tsx";
import type { LogEvent, Page, RemediationSummary, RemediationView } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Ago, Badge, CopyButton, Empty, Link, Loading, Trouble, useTitle } from "../ui/parts.tsx";
import { whenStale } from "./standing.ts";

export function RemediationPage({ context }: { context: string }): JSX.Element {
  const path = `/v1/remediations/${encodeURIComponent(context)}`;
  const run = useLoad(context, (signal) => get<RemediationView>(path, {}, signal));
  const events = useEvents(`${path}/events`, context);
  useLiveReload(({ shkeptncontext }) => shkeptncontext === context, run.reload, 60);
  const front = useFront(run.data);
  useTitle(run.data ? `${run.data.target.service}: ${run.data.problem.title}` : "Remediation");

  if (!run.data) {
    if (run.error?.status === 404) return <NoSuchRun context={context} />;
    if (run.error) return <Trouble error={run.error} what="this remediation" retry={run.reload} />;
    return <Loading what="the remediation" />;
  }
  const blockedBy = run.data.paused ? undefined : front?.paused?.by;
  const steps = stepsOf(events.items, run.data);
  const isRunning = run.data.phase !== "finished";
  const heard = summaryOf(run.data, steps, blockedBy);
  const isStale = isRunning && liveState.value === "stale";
  const summary = isStale ? { ...heard, ...whenStale({ ...heard, needs: 0 }) } : heard;
  return (
    <article class="run">
      <RunHead run={run.data} summary={summary} front={front} onChange={run.set} />
      {run.error && <Trouble error={run.error} what="its present state" retry={run.reload} />}
      <Timeline steps={steps} running={isRunning} />
      <div class="run-columns">
        <Proof run={run.data} events={events.items} />
        <Why run={run.data} events={events.items} />
      </div>
      <RawEvents events={events.items} steps={steps} />
    </article>
  );
}

/** The clock alone, as the timeline has it, then says too little; fingers cannot hover for the date. */
const HALF_A_DAY = 12 * 3_600_000;

function NoSuchRun({ context }: { context: string }): JSX.Element {
  return (
    <Empty title="There is no such remediation">
      <p>
        No run on this server has the id <code>{context}</code>. Perhaps it is cut off, or of another server.{" "}
        <Link to="/remediations">All remediations</Link>
      </p>
    </Empty>
  );
}

/** The whole history, with what comes live behind it. */
function useEvents(path: string, context: string): { items: LogEvent[] } {
  const loaded = useLoad(path, async (signal) => (await get<Page<LogEvent>>(path, {}, signal)).items);
  const [more, setMore] = useState<LogEvent[]>([]);
  const known = useRef(new Set<string>());
  useLive((event) => {
    if (event.shkeptncontext !== context) return;
    setMore((before) => [...before, event]);
  });
  // After a broken line the whole history is read again; what came live meanwhile is in it, too.
  useLiveReload(() => false, loaded.reload, 0);
  known.current = new Set(loaded.data?.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !known.current.has(id));
  return { items: [...(loaded.data ?? []), ...fresh] };
}

const HOLDING = PHASES.slice(1, -1);

/** The run that holds the service, as long as this one is in line; `behind` is one that may have ended since. */
function useFront(run: RemediationView | undefined): RemediationSummary | undefined {
  const target = run?.phase === "queued" && run.target;
  const { data, reload } = useLoad(`${!!target}`, async (signal) => {
    const query = { ...target, phase: HOLDING, limit: 1 };
    return target && (await get<Page<RemediationSummary>>("/v1/remediations", query, signal)).items[0];
  });
  useLiveReload(({ data }) => target && (data as typeof target)?.service === target.service, reload, 60);
  return data || undefined;
}

function RunHead({
  run,
  summary,
  front,
  onChange,
}: {
  run: RemediationView;
  summary: Summary;
  front: RemediationSummary | undefined;
  onChange: (run: RemediationView) => void;
}): JSX.Element {
  const { problem, target, problemState } = run;
  const source = safeUrl(problem.url);
  const isOld = now.value - Date.parse(run.triggeredAt) > HALF_A_DAY;
  return (
    <header class="run-head">
      <nav class="crumbs" aria-label="Where this is">
        <Link to="/remediations">Remediations</Link>
        <span aria-hidden="true">/</span>
        <Link to={serviceLink(run)}>
          {target.project} / {target.stage} / {target.service}
        </Link>
      </nav>
      <div class="run-title">
        <h1>
          {problem.title} <span class="run-on">on {target.service}</span>
        </h1>
        <Badge word={summary.word} />
      </div>
      {problem.rootCause && (
        <p class="run-cause">
          Root cause: <strong>{problem.rootCause}</strong>
        </p>
      )}
      <div class={`standing tone-${summary.tone}`} role="status">
        <Icon name={summary.tone} size={26} />
        <h2>{summary.title}</h2>
        <p>
          {summary.text}
          {front && (
            <>
              {" "}
              <Link to={runLink(front.context)}>Look at the run in front</Link>
            </>
          )}
        </p>
      </div>
      <ul class="run-facts" aria-label="About the problem">
        <li>
          <Badge word={{ text: problem.severity, tone: severityTone(problem.severity) }} icon="problem" />
        </li>
        <li>
          Problem is <strong>{problemState === "open" ? "open" : problemState}</strong>, from {problem.source}
          {source && (
            <>
              {" "}
              <a href={source} target="_blank" rel="noopener noreferrer">
                Open there
                <Icon name="open" size={13} />
              </a>
            </>
          )}
        </li>
        <li>
          began <Ago time={run.triggeredAt} />
          {isOld && ` (${formatFull(run.triggeredAt, zone.value)})`}
          {run.finishedAt && `, took ${formatTook(run.triggeredAt, run.finishedAt)}`}
        </li>
        <li class="run-id">
          run <code>{shortId(run.context)}</code>
          <CopyButton text={run.context} label="Copy id" />
        </li>
      </ul>
      <Labels problem={problem} />
      {run.repeats && <AgainNotice asked={run.repeats}>This run repeats</AgainNotice>}
      {run.repeated && <AgainNotice asked={run.repeated}>The problem is worked on again, by</AgainNotice>}
      {run.aborting && (
        <p class="notice tone-warn">
          <Icon name="warn" />
          <span>
            {run.aborting.by} asked for an abort{run.aborting.reason && `: ${run.aborting.reason}`}. The action that is
            running is completed first.
          </span>
        </p>
      )}
      <Controls run={run} onChange={onChange} />
    </header>
  );
}

/** The two runs of one problem lead to each other. */
function AgainNotice({
  asked: { context, by, reason },
  children,
}: {
  asked: NonNullable<RemediationView["repeats"]>;
  children: string;
}): JSX.Element {
  return (
    <div class="notice tone-run">
      <Icon name="again" />
      <div>
        {children}{" "}
        <Link to={runLink(context)}>
          run <code>{shortId(context)}</code>
        </Link>
        : <strong>{by}</strong> asked for it{reason && `: ${reason}`}.
      </div>
    </div>
  );
}
