import type { LogEvent } from "../client/stream.ts";
import type { CommandContext } from "../context.ts";
import { wantsColor } from "../io.ts";
import { renderStory, speaksUnicode } from "../story-render.ts";
import { newStory, storyLine, type StoryLine } from "../story.ts";
import { span } from "../output/time.ts";
import { shortId } from "../text.ts";

export interface StoryPrinter {
  /** Prints the event, if it is worth a line; each event once. */
  event(event: LogEvent): StoryLine | undefined;
  note(line: string): void;
  close(): void;
}

const REMEMBERED = 10_000;

/**
 * Tells events on stdout, and on a terminal counts waits down on a last line that is drawn anew each second. With
 * -o json or jsonl the events themselves are printed, one a line.
 */
export function createStoryPrinter(
  { io, global, out }: CommandContext,
  { showContext }: { showContext: boolean },
): StoryPrinter {
  const color = wantsColor(io.stdout, io.env, global.color === false);
  const style = { color, unicode: speaksUnicode(io.env, io.platform), showContext };
  const asData = out.format === "json" || out.format === "jsonl";
  const memory = newStory();
  const known = new Set<string>();
  const waits = new Map<string, Date>();
  const live = Boolean(io.stdout.isTTY) && !asData && !global.quiet && io.env["TERM"] !== "dumb";
  let drawn = false;

  const clear = () => {
    if (drawn) io.stdout.write("\r\u001b[2K");
    drawn = false;
  };
  const draw = () => {
    clear();
    const now = io.now().getTime();
    const texts = [...waits]
      .filter(([, until]) => until.getTime() > now)
      .map(
        ([context, until]) => `${showContext ? `${shortId(context)} ` : ""}waits ${span(until.getTime() - now)} more`,
      );
    if (texts.length === 0) return;
    io.stdout.write(`   ${texts.join(", ")}`.slice(0, (io.stdout.columns ?? 80) - 1));
    drawn = true;
  };
  const timer = live ? setInterval(draw, 1_000) : undefined;

  return {
    event(event) {
      if (known.has(event.id)) return undefined;
      if (known.size >= REMEMBERED) known.clear();
      known.add(event.id);
      const story = storyLine(event, memory);
      if (event.kind !== "wait.triggered") waits.delete(event.shkeptncontext);
      if (story?.waitUntil) waits.set(event.shkeptncontext, story.waitUntil);
      clear();
      if (asData) out.line(JSON.stringify(event));
      else for (const line of story ? renderStory(story, style) : []) out.line(line);
      if (live) draw();
      return story;
    },
    note(line) {
      clear();
      out.note(line);
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}
