import type { JSX } from "preact";
import { get } from "../api.ts";
import { base } from "../base.ts";
import { runWord } from "../format.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad } from "../load.ts";
import { serviceLink } from "../run/why.tsx";
import type { Page, ProjectView, RemediationSummary } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { Ago, Badge, Card, Empty, Link, Loading, Snippet, Trouble, useTitle } from "../ui/parts.tsx";
import { ProblemState } from "../ui/run-row.tsx";
import "../styles/service.css";

interface Found {
  projects: ProjectView[];
  /** The newest run of each service that had one lately. */
  runs: ReadonlyMap<string, RemediationSummary>;
}

const keyOf = (project: string, stage: string, service: string) => JSON.stringify([project, stage, service]);

/** Newest first, so that the first of a service is its latest; one that runs goes before. */
const LOOK_AT = 200;
const UNFINISHED = ["queued", "planning", "acting", "waiting", "evaluating"];

async function read(signal: AbortSignal): Promise<Found> {
  const [{ items }, latest, running] = await Promise.all([
    get<{ items: { project: string }[] }>("/v1/projects", {}, signal),
    get<Page<RemediationSummary>>("/v1/remediations", { limit: LOOK_AT }, signal),
    get<Page<RemediationSummary>>("/v1/remediations", { limit: LOOK_AT, phase: UNFINISHED }, signal),
  ]);
  const projects = await Promise.all(
    items.map(({ project }) => get<ProjectView>(`/v1/projects/${encodeURIComponent(project)}`, {}, signal)),
  );
  const runs = new Map<string, RemediationSummary>();
  for (const run of [...running.items.filter(({ phase }) => phase !== "queued"), ...running.items, ...latest.items]) {
    const key = keyOf(run.target.project, run.target.stage, run.target.service);
    if (!runs.has(key)) runs.set(key, run);
  }
  return { projects, runs };
}

export function ServicesPage(): JSX.Element {
  useTitle("Services");
  const loaded = useLoad("services", read);
  useLiveReload(({ kind }) => /^(remediation\.|resources\.|problem$)/.test(kind), loaded.reload, 500);
  return (
    <>
      <div class="page-head">
        <h1>Services</h1>
        <p class="muted">What Evenkeel keeps healthy: project, stage, service, as the files in force have them.</p>
      </div>
      {loaded.error && <Trouble error={loaded.error} what="the services" retry={loaded.reload} />}
      {!loaded.data && !loaded.error && <Loading what="the services" />}
      {loaded.data?.projects.length === 0 && <NoProject />}
      {loaded.data?.projects.map((project) => (
        <Project key={project.project} project={project} runs={loaded.data!.runs} />
      ))}
    </>
  );
}

function Project({ project, runs }: { project: ProjectView; runs: Found["runs"] }): JSX.Element {
  return (
    <Card
      title={project.project}
      id={project.project}
      aside={
        <span class="muted small">
          revision <code>{project.revision.slice(0, 8)}</code>, <Ago time={project.createdAt} />
        </span>
      }
    >
      {project.trouble && (
        <p class="notice tone-bad">
          <Icon name="bad" />
          <span>{project.trouble}</span>
        </p>
      )}
      <div class="stages">
        {project.stages
          .map((stage) => withRuns(project.project, stage, runs))
          .map((stage) => (
            <section key={stage.name} class="stage" aria-label={`Stage ${stage.name}`}>
              <h3>
                {stage.name}
                <StageWord stage={stage} />
              </h3>
              {stage.services.length === 0 ? (
                <p class="muted small">No service so far.</p>
              ) : (
                <ul class="service-list">
                  {stage.services.map(({ name }) => (
                    <ServiceItem
                      key={name}
                      target={{ project: project.project, stage: stage.name, service: name }}
                      run={runs.get(keyOf(project.project, stage.name, name))}
                    />
                  ))}
                </ul>
              )}
            </section>
          ))}
      </div>
    </Card>
  );
}

/** A service may live from the files of its stage alone; then only its runs tell of it. */
function withRuns(project: string, stage: ProjectView["stages"][number], runs: Found["runs"]) {
  const names = new Set(stage.services.map(({ name }) => name));
  const more = [...runs.values()].flatMap(({ target }) =>
    target.project === project && target.stage === stage.name && !names.has(target.service)
      ? [{ name: target.service, files: [] }]
      : [],
  );
  return { ...stage, services: [...stage.services, ...more] };
}

function StageWord({ stage }: { stage: ProjectView["stages"][number] }): JSX.Element {
  if (!stage.inShipyard) return <Badge word={{ text: "not in shipyard.yaml", tone: "warn" }} />;
  return (
    <Badge word={stage.remediation ? { text: "automated", tone: "good" } : { text: "not automated", tone: "quiet" }} />
  );
}

function ServiceItem({
  target,
  run,
}: {
  target: { project: string; stage: string; service: string };
  run: RemediationSummary | undefined;
}): JSX.Element {
  return (
    <li class="service-item">
      <Link to={serviceLink({ target })} class="service-name" data-row>
        {target.service}
      </Link>
      {run ? (
        <span class="service-state">
          <Link
            to={`/remediations/${encodeURIComponent(run.context)}`}
            aria-label={`Latest remediation: ${runWord(run).text}`}
          >
            <Badge word={runWord(run)} />
          </Link>
          <span class="muted small">
            <ProblemState run={run} /> <Ago time={run.triggeredAt} />
          </span>
        </span>
      ) : (
        <span class="muted small">no problem lately</span>
      )}
    </li>
  );
}

function NoProject(): JSX.Element {
  return (
    <Empty title="There is no project yet">
      <p>
        A project is a folder with shipyard.yaml and, for each stage and service, remediation.yaml and slo.yaml. Put one
        in force, and its services are here:
      </p>
      <Snippet
        label="Shell"
        text={`evenkeel validate DIR\nevenkeel apply DIR --server ${location.origin}${base.replace(/\/$/, "")}`}
      />
    </Empty>
  );
}
