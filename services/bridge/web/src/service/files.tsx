import type { JSX } from "preact";
import { get, getText } from "../api.ts";
import { formatFull, plural } from "../format.ts";
import { useLiveReload } from "../live/live.ts";
import { useLoad, type Loaded } from "../load.ts";
import { zone } from "../prefs.ts";
import { go, query, withQuery } from "../router.ts";
import type { Revision } from "../types.ts";
import type { FileFinding } from "../../../src/routes/findings.ts";
import { Icon } from "../ui/icons.tsx";
import { Card, CopyButton, Empty, Link, Loading, Trouble } from "../ui/parts.tsx";
import { filesOf, type PlacedFile } from "./files-of.ts";
import type { KnownProject } from "./project.ts";
import { Code, Diff } from "./text.tsx";
import type { Target } from "./target.ts";

const MOST_REVISIONS = 200;

/** The files that decide about a service, at any revision, and what changed in between. */
export function Files({ target, known }: { target: Target; known: Loaded<KnownProject> }): JSX.Element {
  if (known.data?.view) return <ProjectFiles target={target} />;
  return (
    <Card title="Files">
      {known.data ? (
        <Empty title="The project has no files">
          <p>
            Put them in force with <code>evenkeel apply</code>; until then its problems are seen, and nothing is done.
          </p>
        </Empty>
      ) : known.error ? (
        <Trouble error={known.error} what="the files" retry={known.reload} />
      ) : (
        <Loading what="the files" />
      )}
    </Card>
  );
}

function ProjectFiles({ target }: { target: Target }): JSX.Element {
  const root = `/v1/projects/${encodeURIComponent(target.project)}`;
  const loaded = useLoad(root, async (signal) => {
    return (await get<{ items: Revision[] }>(`${root}/revisions`, { limit: MOST_REVISIONS }, signal)).items;
  });
  useLiveReload(
    ({ kind, data }) => kind === "resources.applied" && (data as { project: string }).project === target.project,
    loaded.reload,
  );
  if (!loaded.data) {
    return (
      <Card title="Files">
        {loaded.error ? (
          <Trouble error={loaded.error} what="the files" retry={loaded.reload} />
        ) : (
          <Loading what="the files" />
        )}
      </Card>
    );
  }
  return <Revisions target={target} root={root} revisions={loaded.data} />;
}

function Revisions({
  target,
  root,
  revisions,
}: {
  target: Target;
  root: string;
  revisions: readonly Revision[];
}): JSX.Element {
  const asked = query.value.get("revision");
  const revision = revisions.find((one) => one.revision === asked) ?? (asked ? undefined : revisions[0]);
  const findings = useLoad(`${root} ${revision?.revision}`, (signal) =>
    get<{ items: FileFinding[] }>(`${root}/findings`, { revision: revision?.revision }, signal),
  );
  if (!revision) {
    return (
      <Card title="Files">
        <Empty title={`Revision ${asked?.slice(0, 8)} is not among the newest ${revisions.length}`}>
          <p>
            <Link to={withQuery({ revision: undefined })} data-keep>
              Show the current one
            </Link>
          </p>
        </Empty>
      </Card>
    );
  }
  const files = filesOf(Object.keys(revision.files), target);
  const chosen =
    files.find(({ path }) => path === query.value.get("file")) ??
    files.find(
      ({ path }) => path.endsWith("remediation.yaml") && path.startsWith(`${target.stage}/${target.service}/`),
    ) ??
    files[0];
  const found = findings.data?.items ?? [];
  return (
    <Card
      title="Files"
      aside={
        <span class="card-tools">
          <RevisionChoice revisions={revisions} revision={revision} path={chosen?.path} />
        </span>
      }
    >
      {revision !== revisions[0] && (
        <p class="notice tone-warn">
          <Icon name="warn" />
          <span>
            This revision is not in force any more.{" "}
            <Link to={withQuery({ revision: undefined, against: undefined })} data-keep>
              Show the current one
            </Link>
          </span>
        </p>
      )}
      {findings.error && <Trouble error={findings.error} what="what is wrong in the files" retry={findings.reload} />}
      <div class="files">
        <nav aria-label="Files" class="file-list">
          {files.map((file) => (
            <FileLink key={file.path} file={file} here={file === chosen} findings={found} />
          ))}
          {files.length === 0 && <p class="muted">None of the files of {target.project} is about this service.</p>}
        </nav>
        {chosen && (
          <OneFile root={root} path={chosen.path} revision={revision} revisions={revisions} findings={found} />
        )}
      </div>
    </Card>
  );
}

function FileLink({
  file,
  here,
  findings,
}: {
  file: PlacedFile;
  here: boolean;
  findings: readonly FileFinding[];
}): JSX.Element {
  const mine = findings.filter(({ path }) => path === file.path);
  const isBad = mine.some(({ severity }) => severity === "error");
  return (
    <Link
      to={withQuery({ file: file.path, against: undefined })}
      data-keep
      aria-current={here ? "true" : undefined}
      class="file-link"
    >
      <span class="file-name">{file.uri}</span>
      <span class="muted small">{file.hiddenBy ? `not read: ${file.hiddenBy} is closer` : `of the ${file.level}`}</span>
      {mine.length > 0 && (
        <span class={`small ${isBad ? "tone-bad" : "tone-warn"}`}>
          <Icon name={isBad ? "bad" : "warn"} size={13} /> {plural(mine.length, "finding")}
        </span>
      )}
    </Link>
  );
}

function RevisionChoice({
  revisions,
  revision,
  path,
}: {
  revisions: readonly Revision[];
  revision: Revision;
  path: string | undefined;
}): JSX.Element {
  const at = revisions.indexOf(revision);
  const earlier = revisions
    .slice(at + 1)
    .filter((one) => path !== undefined && one.files[path] !== revision.files[path]);
  const against = query.value.get("against") ?? "";
  return (
    <>
      <label class="inline-field">
        Revision{" "}
        <select
          value={revision.revision}
          onChange={({ currentTarget }) => {
            const asked = currentTarget.value === revisions[0]?.revision ? undefined : currentTarget.value;
            go(withQuery({ revision: asked, against: undefined }), { keepScroll: true });
          }}
        >
          {revisions.map((one, index) => (
            <option key={one.revision + one.createdAt} value={one.revision}>
              {index === 0 ? "current: " : ""}
              {describe(one)}
            </option>
          ))}
        </select>
      </label>
      <label class="inline-field">
        Compare with{" "}
        <select
          value={against}
          disabled={earlier.length === 0}
          onChange={({ currentTarget }) => go(withQuery({ against: currentTarget.value }), { keepScroll: true })}
        >
          <option value="">{earlier.length === 0 ? "nothing: no other version" : "nothing"}</option>
          {earlier.map((one) => (
            <option key={one.revision + one.createdAt} value={one.revision}>
              {describe(one)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function describe({ revision, createdAt, createdBy }: Revision): string {
  return `${revision.slice(0, 8)}, ${formatFull(createdAt, zone.value).replace(/\.\d+ UTC$/, " UTC")}${createdBy ? `, ${createdBy}` : ""}`;
}

function OneFile({
  root,
  path,
  revision,
  revisions,
  findings,
}: {
  root: string;
  path: string;
  revision: Revision;
  revisions: readonly Revision[];
  findings: readonly FileFinding[];
}): JSX.Element {
  const other = revisions.find((one) => one.revision === query.value.get("against"));
  const read = (at: Revision) =>
    at.files[path] === undefined
      ? ""
      : getText(`${root}/resources/${path.split("/").map(encodeURIComponent).join("/")}`, { revision: at.revision });
  // The text belongs to its hash: a new revision that leaves the file alone reads nothing anew.
  const key = `${root} ${path} ${revision.files[path]} ${other?.files[path] ?? ""}`;
  const loaded = useLoad(key, async () => ({
    now: await read(revision),
    before: other ? await read(other) : undefined,
  }));
  const mine = findings.filter((finding) => finding.path === path);
  return (
    <section class="file" aria-label={path}>
      <div class="file-head">
        <h3>{path}</h3>
        {loaded.data && <CopyButton text={loaded.data.now} label="Copy" />}
      </div>
      {mine.length > 0 && <Findings findings={mine} />}
      {loaded.error && <Trouble error={loaded.error} what={path} retry={loaded.reload} />}
      {!loaded.data && !loaded.error && <Loading what={path} />}
      {loaded.data?.before !== undefined && <Diff before={loaded.data.before} after={loaded.data.now} label={path} />}
      {loaded.data && loaded.data.before === undefined && <Code text={loaded.data.now} label={path} findings={mine} />}
    </section>
  );
}

function Findings({ findings }: { findings: readonly FileFinding[] }): JSX.Element {
  return (
    <ul class="findings" aria-label="Findings">
      {findings.map(({ line, column, message, severity }) => (
        <li key={`${line}:${column}:${message}`} class={severity === "error" ? "tone-bad" : "tone-warn"}>
          <Icon name={severity === "error" ? "bad" : "warn"} size={14} />
          <span>
            {line !== undefined && (
              <strong>
                {line}:{column}{" "}
              </strong>
            )}
            {message}
          </span>
        </li>
      ))}
    </ul>
  );
}
