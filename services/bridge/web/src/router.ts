import { computed, signal } from "@preact/signals";
import { base, href } from "./base.ts";

const read = () => ({ path: location.pathname, search: location.search });
const place = signal(read());

/** The address below the page's root, such as `/remediations`. */
export const path = computed(() => `/${decodePath(place.value.path.slice(base.length))}`);
export const query = computed(() => new URLSearchParams(place.value.search));

function decodePath(text: string): string {
  return text.replace(/\/+$/, "");
}

/** Goes to an address below the root. `replace` leaves no step to go back to. */
export function go(to: string, { replace = false, keepScroll = false } = {}): void {
  const url = href(to);
  if (url === location.pathname + location.search) return;
  cameBack = false;
  wanted = 0;
  if (!replace) history.replaceState({ y: scrollY }, "");
  history[replace ? "replaceState" : "pushState"](null, "", url);
  place.value = read();
  if (!keepScroll) scrollTo(0, 0);
}

/** The present address with other parameters; an empty value removes one. */
export function withQuery(changes: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const next = new URLSearchParams(query.value);
  for (const [name, value] of Object.entries(changes)) {
    next.delete(name);
    for (const one of value === undefined ? [] : [value].flat()) if (one !== "") next.append(name, one);
  }
  const text = next.toString();
  return path.value + (text ? `?${text}` : "");
}

/** The parts of the present path when it fits a pattern such as `/remediations/:context`. */
export function match(pattern: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.value.split("/");
  if (wanted.length !== given.length) return undefined;
  const parts: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(":")) parts[part.slice(1)] = safeDecode(given[at]!);
    else if (part !== given[at]) return undefined;
  }
  return parts;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The present page was there before: it should be as it was left. */
export let cameBack = false;

addEventListener("popstate", ({ state }) => {
  cameBack = true;
  place.value = read();
  scrollBack((state as { y?: number } | null)?.y ?? 0);
});

const PATIENCE_MS = 5000;

/** Where the page was scrolled to, until it is there again or something else is done. */
let wanted = 0;
for (const kind of ["wheel", "pointerdown", "keydown"]) addEventListener(kind, () => (wanted = 0), { passive: true });

/** As soon as the page is as long again as it was. */
function scrollBack(y: number): void {
  wanted = y;
  const end = performance.now() + PATIENCE_MS;
  requestAnimationFrame(function look() {
    if (scrollY < wanted) scrollTo(0, wanted);
    if (scrollY < wanted - 1 && performance.now() < end) requestAnimationFrame(look);
  });
}

// Real links everywhere: what a browser does by itself with a modifier or another button stays its own.
document.addEventListener("click", (event) => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.download || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(base) || /^(v1|openapi\.json|metrics)/.test(link.pathname.slice(base.length))) return;
  if (link.hash && link.pathname === location.pathname) return;
  event.preventDefault();
  go(`/${link.pathname.slice(base.length)}${link.search}`, { keepScroll: link.dataset["keep"] !== undefined });
});
