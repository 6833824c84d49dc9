import type { JSX } from "preact";

const PATHS = {
  good: "M3.5 8.5l3 3 6-7",
  bad: "M4 4l8 8M12 4l-8 8",
  warn: "M8 3v6M8 12.2v.3",
  unknown: "M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.7M8 12.2v.3",
  run: "M5 3.5v9l7-4.5z",
  quiet: "M4 8h8",
  problem: "M8 2.5l6 11H2zM8 7v3M8 12v.2",
  decision: "M8 2l6 6-6 6-6-6z",
  action: "M9 1.8L3.5 9H8l-1 5.2L12.5 7H8z",
  wait: "M8 4v4l2.5 2M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
  evaluation: "M2.5 13V9M6.2 13V5.5M9.8 13V8M13.5 13V3",
  verdict: "M4 14V2.5h8l-2 2.7 2 2.8H4",
  operator: "M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 14c.4-3 2.4-4.3 5-4.3s4.6 1.3 5 4.3",
  queue: "M3 4h10M3 8h10M3 12h6",
  escalation: "M3 6.5v3h2.5L10 12.5v-9L5.5 6.5zM12 6c1 1 1 3 0 4",
  resolved: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.5 8.2L7.3 10l3.4-4",
  open: "M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5",
  copy: "M5.5 5.5h7v7h-7zM10.5 5.5v-2h-7v7h2",
  close: "M4 4l8 8M12 4l-8 8",
  sun: "M8 10.7a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM8 1.5v1.7M8 12.8v1.7M1.5 8h1.7M12.8 8h1.7M3.4 3.4l1.2 1.2M11.4 11.4l1.2 1.2M3.4 12.6l1.2-1.2M11.4 4.6l1.2-1.2",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z",
  system: "M2 3h12v8H2zM6 14h4M8 11v3",
  again: "M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2.2v3h-3",
  pause: "M5.5 3.5v9M10.5 3.5v9",
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the words beside it say the same. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
