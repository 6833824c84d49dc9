import { signal } from "@preact/signals";
import { shortcuts } from "./prefs.ts";
import { go } from "./router.ts";

export const helpOpen = signal(false);

/** What the help lists, and what the keys do. */
export const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ["/", "Search"],
  ["j / k", "Next / previous row"],
  ["Enter", "Open the row"],
  ["g h", "Home"],
  ["g r", "Remediations"],
  ["g e", "Events"],
  ["g s", "Services"],
  ["g m", "Engine room"],
  ["?", "This help"],
  ["Esc", "Close what is open"],
];

const PLACES: Readonly<Record<string, string>> = {
  h: "/",
  r: "/remediations",
  e: "/events",
  s: "/services",
  m: "/engine-room",
};

/** After `g` the next key says where to. */
const PATIENCE_MS = 1500;
let goAt = -Infinity;

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (shortcuts.value === "off" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (act(event)) event.preventDefault();
  });
}

/** When a key was pressed counts, not when a busy page comes to it. */
function act({ key, timeStamp }: KeyboardEvent): boolean {
  const place = PLACES[key];
  if (place && timeStamp - goAt < PATIENCE_MS) {
    goAt = -Infinity;
    go(place);
    return true;
  }
  if (key === "g") return (void (goAt = timeStamp), true);
  if (key === "?") return (helpOpen.value = true);
  if (key === "j") return step(1);
  if (key === "k") return step(-1);
  if (key === "/") return search();
  return false;
}

const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select";

/** A field of a window that was just closed has the focus until the browser draws again, but nobody types into it. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches(TYPED_INTO) && target.checkVisibility();
}

function search(): boolean {
  const field = document.querySelector<HTMLInputElement>("input[type=search]");
  if (field) field.focus();
  else go("/remediations?focus=search");
  return true;
}

function step(by: number): boolean {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (rows.length === 0) return false;
  const at = rows.findIndex((row) => row.contains(document.activeElement) && isInSight(row, NEAR_PX));
  // From where one looks, not from where one was before scrolling away.
  const first = rows.find((row) => isInSight(row, 0)) ?? rows[0];
  const next = at < 0 ? first : rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return true;
}

const NEAR_PX = 200;

/** Not under the header either, which stays at the top. */
function isInSight(row: HTMLElement, margin: number): boolean {
  const { top, bottom } = row.getBoundingClientRect();
  const header = document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0;
  return top >= header - margin && bottom <= innerHeight + margin;
}
