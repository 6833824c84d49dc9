import { createColors } from "picocolors";
import type { StoryLine, Tone } from "./story.ts";
import { shortId } from "./text.ts";

export interface StoryStyle {
  color: boolean;
  /** false: symbols and arrows in ASCII. */
  unicode: boolean;
  /** Say which run a line belongs to. */
  showContext?: boolean;
  /** IANA name; the system's when left out. */
  timeZone?: string;
}

/** "12:03:04 ● scaling carts-primary 1 → 2", with further lines indented under the first. */
export function renderStory(story: StoryLine, style: StoryStyle): string[] {
  const paint = painter(style.color);
  const time = clock(story.time, style.timeZone);
  const symbol = style.unicode ? story.symbol.unicode : story.symbol.ascii;
  const context = style.showContext ? `${paint.dim(shortId(story.context))} ` : "";
  const pad = " ".repeat(time.length + 3 + (style.showContext ? 9 : 0));
  const [first = "", ...rest] = story.lines.map((text) => (style.unicode ? text : plain(text)));
  return [
    `${paint.dim(time)} ${paint[story.tone](symbol)} ${context}${paint.sentence(story.tone, first)}`,
    ...rest.map((text) => `${pad}${text}`),
  ];
}

/** Can this terminal be trusted with symbols? By its locale, as most programs do. */
export function speaksUnicode(env: Readonly<Record<string, string | undefined>>, platform: string): boolean {
  if (env["TERM"] === "dumb" || env["TERM"] === "linux") return false;
  if (platform === "win32") return Boolean(env["WT_SESSION"] ?? env["TERM_PROGRAM"]);
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"] || "";
  return locale === "" || /utf-?8/i.test(locale);
}

function plain(text: string): string {
  return text.replaceAll("→", "->").replaceAll("…", "...");
}

export function clock(time: string, timeZone?: string): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour12: false, timeZone });
}

function painter(color: boolean) {
  const c = createColors(color);
  const tones: Record<Tone, (text: string) => string> = {
    problem: c.red,
    step: c.cyan,
    wait: c.yellow,
    good: c.green,
    warn: c.yellow,
    bad: c.red,
    quiet: c.dim,
  };
  const sentence = (tone: Tone, text: string) => {
    if (tone === "quiet") return c.dim(text);
    return tone === "problem" ? c.bold(text) : text;
  };
  return { ...tones, dim: c.dim, sentence };
}
