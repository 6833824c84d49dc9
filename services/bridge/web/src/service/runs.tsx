import type { JSX } from "preact";
import { get } from "../api.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import type { Page, RemediationSummary } from "../types.ts";
import { Card, Empty, Link, Loading, Trouble } from "../ui/parts.tsx";
import { RunRow } from "../ui/run-row.tsx";
import { isOf, type Target } from "./target.ts";

const SHOWN = 8;

export function Runs({ target }: { target: Target }): JSX.Element {
  const loaded = useLoad(JSON.stringify(target), (signal) =>
    get<Page<RemediationSummary>>("/v1/remediations", { ...target, limit: SHOWN }, signal),
  );
  useLiveReload((event) => isOf(target, event), loaded.reload);
  const items = loaded.data?.items ?? [];
  return (
    <Card
      title="Remediations"
      aside={
        items.length > 0 && (
          <Link to={`/remediations?${new URLSearchParams({ ...target })}`}>All of {target.service}</Link>
        )
      }
    >
      {loaded.error && <Trouble error={loaded.error} what="the remediations" retry={loaded.reload} />}
      {loaded.loading && !loaded.data && <Loading what="the remediations" />}
      {loaded.data && items.length === 0 && (
        <Empty title="No problem so far">
          <p>A problem of this service that is routed here becomes a remediation.</p>
        </Empty>
      )}
      {items.length > 0 && (
        <ul class="row-list row-list-narrow">
          {items.map((run) => (
            <RunRow key={run.context} run={run} />
          ))}
        </ul>
      )}
    </Card>
  );
}
