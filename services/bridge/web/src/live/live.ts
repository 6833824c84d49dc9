import { effect, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { href } from "../base.ts";
import { serverNow } from "../clock.ts";
import { token } from "../prefs.ts";
import type { LogEvent } from "../types.ts";
import { follow, type Frame, type LiveState } from "./reader.ts";
import workerUrl from "./worker.ts?sharedworker&url";

export const liveState = signal<LiveState>("connecting");

/** Since when there is no line; unset while there is one, and before the first. */
export const lostAt = signal<number | undefined>(undefined);

/** Counts how often the line came up: what was read before it may have missed something. */
export const connections = signal(0);

type Listener = (event: LogEvent) => void;
const listeners = new Set<Listener>();

function onFrame({ event, data }: Frame): void {
  if (event === "reset") return void connections.value++;
  const parsed = JSON.parse(data!) as LogEvent;
  for (const listener of listeners) listener(parsed);
}

function onState(state: LiveState): void {
  const had = liveState.peek();
  if (state === "connected") lostAt.value = undefined;
  else if (had === "connected") lostAt.value = serverNow();
  if (state === "connected" && had !== "connected") connections.value++;
  liveState.value = state;
}

/** Tries again at once. */
export let reconnect: () => void = () => {};

export function startLive(): void {
  const url = new URL(href("/v1/stream"), location.href).href;
  const shared = openWorker(url);
  if (shared) return;
  reconnect = follow({ url, token: () => token.peek(), onFrame, onState });
  effect(() => {
    if (token.value) reconnect();
  });
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** False where there are no shared workers (Chrome on Android): the tab then has a stream of its own. */
function openWorker(url: string): boolean {
  if (typeof SharedWorker === "undefined") return false;
  try {
    const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
    // The page's policy asks for trusted addresses of scripts; this one is our own, made by the build.
    const policy = trustedTypes?.createPolicy("evenkeel-worker", { createScriptURL: (text) => text });
    const { port } = new SharedWorker(policy?.createScriptURL(workerUrl) ?? workerUrl, { type: "module", name: url });
    port.onmessage = ({ data }: MessageEvent<{ frame?: Frame; state?: LiveState }>) => {
      if (data.frame) onFrame(data.frame);
      if (data.state) onState(data.state);
    };
    effect(() => port.postMessage({ token: token.value }));
    port.postMessage({ hello: url });
    reconnect = () => port.postMessage({ retry: true });
    addEventListener("pagehide", () => port.postMessage({ bye: true }));
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
    return true;
  } catch {
    return false;
  }
}

/** Calls back for each event as it comes. */
export function useLive(listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const mine: Listener = (event) => latest.current(event);
    listeners.add(mine);
    return () => void listeners.delete(mine);
  }, []);
}

/** What is committed at the same time arrives as good as at once. */
const BURST_MS = 20;

/**
 * Calls back at once after events that are wanted, but not more often than every `quietMs`; and whenever the line has
 * come up again.
 */
export function useLiveReload(wants: (event: LogEvent) => boolean, reload: () => void, quietMs = 120): void {
  const last = useRef(-Infinity);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const run = useRef(reload);
  run.current = reload;
  const soon = () => {
    const quiet = last.current + quietMs - performance.now();
    timer.current ??= setTimeout(
      () => {
        timer.current = undefined;
        last.current = performance.now();
        run.current();
      },
      Math.max(BURST_MS, quiet),
    );
  };
  useLive((event) => wants(event) && soon());
  const count = connections.value;
  const seen = useRef(count);
  useEffect(() => {
    if (seen.current !== count) soon();
    seen.current = count;
  }, [count]);
  useEffect(() => () => clearTimeout(timer.current), []);
}
