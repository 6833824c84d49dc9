import type { JSX } from "preact";
import { formatSpan } from "../format.ts";
import { Evaluations } from "../service/evaluations.tsx";
import { Files } from "../service/files.tsx";
import { useProject, type KnownProject } from "../service/project.ts";
import { Runs } from "../service/runs.tsx";
import type { Target } from "../service/target.ts";
import { Workload } from "../service/workload.tsx";
import type { ProjectView } from "../types.ts";
import { Badge, Link, useTitle } from "../ui/parts.tsx";
import "../styles/service.css";
import "../styles/tables.css";

export function ServicePage({ project, stage, service }: Target): JSX.Element {
  const target = { project, stage, service };
  const known = useProject(project);
  useTitle(`${service} in ${stage}`);
  return (
    <article class="service">
      <ServiceHead target={target} known={known.data} />
      <Evaluations target={target} known={known.data} />
      <div class="service-columns">
        <Runs target={target} />
        <Workload target={target} />
      </div>
      <Files target={target} known={known} />
    </article>
  );
}

function ServiceHead({ target, known }: { target: Target; known: KnownProject | undefined }): JSX.Element {
  const { project, stage, service } = target;
  const view = known?.view;
  const found = view?.stages.find(({ name }) => name === stage);
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
        {view && <Automation stage={found} name={stage} />}
        {found?.wait !== undefined && <span>waits {formatSpan(found.wait)} after an action</span>}
        {view?.trouble && <Badge word={{ text: view.trouble, tone: "bad" }} />}
        {known && !view && <Badge word={{ text: `there are no files of ${project}`, tone: "warn" }} />}
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
