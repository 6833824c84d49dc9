import type { JSX } from "preact";
import { liveState, lostAt, reconnect } from "../live/live.ts";
import { Icon } from "./icons.tsx";
import { Ago } from "./parts.tsx";

/** What is shown may be old: said on every page, since old calm looks like calm. */
export function StaleNotice(): JSX.Element | null {
  if (liveState.value !== "stale") return null;
  const since = lostAt.value;
  return (
    <div class="notice tone-warn" role="alert">
      <Icon name="warn" />
      <div>
        <strong>No connection to Evenkeel.</strong>{" "}
        {since === undefined ? (
          "What you see may be old."
        ) : (
          <>
            Last heard <Ago time={new Date(since).toISOString()} />; what you see may be old.
          </>
        )}
      </div>
      <button type="button" onClick={() => reconnect()}>
        Reconnect
      </button>
    </div>
  );
}
