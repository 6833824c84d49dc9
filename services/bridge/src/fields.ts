import * as z from "zod";

/** NUL and lone surrogates: PostgreSQL can store neither, in no column. */
// oxlint-disable-next-line no-control-regex
const UNSTORABLE = /[\0\ud800-\udfff]/u;
const storable = (text: string) => !UNSTORABLE.test(text);

/** A text that can be stored and looked for. */
export const text = (max: number) =>
  z.string().min(1, "expected a text that is not empty").max(max).refine(storable, "expected text without NUL");

const FIRST = Date.parse("0001-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

/** RFC 3339 with any offset → the same moment in UTC with milliseconds. */
export const instant = z.iso
  .datetime({ offset: true, abort: true, error: "expected a time as RFC 3339 has it, such as 2026-01-31T12:00:00Z" })
  .refine((value) => Date.parse(value) >= FIRST && Date.parse(value) <= LAST, "expected a year from 0001 to 9999")
  .transform((value) => new Date(value).toISOString());

export const limit = z.number().int().min(1).max(200).default(50).describe("how many at most");

const name = text(200);

export const target = {
  project: name.optional(),
  stage: name.optional(),
  service: name.optional(),
};

export const timeRange = {
  from: instant.optional().describe("RFC 3339, inclusive"),
  to: instant.optional().describe("RFC 3339, exclusive"),
};

export const paging = {
  limit,
  cursor: z.string().max(200).optional().describe("nextCursor of the page before; only with the same filters"),
};

export const contextParam = z.object({ context: text(200).describe("id of the run") });

/** A page of a list, newest first. */
export const page = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().optional().describe("absent on the last page"),
  });

export const nextLink = { link: 'the next page, as `<…>; rel="next"`; absent on the last one' };
