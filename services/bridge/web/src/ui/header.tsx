import type { JSX } from "preact";
import { needsToken } from "../api.ts";
import { liveState } from "../live/live.ts";
import { helpOpen } from "../keys.ts";
import { theme, zone, type Theme } from "../prefs.ts";
import { path } from "../router.ts";
import { Icon } from "./icons.tsx";
import { Link } from "./parts.tsx";
import mark from "./mark.svg?no-inline";

const PLACES = [
  ["/", "Home"],
  ["/remediations", "Remediations"],
  ["/events", "Events"],
  ["/services", "Services"],
  ["/engine-room", "Engine room"],
] as const;

export function Header(): JSX.Element {
  return (
    <header class="top">
      <Link to="/" class="brand" aria-label="Evenkeel, home">
        <img src={mark} alt="" width="26" height="26" />
        <span>Evenkeel</span>
      </Link>
      <nav aria-label="Main">
        {PLACES.map(([to, name]) => (
          <Link key={to} to={to} aria-current={isHere(to) ? "page" : undefined}>
            {name === "Engine room" ? (
              <>
                Engine<span class="only-wide">&nbsp;room</span>
              </>
            ) : (
              name
            )}
          </Link>
        ))}
      </nav>
      <div class="top-tools">
        <LiveBadge />
        <button
          type="button"
          class="quiet"
          onClick={() => (zone.value = zone.value === "utc" ? "local" : "utc")}
          title="Show times in local time or UTC"
          aria-label={`Times are in ${zone.value === "utc" ? "UTC" : "local time"}; change`}
        >
          {zone.value === "utc" ? "UTC" : "Local"}
        </button>
        <ThemeButton />
        <button
          type="button"
          class="quiet"
          onClick={() => (helpOpen.value = true)}
          aria-label="Keyboard help"
          title="Keyboard help (?)"
        >
          ?
        </button>
      </div>
    </header>
  );
}

function isHere(to: string): boolean {
  return to === "/" ? path.value === "/" : path.value === to || path.value.startsWith(`${to}/`);
}

const STATES = {
  connecting: ["Connecting", "The page is connecting to the log."],
  connected: ["Live", "Changes appear at once."],
  reconnecting: ["Reconnecting", "The connection was lost; the page catches up when it is back."],
  stale: ["Stale", "No connection for a while: what you see may be old."],
  locked: ["Locked", "The server wants a token."],
} as const;

function LiveBadge(): JSX.Element {
  const state = needsToken.value ? "locked" : liveState.value;
  const [text, title] = STATES[state];
  return (
    <span class={`live live-${state}`} role="status" title={title}>
      <span class="live-dot" aria-hidden="true" />
      {text}
    </span>
  );
}

const NEXT: Readonly<Record<Theme, Theme>> = { system: "dark", dark: "light", light: "system" };
const ICON = { system: "system", dark: "moon", light: "sun" } as const;

function ThemeButton(): JSX.Element {
  const current = theme.value;
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => (theme.value = NEXT[current])}
      aria-label={`Colours: ${current}; change to ${NEXT[current]}`}
      title={`Colours: ${current}`}
    >
      <Icon name={ICON[current]} />
    </button>
  );
}
