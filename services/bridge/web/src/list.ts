import { useEffect, useRef, useState } from "preact/hooks";
import { get, type ApiError, type Params } from "./api.ts";
import { useLiveReload } from "./live/live.ts";
import { asApiError, useLoad } from "./load.ts";
import { cameBack } from "./router.ts";
import type { LogEvent, Page } from "./types.ts";

export interface List<Item> {
  items: readonly Item[];
  loading: boolean;
  error?: ApiError;
  hasMore: boolean;
  /** How many rows have come since, and whether there may be more of them; they are not shown before they are asked for. */
  fresh: number;
  freshMore: boolean;
  showFresh(): void;
  more(): void;
  reload(): void;
}

const PAGE = 50;
/** Who reads on and on gets more at a time. */
const NEXT_PAGE = 200;

interface State<Item> {
  key: string;
  items: readonly Item[];
  nextCursor?: string;
  /** The next answer takes the place of what is there, if anything is. */
  isUnread: boolean;
  readingOn: boolean;
  /** Of reading on. */
  error?: ApiError;
  waiting: readonly Item[];
}

/** Lists as they were left, for who comes back to one. */
const left = new Map<string, unknown>();
const MOST_LEFT = 3;

function leave<Item>(state: State<Item>): void {
  left.delete(state.key);
  left.set(state.key, state);
  for (const key of [...left.keys()].slice(0, -MOST_LEFT)) left.delete(key);
}

/**
 * A list that the server filters, page by page. What comes live changes rows in place and announces new ones, but never
 * moves what is being read.
 */
export function useList<Item extends { seq: string }>(
  path: string,
  params: Params,
  idOf: (item: Item) => string,
  wants: (event: LogEvent) => boolean,
  readOne?: (context: string) => Promise<Item | undefined>,
): List<Item> {
  const key = JSON.stringify([path, params]);
  const empty = (): State<Item> => ({ key, items: [], isUnread: true, readingOn: false, waiting: [] });
  const [state, setState] = useState(() => ((cameBack && left.get(key)) as State<Item> | undefined) || empty());
  const current = state.key === key ? state : empty();
  const latest = useRef(current);
  latest.current = current;
  const change = (to: (before: State<Item>) => State<Item>) => {
    if (latest.current.key === key) setState((before) => to(before.key === key ? before : empty()));
  };

  /** Runs of which something was heard, whose rows may be behind the first page. */
  const changed = useRef(new Set<string>());
  const { error, loading, reload } = useLoad(key, async (signal) => {
    const page = await get<Page<Item>>(path, { ...params, limit: PAGE }, signal);
    change((before) => withFirst(before, page));
    if (!readOne) return;
    const contexts = changed.current;
    // What is being read on may be older than what was heard.
    if (!latest.current.readingOn) changed.current = new Set();
    const first = new Set(page.items.map(idOf));
    const others = latest.current.items.filter((item) => contexts.has(idOf(item)) && !first.has(idOf(item)));
    const found = await Promise.all(others.slice(0, PAGE).map((item) => readOne(idOf(item)).catch(() => undefined)));
    change((before) => ({ ...before, items: updated(before.items, found) }));
  });
  useEffect(() => () => void (latest.current.isUnread || leave({ ...latest.current, readingOn: false })), [key]);

  useLiveReload(
    (event) => {
      const isWanted = wants(event);
      if (isWanted && readOne) changed.current.add(event.shkeptncontext);
      return isWanted;
    },
    reload,
    300,
  );

  /** Changes rows in place, and announces those that are new. */
  const withFirst = (before: State<Item>, { items, nextCursor }: Page<Item>): State<Item> => {
    if (before.isUnread) return { ...empty(), items, nextCursor, isUnread: false };
    if (before.items.length === 0) return { ...before, items, error: undefined };
    const known = new Set(before.items.map(idOf));
    const waiting = items.filter((item) => !known.has(idOf(item)));
    return { ...before, items: updated(before.items, items), waiting, error: undefined };
  };
  const updated = (items: readonly Item[], found: readonly (Item | undefined)[]): readonly Item[] => {
    const now = new Map(found.flatMap((item) => (item ? [[idOf(item), item] as const] : [])));
    return now.size === 0 ? items : items.map((item) => now.get(idOf(item)) ?? item);
  };

  const { items, nextCursor, isUnread, readingOn, waiting } = current;
  const shown = error ?? current.error;
  return {
    items,
    loading: readingOn || (isUnread && loading),
    ...(shown && { error: shown }),
    hasMore: nextCursor !== undefined,
    fresh: waiting.length,
    freshMore: waiting.length >= PAGE,
    reload,
    showFresh() {
      // A whole page of new rows may hide more behind it: then the list is read anew.
      const isWhole = waiting.length >= PAGE;
      if (isWhole) reload();
      setState(
        isWhole
          ? { ...current, isUnread: true }
          : { ...current, items: newestFirst([...waiting, ...items]), waiting: [] },
      );
    },
    more() {
      change((before) => ({ ...before, readingOn: true, error: undefined }));
      void get<Page<Item>>(path, { ...params, limit: NEXT_PAGE, cursor: nextCursor })
        .then(
          (page) => (before: State<Item>) => ({
            ...before,
            // Unless it was read anew meanwhile.
            ...(before.nextCursor === nextCursor && {
              items: [...before.items, ...page.items],
              nextCursor: page.nextCursor,
            }),
            readingOn: false,
          }),
          (cause) => (before: State<Item>) => ({ ...before, readingOn: false, error: asApiError(cause) }),
        )
        .then((to) => {
          change(to);
          if (changed.current.size > 0) reload();
        });
    },
  };
}

/** What fits the filters only now may stand behind rows that are there. */
function newestFirst<Item extends { seq: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? 1 : -1));
}
