import { createHash } from "node:crypto";
import type { NewEvent } from "@evenkeel/events";
import type pg from "pg";
import { query, transaction } from "./database.ts";

/** The files of one project at one revision: path (`production/carts/slo.yaml`) → text. */
export interface ProjectFiles {
  project: string;
  revision: string;
  createdAt: string;
  files: ReadonlyMap<string, string>;
}

export interface Revision {
  revision: string;
  createdAt: string;
  createdBy?: string;
  /** path → content hash */
  files: Record<string, string>;
}

/** Looks at the files in force, path → hash, while nobody else can change them; what it throws leaves all as it is. */
export type Insist = (hashes: ReadonlyMap<string, string>) => void;

export type Change = { path: string; change: "added" | "changed" | "removed" };
export type Applied = { revision: string; previous?: string; changed: Change[] };

export interface ApplyOptions {
  /** Files that are not named go out of force. */
  replace: boolean;
  remove?: readonly string[];
  by?: string;
  insist?: Insist;
}

/**
 * Puts a set of files in force as the project's new revision, all at once. The same set again changes nothing.
 * Without `replace` files that are not named stay. The revision is a hash over paths and contents. `store` puts the
 * event that tells of it into the log, in the same transaction: no revision is in force that the log does not know.
 */
export async function applyFiles(
  pool: pg.Pool,
  project: string,
  files: ReadonlyMap<string, string>,
  options: ApplyOptions,
  store: (client: pg.PoolClient, event: NewEvent) => Promise<unknown>,
): Promise<Applied> {
  return transaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`files:${project}`]);
    const before = await latest(client, project);
    const old = before?.files ?? {};
    options.insist?.(new Map(Object.entries(old)));
    const next: Record<string, string> = options.replace ? {} : { ...old };
    for (const path of options.remove ?? []) delete next[path];
    for (const [path, text] of files) next[path] = await storeBlob(client, text);
    const revision = revisionOf(next);
    const changed = changes(old, next);
    if (before && before.revision === revision) return { revision, previous: before.revision, changed: [] };
    await client.query("insert into revisions (project, revision, files, created_by) values ($1, $2, $3, $4)", [
      project,
      revision,
      JSON.stringify(next),
      options.by ?? null,
    ]);
    const applied = { revision, ...(before && { previous: before.revision }), changed };
    await store(client, appliedEvent(project, applied, options.by));
    return applied;
  });
}

function appliedEvent(project: string, applied: Applied, by: string | undefined): NewEvent {
  const { revision, previous, changed } = applied;
  return { kind: "resources.applied", gitcommitid: revision, data: { project, revision, previous, changed, by } };
}

/** A project's files, at the latest revision or at a given one; undefined when there are none. */
export async function readFiles(pool: pg.Pool, project: string, revision?: string): Promise<ProjectFiles | undefined> {
  const rows = await query<{ revision: string; created_at: Date; files: Record<string, string> }>(
    pool,
    `select revision, created_at, files from revisions
      where project = $1 and ($2::text is null or revision = $2) order by seq desc limit 1`,
    [project, revision ?? null],
  );
  const row = rows[0];
  if (!row) return undefined;
  const blobs = await query<{ hash: string; content: Buffer }>(
    pool,
    "select hash, content from blobs where hash = any($1)",
    [Object.values(row.files)],
  );
  const texts = new Map(blobs.map((blob) => [blob.hash, blob.content.toString("utf8")]));
  const files = new Map(Object.entries(row.files).map(([path, hash]) => [path, texts.get(hash)!]));
  return { project, revision: row.revision, createdAt: row.created_at.toISOString(), files };
}

/** Newest first. */
export async function listRevisions(pool: pg.Pool, project: string, limit: number): Promise<Revision[]> {
  const rows = await query<{
    revision: string;
    created_at: Date;
    created_by: string | null;
    files: Record<string, string>;
  }>(
    pool,
    "select revision, created_at, created_by, files from revisions where project = $1 order by seq desc limit $2",
    [project, limit],
  );
  return rows.map((row) => ({
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    ...(row.created_by !== null && { createdBy: row.created_by }),
    files: row.files,
  }));
}

/** Projects that have files, by name. */
export async function listProjects(pool: pg.Pool): Promise<{ project: string; revision: string; createdAt: string }[]> {
  const rows = await query<{ project: string; revision: string; created_at: Date }>(
    pool,
    "select distinct on (project) project, revision, created_at from revisions order by project, seq desc",
  );
  return rows.map((row) => ({ project: row.project, revision: row.revision, createdAt: row.created_at.toISOString() }));
}

async function latest(client: pg.PoolClient, project: string) {
  const { rows } = await client.query<{ revision: string; files: Record<string, string> }>(
    "select revision, files from revisions where project = $1 order by seq desc limit 1",
    [project],
  );
  return rows[0];
}

/** What a file's text is known by. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

async function storeBlob(client: pg.PoolClient, text: string): Promise<string> {
  const hash = hashOf(text);
  await client.query("insert into blobs (hash, content) values ($1, $2) on conflict do nothing", [
    hash,
    Buffer.from(text, "utf8"),
  ]);
  return hash;
}

function revisionOf(files: Record<string, string>): string {
  const hash = createHash("sha256");
  for (const path of Object.keys(files).sort()) hash.update(`${path}\0${files[path]}\n`);
  return hash.digest("hex").slice(0, 40);
}

function changes(old: Record<string, string>, next: Record<string, string>): Change[] {
  const paths = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
  return paths.flatMap((path): Change[] => {
    if (old[path] === next[path]) return [];
    if (old[path] === undefined) return [{ path, change: "added" }];
    return [{ path, change: next[path] === undefined ? "removed" : "changed" }];
  });
}
