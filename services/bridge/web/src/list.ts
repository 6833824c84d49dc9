import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, get, type Params } from "./api.ts";
import { useLiveReload } from "./live/live.ts";
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
  loading: boolean;
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
  const empty = (): State<Item> => ({ key, items: [], loading: true, waiting: [] });
  const [state, setState] = useState(() => ((cameBack && left.get(key)) as State<Item> | undefined) || empty());
  const keyNow = useRef(key);
  keyNow.current = key;
  const current = state.key === key ? state : empty();

  const read = async (cursor: string | undefined, take: (page: Page<Item>) => (before: State<Item>) => State<Item>) => {
    try {
      const page = await get<Page<Item>>(path, { ...params, limit: cursor ? NEXT_PAGE : PAGE, cursor });
      if (keyNow.current === key) setState((before) => take(page)(before.key === key ? before : empty()));
    } catch (cause) {
      const error = cause instanceof ApiError ? cause : new ApiError(0, "bug", String(cause));
      if (keyNow.current === key)
        setState((before) => ({ ...(before.key === key ? before : empty()), loading: false, error }));
    }
  };
  const reload = () =>
    void read(undefined, ({ items, nextCursor }) => () => ({ key, items, nextCursor, loading: false, waiting: [] }));
  const latest = useRef(current);
  latest.current = current;
  useEffect(() => {
    if (latest.current.loading) reload();
    else refresh();
    return () => void (latest.current.loading || leave(latest.current));
  }, [key]);

  const changed = useRef(new Set<string>());
  useLiveReload(
    (event) => {
      const isWanted = wants(event);
      if (isWanted && readOne) changed.current.add(event.shkeptncontext);
      return isWanted;
    },
    () => {
      const contexts = changed.current;
      changed.current = new Set();
      void refreshOlder(contexts);
      refresh();
    },
    300,
  );

  /** Changes the rows of the first page in place, and announces those that are new. */
  const refresh = () =>
    void read(undefined, ({ items }) => (before) => {
      if (before.loading) return before;
      if (before.items.length === 0) return { ...before, items, error: undefined };
      const now = new Map(items.map((item) => [idOf(item), item]));
      const known = new Set(before.items.map(idOf));
      return {
        ...before,
        error: undefined,
        items: before.items.map((item) => now.get(idOf(item)) ?? item),
        waiting: items.filter((item) => !known.has(idOf(item))),
      };
    });

  /** Rows behind the first page are not in what is read again, and change as well. */
  const refreshOlder = async (contexts: ReadonlySet<string>) => {
    const older = current.items.slice(PAGE).filter((item) => contexts.has(idOf(item)));
    const found = await Promise.all(older.slice(0, PAGE).map((item) => readOne?.(idOf(item)).catch(() => undefined)));
    const now = new Map(found.flatMap((item) => (item ? [[idOf(item), item] as const] : [])));
    if (now.size === 0 || keyNow.current !== key) return;
    setState((before) => ({ ...before, items: before.items.map((item) => now.get(idOf(item)) ?? item) }));
  };

  const { items, nextCursor, loading, error, waiting } = current;
  return {
    items,
    loading,
    ...(error && { error }),
    hasMore: nextCursor !== undefined,
    fresh: waiting.length,
    freshMore: waiting.length >= PAGE,
    reload,
    // A whole page of new rows may hide more behind it: then the list is read anew.
    showFresh: () =>
      waiting.length >= PAGE
        ? reload()
        : setState({ ...current, items: newestFirst([...waiting, ...items]), waiting: [] }),
    more() {
      setState({ ...current, loading: true });
      void read(nextCursor, (page) => (before) => ({
        ...before,
        items: [...before.items, ...page.items],
        nextCursor: page.nextCursor,
        loading: false,
      }));
    },
  };
}

/** What fits the filters only now may stand behind rows that are there. */
function newestFirst<Item extends { seq: string }>(items: readonly Item[]): Item[] {
  return items.toSorted((a, b) => (BigInt(a.seq) < BigInt(b.seq) ? 1 : -1));
}
