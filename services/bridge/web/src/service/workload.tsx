import type { JSX } from "preact";
import { get } from "../api.ts";
import { plural, resultWord } from "../format.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import type { LogEvent, Page } from "../types.ts";
import { Ago, Badge, Card, Empty, Link, Loading, Trouble } from "../ui/parts.tsx";
import { sightings, type Sighting } from "./replicas.ts";
import { isOf, type Target } from "./target.ts";

const LOOK_AT = 50;
const SHOWN = 5;

/** The log knows of the workload what actions found and did; nothing is asked of the cluster here. */
export function Workload({ target }: { target: Target }): JSX.Element {
  const filters = { ...target, type: "action.finished", limit: LOOK_AT };
  const loaded = useLoad(JSON.stringify(target), (signal) => get<Page<LogEvent>>("/v1/events", filters, signal));
  useLiveReload((event) => event.kind === "action.finished" && isOf(target, event), loaded.reload);
  const seen = sightings(loaded.data?.items ?? []);
  const latest = seen[0];
  return (
    <Card title="Workload">
      {loaded.error && <Trouble error={loaded.error} what="the workload" retry={loaded.reload} />}
      {loaded.loading && !loaded.data && <Loading what="the workload" />}
      {loaded.data && !latest && (
        <Empty title="No action has touched it yet">
          <p>Which workload is scaled and how many replicas it has appears here with the first action.</p>
        </Empty>
      )}
      {latest && <Latest seen={latest} />}
      {seen.length > 1 && (
        <>
          <h3>Changes before</h3>
          <ul class="changes">
            {seen.slice(1, SHOWN + 1).map((one) => (
              <li key={one.id}>
                <Change seen={one} />
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Latest({ seen }: { seen: Sighting }): JSX.Element {
  const { workload, replicas, available, after, autoscaler } = seen;
  const count = replicas ?? after;
  return (
    <>
      <p class="workload">
        <strong class="workload-count">{plural(count, "replica")}</strong>
        <span>
          of <code>{workload}</code>
          {available !== undefined && `, ${available === count ? "all" : available} available`}
          {autoscaler && `, kept by ${autoscaler}`}
        </span>
      </p>
      <Change seen={seen} />
      <p class="muted small">As the latest action saw it; it may have changed since.</p>
    </>
  );
}

function Change({ seen: { before, after, context, time, result } }: { seen: Sighting }): JSX.Element {
  return (
    <span class="change">
      <Link to={`/remediations/${encodeURIComponent(context)}`}>
        {before} → {after}
      </Link>
      {/* That it was done says nothing of whether it helped. */}
      {result === "pass" ? <span>done</span> : <Badge word={resultWord(result)} />}
      <span class="muted small">
        <Ago time={time} />
      </span>
    </span>
  );
}
