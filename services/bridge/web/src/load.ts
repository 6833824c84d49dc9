import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "./api.ts";

export interface Loaded<T> {
  data?: T;
  error?: ApiError;
  loading: boolean;
  reload(): void;
  /** Replaces what is shown by what another request has answered. */
  set(data: T): void;
}

/** Reads when the key changes, and again by `reload`; what was read is shown until the new answer is there. */
export function useLoad<T>(key: string, read: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError; loading: boolean }>({
    key,
    loading: true,
  });
  const latest = useRef(read);
  latest.current = read;
  const running = useRef<AbortController | undefined>(undefined);

  const again = useRef(false);

  const load = useCallback(() => {
    // A busy log must not keep the first answer from ever arriving.
    if (running.current) return void (again.current = true);
    again.current = false;
    const mine = (running.current = new AbortController());
    const over = () => {
      if (running.current !== mine) return;
      running.current = undefined;
      if (again.current) load();
    };
    void latest
      .current(mine.signal)
      .then(
        (data) => mine.signal.aborted || setState({ key, data, loading: false }),
        (error: unknown) => {
          if (mine.signal.aborted) return;
          const shown = asApiError(error);
          setState((before) => ({
            ...(before.key === key && { data: before.data }),
            key,
            error: shown,
            loading: false,
          }));
        },
      )
      .finally(over);
  }, [key]);

  useEffect(() => {
    setState((before) => (before.key === key ? before : { key, loading: true }));
    load();
    return () => {
      running.current?.abort();
      running.current = undefined;
    };
  }, [key, load]);

  const set = useCallback(
    (data: T) => {
      setState({ key, data, loading: false });
      if (!running.current) return;
      // What was asked for before may be older, and come later.
      running.current.abort();
      running.current = undefined;
      load();
    },
    [key, load],
  );
  const { data, error, loading } = state.key === key ? state : { data: undefined, error: undefined, loading: true };
  return { ...(data !== undefined && { data }), ...(error && { error }), loading, reload: load, set };
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, "bug", String(error));
}
