import type { ComponentChildren, JSX, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { List } from "../list.ts";
import { plural } from "../format.ts";
import { Loading, Trouble } from "./parts.tsx";

const made = new WeakMap<object, VNode>();

/** The same object gives the same node: rows that have not changed are not compared again, however many there are. */
export function rowOf<Item extends object>(item: Item, make: (item: Item) => VNode): VNode {
  const known = made.get(item);
  if (known) return known;
  const node = make(item);
  made.set(item, node);
  return node;
}

/** A list's rows with what belongs around them. */
export function Rows<Item extends object>({
  list,
  what,
  row,
  empty,
}: {
  list: List<Item>;
  what: string;
  row: (item: Item) => VNode;
  empty: ComponentChildren;
}): JSX.Element {
  const { items, loading, error, hasMore, fresh, freshMore } = list;
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
      {items.length > 0 && <ul class="row-list">{items.map((item) => rowOf(item, row))}</ul>}
      {loading && <Loading what={what} />}
      {!loading && !error && items.length === 0 && empty}
      {hasMore && !loading && <More onMore={list.more} />}
      {!hasMore && items.length > 50 && <p class="muted small center">That is all: {plural(items.length, "row")}.</p>}
    </div>
  );
}

/** Reads on when it comes into sight; and is a button for those who do not scroll. */
function More({ onMore }: { onMore: () => void }): JSX.Element {
  const button = useRef<HTMLButtonElement>(null);
  const latest = useRef(onMore);
  latest.current = onMore;
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && latest.current(), {
      rootMargin: "400px",
    });
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <button type="button" class="more-button" ref={button} onClick={onMore}>
      Show more
    </button>
  );
}
