import type { StoredEvent } from "@evenkeel/events";
import { toCloudEvent } from "@evenkeel/events";
import { createColors } from "picocolors";
import { renderStory, type StoryStyle } from "../story-render.ts";
import { newStory, storyLine } from "../story.ts";

/** How a service is doing now, for the line under the story. */
export interface Vitals {
  service: string;
  p90: number;
  replicas: number;
  load: number;
}

/** The terminal: lines that stay, and on a real one a last line that is drawn anew each second. */
export interface Screen {
  say(...lines: string[]): void;
  event(event: StoredEvent): void;
  /** Redraws the last line. */
  draw(vitals: readonly Vitals[], now: Date): void;
  end(): void;
}

export interface ScreenOptions {
  out: { write(text: string): unknown; isTTY?: boolean; columns?: number };
  style: StoryStyle;
  goalMs: number;
}

export function createScreen({ out, style, goalMs }: ScreenOptions): Screen {
  const story = newStory();
  const live = out.isTTY === true;
  const paint = createColors(style.color);
  const waits = new Map<string, Date>();
  let drawn = false;

  const clear = () => {
    if (drawn) out.write("\r\u001b[2K");
    drawn = false;
  };
  const say = (...lines: string[]) => {
    clear();
    for (const line of lines) out.write(`${line}\n`);
  };
  return {
    say,
    event(event) {
      const line = storyLine(toCloudEvent(event), story);
      if (event.kind === "wait.finished" || event.kind === "remediation.finished") waits.delete(event.context);
      if (!line) return;
      if (line.waitUntil) waits.set(event.context, line.waitUntil);
      say(...renderStory(line, style).map((text) => `  ${text}`));
    },
    draw(vitals, now) {
      if (!live) return;
      clear();
      const left = [...waits.values()].map((until) => Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 1000)));
      const countdown = left.length > 0 ? `${style.unicode ? "◷" : "~"} ${Math.max(...left)} s left   ` : "";
      const text = `    ${countdown}${vitals.map((one) => describe(one, goalMs)).join("   ")}`;
      out.write(paint.dim(text.slice(0, (out.columns ?? 80) - 1)));
      drawn = true;
    },
    end: clear,
  };
}

function describe({ service, p90, replicas, load }: Vitals, goalMs: number): string {
  const ms = Number.isFinite(p90) ? `${Math.round(p90).toLocaleString("en-US")} ms` : "no data";
  return `${service}: ${Math.round(load)}/s, p90 ${ms}${p90 > goalMs ? " (slow)" : ""}, ${replicas}x`;
}
