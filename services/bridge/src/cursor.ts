import { createHash } from "node:crypto";
import { problem } from "@evenkeel/runtime";
import type { Request } from "@evenkeel/runtime";

type Filters = Readonly<Record<string, unknown>>;

const MAX_BIGINT = 2n ** 63n - 1n;

/** Opaque to readers: the last seq of the page, and a hash that ties it to the list and its filters. */
export function formatPageCursor(list: string, filters: Filters, seq: string): string {
  return Buffer.from(`${seq}.${hashOf(list, filters)}`).toString("base64url");
}

/**
 * The seq behind which the page begins.
 * @throws HttpProblem 400 for what is no cursor, or one of another list or other filters
 */
export function parsePageCursor(list: string, filters: Filters, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const parts = /^(\d{1,19})\.([\w-]{11})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (!parts || BigInt(parts[1]!) > MAX_BIGINT) throw badCursor("this is no cursor that came from here");
  if (parts[2] !== hashOf(list, filters))
    throw badCursor("this cursor belongs to a list with other filters; begin again without a cursor");
  return parts[1];
}

type PageQuery = Filters & { limit: number; cursor?: string | undefined };

interface ReadPage<Row> {
  rows: readonly Row[];
  nextCursor?: string;
  headers: Record<string, string>;
}

/**
 * One page out of `limit + 1` rows, with the way to the next one.
 * @param read gets the seq to read behind, and how many rows to read
 */
export function readPage<Row extends { seq: string }>(
  list: string,
  query: PageQuery,
  request: Request,
  read: (behind: string | undefined, limit: number) => Promise<readonly Row[]>,
): Promise<ReadPage<Row>> {
  const { limit } = query;
  return linkPage(list, query, request, async (behind) => {
    const found = await read(behind, limit + 1);
    const rows = found.slice(0, limit);
    return { rows, ...(found.length > limit && { next: rows.at(-1)!.seq }) };
  });
}

/** The same for what knows by itself behind which seq there is more. */
export async function linkPage<Row extends { seq: string }>(
  list: string,
  query: PageQuery,
  request: Request,
  read: (behind: string | undefined) => Promise<{ rows: readonly Row[]; next?: string }>,
): Promise<ReadPage<Row>> {
  const { limit: _limit, cursor, ...filters } = query;
  const { rows, next } = await read(parsePageCursor(list, filters, cursor));
  if (next === undefined) return { rows, headers: {} };
  const nextCursor = formatPageCursor(list, filters, next);
  return { rows, nextCursor, headers: { link: `<${nextUrl(request, nextCursor)}>; rel="next"` } };
}

function nextUrl(request: Request, cursor: string): string {
  const [path = "", query = ""] = request.originalUrl.split("?", 2);
  const parameters = new URLSearchParams(query);
  parameters.set("cursor", cursor);
  return `${path}?${parameters}`;
}

function hashOf(list: string, filters: Filters): string {
  const set = Object.entries(filters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, Array.isArray(value) ? [...new Set(value)].sort() : value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([list, set]))
    .digest("base64url")
    .slice(0, 11);
}

function badCursor(detail: string) {
  return problem(400, "bad-cursor", detail, { errors: [{ pointer: "/query/cursor", detail }] });
}
