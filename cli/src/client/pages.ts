import type { Client } from "./http.ts";

const LARGEST_PAGE = 200;

export interface Page<Item> {
  items: Item[];
  nextCursor?: string;
}

/** Reads a list page by page, up to `limit` items, or all of them. */
export async function readList<Item>(
  client: Client,
  path: string,
  query: Readonly<Record<string, string | boolean | readonly string[] | undefined>>,
  { limit, all = false }: { limit: number; all?: boolean },
): Promise<Page<Item>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (;;) {
    const size = all ? LARGEST_PAGE : Math.min(LARGEST_PAGE, limit - items.length);
    const page = await client.get<Page<Item>>(path, { ...query, limit: size, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return { items };
    if (!all && items.length >= limit) return { items, nextCursor: cursor };
  }
}
