import type { JSX, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** So many rows come and go together. */
export const CHUNK = 10;
/** So many chunks are always there: short lists as a whole, for a browser's own search and for printing. */
const ALWAYS = 10;

/** What a row says of its place, as only some of the rows are there. */
export interface Place {
  role: "listitem";
  "aria-posinset": number;
  /** -1 while the end is not known. */
  "aria-setsize": number;
}

interface Props<Item> {
  items: readonly Item[];
  from: number;
  of: number;
  row: (item: Item, place: Place) => VNode;
}

/**
 * Rows of a long list: there while they are in sight or close to it, else an empty space as high as they were. Rows
 * that have not changed are not made again.
 */
export function Chunk<Item extends object>(props: Props<Item>): JSX.Element {
  const { items, from, of } = props;
  const host = useRef<HTMLUListElement>(null);
  const height = useRef<number>(undefined);
  const made = useRef<{ props: Props<Item>; rows: VNode[] }>(undefined);
  const isAlways = from < ALWAYS * CHUNK;
  const [isNear, setNear] = useState(isAlways);

  useLayoutEffect(() => {
    if (isAlways) return undefined;
    const element = host.current!;
    return watch(element, (near) => {
      // Who works by keyboard must not lose the row that has the focus.
      if (!near && element.contains(document.activeElement)) return;
      if (!near) height.current = element.getBoundingClientRect().height;
      setNear(near);
    });
  }, [isAlways]);
  useLayoutEffect(() => {
    if (isNear && !isAlways) keepInPlace(host.current!, height.current);
  }, [isNear]);

  const known = made.current?.props;
  const isSame =
    known?.from === from &&
    known.of === of &&
    known.items.length === items.length &&
    items.every((item, at) => item === known.items[at]);
  if (isNear && !isSame) made.current = { props, rows: rowsOf(props) };
  const space = isNear ? {} : { height: height.current === undefined ? undefined : `${height.current}px` };
  return (
    <ul
      role="none"
      class={`row-chunk ${isNear ? "" : "row-chunk-far"}`}
      ref={host}
      style={{ "--rows": items.length, ...space }}
    >
      {isNear && made.current?.rows}
    </ul>
  );
}

function rowsOf<Item>({ items, from, of, row }: Props<Item>): VNode[] {
  return items.map((item, at) => row(item, { role: "listitem", "aria-posinset": from + at + 1, "aria-setsize": of }));
}

/** What is above the screen and turns out higher or lower than thought would push what is being read; most browsers see to it. */
function keepInPlace(element: HTMLElement, thought: number | undefined): void {
  if (thought === undefined || CSS.supports("overflow-anchor", "auto")) return;
  const { top, height } = element.getBoundingClientRect();
  if (top < 0 && height !== thought) scrollBy(0, height - thought);
}

type Listener = (near: boolean) => void;
const listeners = new Map<Element, Listener>();
/** What came near or went away since, and has not been told so. */
const news = new Map<Element, boolean>();
/** What was told to be near. */
const near = new Set<Element>();
let observer: IntersectionObserver | undefined;

/**
 * Tells whether the element is within some screens of what is in sight, and whenever that changes: in each frame to one
 * that came and to one that went, so that no frame is late. What passes faster than a screen a frame, as under a dragged
 * scroll bar, nobody can read: nothing is told to have come until it is slower.
 */
function watch(element: Element, listener: Listener): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      if (news.size === 0) {
        lastY = scrollY;
        requestAnimationFrame(tellSome);
      }
      // What came and went before it could be told is no news: else what is to go would wait behind it.
      for (const { target, isIntersecting } of entries)
        if (near.has(target) === isIntersecting) news.delete(target);
        else news.set(target, isIntersecting);
    },
    { rootMargin: "150% 0px" },
  );
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    listeners.delete(element);
    news.delete(element);
    near.delete(element);
    observer?.unobserve(element);
  };
}

/** Where the page was scrolled to in the frame before. */
let lastY = 0;

function tellSome(): void {
  const isReadable = Math.abs(scrollY - lastY) < innerHeight;
  lastY = scrollY;
  const come = isReadable ? [...news.keys()].filter((element) => news.get(element)) : [];
  const nearest = come.map((element) => ({ element, far: fromSight(element) })).sort((a, b) => a.far - b.far)[0];
  const gone = [...news.keys()].find((element) => !news.get(element));
  for (const element of [nearest?.element, gone]) {
    if (!element) continue;
    const isNear = news.get(element)!;
    if (isNear) near.add(element);
    else near.delete(element);
    news.delete(element);
    listeners.get(element)?.(isNear);
  }
  if (news.size > 0) requestAnimationFrame(tellSome);
}

/** How far it is from the middle of the screen, in px. */
function fromSight(element: Element): number {
  const { top, bottom } = element.getBoundingClientRect();
  const middle = innerHeight / 2;
  return Math.max(0, top - middle, middle - bottom);
}
