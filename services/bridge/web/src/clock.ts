import { signal } from "@preact/signals";

/** Server's clock minus ours in milliseconds: countdowns must not depend on a laptop's clock. */
let offset = 0;

/** The present moment by the server's clock; changes every second while the page is visible. */
export const now = signal(Date.now());

export function serverNow(): number {
  return Date.now() + offset;
}

/** The Date header has whole seconds: small differences mean nothing. */
export function learnClock(date: string | null): void {
  const theirs = date ? Date.parse(date) : Number.NaN;
  const found = theirs + 500 - Date.now();
  if (Number.isFinite(found)) offset = Math.abs(found) > 2000 ? found : 0;
}

const tick = () => {
  if (document.visibilityState === "visible") now.value = serverNow();
};
setInterval(tick, 1000);
document.addEventListener("visibilitychange", tick);
