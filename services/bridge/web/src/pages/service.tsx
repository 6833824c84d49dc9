import type { JSX } from "preact";
import { get } from "../api.ts";
import { formatSpan } from "../format.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { Evaluations } from "../service/evaluations.tsx";
import { Files } from "../service/files.tsx";
import { Runs } from "../service/runs.tsx";
import type { Target } from "../service/target.ts";
import { Workload } from "../service/workload.tsx";
import type { ProjectView } from "../types.ts";
import { Badge, Link, useTitle } from "../ui/parts.tsx";
import "../styles/service.css";
import "../styles/tables.css";

export function ServicePage({ project, stage, service }: Target): JSX.Element {
  const target = { project, stage, service };
  useTitle(`${service} in ${stage}`);
  return (
    <article class="service">
      <ServiceHead target={target} />
      <Evaluations target={target} />
      <div class="service-columns">
        <Runs target={target} />
        <Workload target={target} />
      </div>
      <Files target={target} />
    </article>
  );
}

function ServiceHead({ target }: { target: Target }): JSX.Element {
  const { project, stage, service } = target;
  const path = `/v1/projects/${encodeURIComponent(project)}`;
  const loaded = useLoad(path, (signal) => get<ProjectView>(path, {}, signal));
  useLiveReload(
    ({ kind, data }) => kind === "resources.applied" && (data as { project: string }).project === project,
    loaded.reload,
  );
  const found = loaded.data?.stages.find(({ name }) => name === stage);
  return (
    <header class="page-head">
      <nav class="crumbs" aria-label="Where this is">
        <Link to="/services">Services</Link>
        <span aria-hidden="true">/</span>
        <Link to={`/services#${project}`}>{project}</Link>
        <span aria-hidden="true">/</span>
        <span>{stage}</span>
      </nav>
      <h1>{service}</h1>
      <div class="service-facts">
        {loaded.data && <Automation stage={found} name={stage} />}
        {found?.wait !== undefined && <span>waits {formatSpan(found.wait)} after an action</span>}
        {loaded.data?.trouble && <Badge word={{ text: loaded.data.trouble, tone: "bad" }} />}
        {loaded.error?.status === 404 && <Badge word={{ text: `there are no files of ${project}`, tone: "warn" }} />}
      </div>
    </header>
  );
}

function Automation({ stage, name }: { stage: ProjectView["stages"][number] | undefined; name: string }): JSX.Element {
  if (!stage?.inShipyard)
    return <Badge word={{ text: `shipyard.yaml does not name ${name}: nothing is done`, tone: "warn" }} />;
  if (!stage.remediation)
    return <Badge word={{ text: `${name} is not automated: problems are only shown`, tone: "quiet" }} />;
  return <Badge word={{ text: `problems in ${name} are acted on`, tone: "good" }} />;
}
