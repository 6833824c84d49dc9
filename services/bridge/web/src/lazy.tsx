import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, UNREACHABLE } from "./api.ts";
import { liveState } from "./live/live.ts";
import { Loading, Trouble } from "./ui/parts.tsx";

/** A page whose code is fetched when it is first shown. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let Found: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [, setReady] = useState(Found !== undefined);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (Found) return;
      load().then(
        (component) => {
          Found = component;
          setReady(true);
        },
        () => setFailed(true),
      );
    }, []);
    // A new release has other file names; the old page must be read anew.
    if (failed) {
      const isUp = liveState.value === "connected";
      const error = new ApiError(0, "page", isUp ? "Evenkeel may have been updated meanwhile." : UNREACHABLE);
      return <Trouble error={error} what="this page" retry={() => location.reload()} />;
    }
    return Found ? <Found {...props} /> : <Loading what="the page" />;
  };
}
