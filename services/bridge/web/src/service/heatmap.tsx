import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { formatFull } from "../format.ts";
import { zone } from "../prefs.ts";
import { go, withQuery } from "../router.ts";
import type { Evaluation } from "../types.ts";
import { Icon } from "../ui/icons.tsx";
import { rowsOf, type Cell } from "./heatmap-rows.ts";

/** SLIs × evaluations, oldest first. One cell can be reached by Tab, the others from there by arrow keys. */
export function Heatmap({ evaluations, chosen }: { evaluations: readonly Evaluation[]; chosen: string }): JSX.Element {
  const rows = rowsOf(evaluations);
  const column = Math.max(
    0,
    evaluations.findIndex(({ id }) => id === chosen),
  );
  const [at, setAt] = useState({ row: 0, column });
  const table = useRef<HTMLTableElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const newest = evaluations.at(-1)?.id;
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    // Not away from older ones that are looked at.
    if (scroller.current && isAtEnd.current) scroller.current.scrollLeft = scroller.current.scrollWidth;
  }, [newest]);
  useEffect(() => setAt((before) => ({ ...before, column })), [column]);

  const choose = (index: number) =>
    go(withQuery({ evaluation: evaluations[index]?.id }), { replace: true, keepScroll: true });
  const move = (row: number, to: number) => {
    const next = { row: clamp(row, rows.length), column: clamp(to, evaluations.length) };
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.row}.${next.column}"]`)?.focus();
  };
  const onKey = (event: KeyboardEvent, row: number, to: number) => {
    const last = evaluations.length - 1;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => move(row, to - 1),
      ArrowRight: () => move(row, to + 1),
      ArrowUp: () => move(row - 1, to),
      ArrowDown: () => move(row + 1, to),
      Home: () => move(event.ctrlKey ? 0 : row, 0),
      End: () => move(event.ctrlKey ? rows.length - 1 : row, last),
      Enter: () => choose(to),
      " ": () => choose(to),
    };
    const act = event.altKey || event.metaKey ? undefined : moves[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const focused = { row: clamp(at.row, rows.length), column: clamp(at.column, evaluations.length) };

  return (
    <div
      class="heatmap-scroll"
      ref={scroller}
      onScroll={({ currentTarget: { scrollLeft, clientWidth, scrollWidth } }) =>
        (isAtEnd.current = scrollLeft + clientWidth > scrollWidth - AT_END_PX)
      }
    >
      <table class="heatmap" role="grid" aria-label="Evaluations: arrow keys move, Enter shows one" ref={table}>
        <thead>
          <tr>
            <th scope="col" class="heatmap-corner">
              <span class="visually-hidden">SLI</span>
            </th>
            {evaluations.map(({ id, time, invalidated, notes }, index) => (
              <th key={id} scope="col" class={index === column ? "heatmap-chosen" : ""}>
                <time dateTime={time} title={formatFull(time, zone.value)}>
                  {isNewDay(evaluations, index) && <span class="heatmap-day">{shortDay(time)}</span>}
                  {shortTime(time)}
                </time>
                {invalidated && <span class="heatmap-void">void</span>}
                {notes && <span class="heatmap-noted">{notes.length === 1 ? "note" : `${notes.length} notes`}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }, row) => (
            <tr key={name} class={row === 0 ? "heatmap-total" : ""}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td
                  key={evaluations[index]!.id}
                  class={`heatmap-cell ${cell ? `tone-${cell.tone}` : "heatmap-none"} ${index === column ? "heatmap-chosen" : ""}`}
                  aria-selected={index === column}
                  aria-label={`${name}: ${cell?.says ?? "not evaluated"}`}
                  title={cell?.says ?? "not evaluated"}
                  data-cell={`${row}.${index}`}
                  tabIndex={row === focused.row && index === focused.column ? 0 : -1}
                  onFocus={() => setAt({ row, column: index })}
                  onKeyDown={(event) => onKey(event, row, index)}
                  onClick={() => choose(index)}
                >
                  <CellContent cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function CellContent({ cell }: { cell: Cell | undefined }): JSX.Element {
  if (!cell) return <span class="muted">·</span>;
  return (
    <span class="heatmap-content">
      <Icon name={cell.tone} size={13} />
      {cell.text}
    </span>
  );
}

const AT_END_PX = 20;

const clamp = (value: number, length: number) => Math.max(0, Math.min(length - 1, value));

const zoned = () => (zone.value === "utc" ? { timeZone: "UTC" } : {});

function shortTime(time: string): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...zoned() });
}

function shortDay(time: string): string {
  return new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short", ...zoned() });
}

function isNewDay(evaluations: readonly Evaluation[], index: number): boolean {
  const before = evaluations[index - 1];
  return !before || shortDay(before.time) !== shortDay(evaluations[index]!.time);
}
