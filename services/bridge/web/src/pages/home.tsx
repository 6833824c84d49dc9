import type { JSX } from "preact";
import { get } from "../api.ts";
import { now, serverNow } from "../clock.ts";
import { BUCKETS, formatSpan, PHASES, plural, reasonWord } from "../format.ts";
import { liveState, useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import type { Notification, Page, RemediationCounts, RemediationSummary, StatusView, Reason } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Card, Empty, Link, Loading, Trouble, useTitle } from "../ui/parts.tsx";
import { Receiver, TestProblem } from "../ui/receiver.tsx";
import { RunRow } from "../ui/run-row.tsx";
import { isBlocked, LATE_MS, standingOf, whenStale, type Facts } from "./standing.ts";

const DAY = 86_400_000;
const LOOK_AT = 50;
const MOST_SHOWN = 12;
const UNFINISHED = PHASES.filter((phase) => phase !== "finished");

interface Home {
  status: StatusView;
  running: RemediationSummary[];
  latest: RemediationSummary[];
  paused: RemediationSummary[];
  failed: RemediationSummary[];
  /** Improved, but their problems are still open. */
  better: RemediationSummary[];
  unrouted: Notification[];
  day: RemediationCounts;
  isEmpty: boolean;
}

export function HomePage(): JSX.Element {
  const { data, error, reload } = useLoad("home", readHome);
  const heard = data && standingOf(factsOf(data));
  const standing = heard && liveState.value === "stale" ? whenStale(heard) : heard;
  useTitle(standing?.needs ? `(${standing.needs}) ${standing.title}` : "");
  useLiveReload(() => true, reload, 150);
  if (!data)
    return error ? (
      <Trouble error={error} what="the state of things" retry={reload} />
    ) : (
      <Loading what="the state of things" />
    );
  return (
    <>
      {error && <Trouble error={error} what="the latest state" retry={reload} />}
      {standing && !data.isEmpty ? (
        <div class={`standing tone-${standing.tone}`} role="status">
          <Icon name={standing.tone} size={26} />
          <h1>{standing.title}</h1>
          <p>{standing.text}</p>
        </div>
      ) : (
        <h1 class="visually-hidden">Home</h1>
      )}
      {data.isEmpty ? <FirstSteps /> : <Busy home={data} />}
    </>
  );
}

async function readHome(signal: AbortSignal): Promise<Home> {
  const from = new Date(Math.floor((serverNow() - DAY) / 60_000) * 60_000).toISOString();
  const runs = (params: Parameters<typeof get>[1]) => get<Page<RemediationSummary>>("/v1/remediations", params, signal);
  const [status, running, latest, paused, unsolved, unrouted, day] = await Promise.all([
    get<StatusView>("/v1/status", {}, signal),
    runs({ phase: UNFINISHED, limit: 20 }),
    runs({ limit: 8 }),
    runs({ paused: true, limit: 10 }),
    runs({ unsolved: true, limit: LOOK_AT }),
    get<Page<Notification>>("/v1/notifications", { outcome: "unrouted", limit: 5 }, signal),
    get<RemediationCounts>("/v1/remediation-counts", { from }, signal),
  ]);
  const isBetter = ({ result }: RemediationSummary) => result === "warning";
  return {
    status,
    running: running.items.filter((run) => !run.paused),
    latest: latest.items,
    paused: paused.items.filter(({ phase }) => phase !== "finished"),
    failed: unsolved.items.filter((run) => !isBetter(run)),
    better: unsolved.items.filter(isBetter),
    unrouted: unrouted.items,
    day,
    isEmpty: latest.items.length === 0 && unrouted.items.length === 0,
  };
}

function factsOf({ failed, better, paused, unrouted, status, running }: Home): Facts {
  const { parkedTasks: parked, oldestOverdue } = status;
  const blocked = running.filter((run) => isBlocked(run, paused)).length;
  const late = oldestOverdue ? now.value - Date.parse(oldestOverdue.dueAt) : 0;
  return {
    ...{ failed: failed.length, better: better.length, paused: paused.length, parked, late },
    ...{ unrouted: unrouted.length, running: running.length - blocked, blocked },
  };
}

function Busy({ home }: { home: Home }): JSX.Element {
  const { running, latest, paused, day } = home;
  return (
    <>
      <NeedsPerson home={home} />
      <Card
        title="Running now"
        aside={<Link to={`/remediations?${UNFINISHED.map((phase) => `phase=${phase}`).join("&")}`}>All running</Link>}
      >
        {running.length > 0 ? (
          <ul class="row-list">
            {running.map((run) => (
              <RunRow key={run.context} run={run} />
            ))}
          </ul>
        ) : (
          <p class="calm">
            <Icon name="good" /> {paused.length > 0 ? "Nothing else" : "Nothing"} is being worked on. New problems
            appear here within a second.
          </p>
        )}
      </Card>
      <Outcomes day={day} />
      <Card title="Latest" aside={<Link to="/remediations">All remediations</Link>}>
        <ul class="row-list">
          {latest.map((run) => (
            <RunRow key={run.context} run={run} />
          ))}
        </ul>
      </Card>
    </>
  );
}

/** What no machine will do: shown first, or not at all. */
function NeedsPerson({ home }: { home: Home }): JSX.Element | null {
  const { failed, better, paused, unrouted, status } = home;
  const { late } = factsOf(home);
  const runs = [...paused, ...failed, ...better];
  if (runs.length + unrouted.length + status.parkedTasks === 0 && late < LATE_MS) return null;
  return (
    <Card title="Needs a person" class="needs">
      <ul class="row-list">
        {runs.slice(0, MOST_SHOWN).map((run) => (
          <RunRow key={run.context} run={run} />
        ))}
      </ul>
      <ul class="needs-list">
        {runs.length > MOST_SHOWN && (
          <li>
            <Icon name="warn" />
            <Link to="/remediations?unsolved=true">and {plural(runs.length - MOST_SHOWN, "more run")}</Link>
          </li>
        )}
        {status.parkedTasks > 0 && (
          <li>
            <Icon name="bad" />
            <Link to="/engine-room">{plural(status.parkedTasks, "task")} given up after too many failures</Link>
          </li>
        )}
        {late >= LATE_MS && (
          <li>
            <Icon name="warn" />
            <Link to="/engine-room">Work is late by {formatSpan(late)}: is a worker running?</Link>
          </li>
        )}
        {unrouted.length > 0 && (
          <li>
            <Icon name="warn" />
            <Link to="/engine-room">
              {unrouted.length >= 5 ? "5 or more notifications" : plural(unrouted.length, "notification")} could not be
              routed to a service
            </Link>
          </li>
        )}
      </ul>
    </Card>
  );
}

function Outcomes({ day }: { day: RemediationCounts }): JSX.Element {
  const count = (reasons: readonly Reason[]) => reasons.reduce((sum, reason) => sum + (day.reasons[reason] ?? 0), 0);
  const nothing = BUCKETS.at(-1)!.reasons.filter((reason) => day.reasons[reason]);
  return (
    <Card title="Last 24 hours" aside={<Link to="/remediations?range=24h">{plural(day.total, "remediation")}</Link>}>
      <ul class="tiles">
        {BUCKETS.map(({ name, title, tone, reasons }) => (
          <li key={name} class={`tile tone-${tone}`}>
            <Link to={`/remediations?range=24h${reasons.map((reason) => `&reason=${reason}`).join("")}`}>
              <span class="tile-number">{count(reasons).toLocaleString("en-US")}</span>
              <span class="tile-title">
                <Icon name={tone} size={14} />
                {title}
              </span>
            </Link>
          </li>
        ))}
        <li class="tile tone-quiet">
          <span class="tile-number">{day.recovery ? formatSpan(roughly(day.recovery.medianMs)) : "–"}</span>
          <span class="tile-title" title="Median from the first notification to the passed evaluation">
            Median time to heal
          </span>
        </li>
      </ul>
      {nothing.length > 0 && (
        <p class="muted small">
          Nothing done because:{" "}
          {nothing.map((reason, at) => (
            <span key={reason}>
              {at > 0 && ", "}
              <Link to={`/remediations?range=24h&reason=${reason}`}>
                {reasonWord(reason).text.toLowerCase()} ({day.reasons[reason]})
              </Link>
            </span>
          ))}
        </p>
      )}
    </Card>
  );
}

const roughly = (ms: number) => (ms >= 10_000 ? Math.round(ms / 1000) * 1000 : ms);

function FirstSteps(): JSX.Element {
  return (
    <Empty title="All quiet: no problem has come in yet">
      <p>Evenkeel is up. Three steps until it heals something:</p>
      <ol class="first-steps">
        <li>
          <h2>Say what may be done</h2>
          <p>
            A project is a folder with shipyard.yaml and, for each service, remediation.yaml and slo.yaml. Apply it, and
            send a problem by hand to see what would happen:
          </p>
          <TestProblem />
        </li>
        <li>
          <h2>Point your alerts here</h2>
          <p>Alerts are routed by their labels project, stage and service.</p>
          <Receiver />
        </li>
        <li>
          <h2>Watch</h2>
          <p>
            The first problem appears on this page within a second. Notifications that fit no service are in the{" "}
            <Link to="/engine-room">engine room</Link>, each with the reason.
          </p>
        </li>
      </ol>
    </Empty>
  );
}
