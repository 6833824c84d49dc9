import type { ComponentChildren, JSX, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { List } from "../list.ts";
import { plural } from "../format.ts";
import { Chunk, CHUNK, type Place } from "./chunk.tsx";
import { Loading, Trouble } from "./parts.tsx";

/** A list's rows with what belongs around them. */
export function Rows<Item extends object>({
  list,
  what,
  row,
  empty,
}: {
  list: List<Item>;
  what: string;
  /** The row's element must carry its place. */
  row: (item: Item, place: Place) => VNode;
  empty: ComponentChildren;
}): JSX.Element {
  const { items, loading, error, hasMore, fresh, freshMore } = list;
  // The server looks for a text in a part of the log at a time.
  const isSearching = items.length === 0 && hasMore && !error;
  useEffect(() => {
    if (isSearching && !loading) list.more();
  }, [isSearching, loading]);
  const top = useRef<HTMLDivElement>(null);
  const showFresh = () => {
    list.showFresh();
    top.current?.scrollIntoView({ block: "nearest" });
    if (top.current && top.current.getBoundingClientRect().top < 0) scrollTo(0, 0);
  };
  return (
    <div class="rows" ref={top}>
      <div class="fresh" aria-live="polite">
        {fresh > 0 && (
          <button type="button" class="pill" onClick={showFresh}>
            {freshMore ? `${fresh}+` : fresh} new
          </button>
        )}
      </div>
      {error && <Trouble error={error} what={what} retry={list.reload} />}
      {items.length > 0 && (
        <div class="row-list" role="list" aria-label={what}>
          {chunksOf(items).map((chunk, at) => (
            <Chunk key={at} items={chunk} from={at * CHUNK} of={hasMore ? -1 : items.length} row={row} />
          ))}
        </div>
      )}
      {loading && !isSearching && <Loading what={what} />}
      {isSearching && (
        <p class="loading" role="status">
          No {what} so far; looking further back …
        </p>
      )}
      {!loading && !error && !hasMore && items.length === 0 && empty}
      {hasMore && !loading && !isSearching && <More onMore={list.more} failed={error !== undefined} />}
      {!hasMore && items.length > 50 && <p class="muted small center">That is all: {plural(items.length, "row")}.</p>}
    </div>
  );
}

function chunksOf<Item>(items: readonly Item[]): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, n) => items.slice(n * CHUNK, (n + 1) * CHUNK));
}

/** Reads on when it comes into sight, unless that has just failed; and is a button for those who do not scroll. */
function More({ onMore, failed }: { onMore: () => void; failed: boolean }): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    if (failed) return undefined;
    // A busy page is told of several changes at once, the last of which counts.
    const look = (entries: IntersectionObserverEntry[]) => entries.at(-1)?.isIntersecting && latest.current();
    const observer = new IntersectionObserver(look, { rootMargin: "1000px" });
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [failed]);
  return (
    <button type="button" class="more-button" ref={button} onClick={onMore}>
      Show more
    </button>
  );
}
