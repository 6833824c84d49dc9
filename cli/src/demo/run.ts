import { setMaxListeners } from "node:events";
import type { StoredEvent } from "@evenkeel/events";
import type { Log } from "@evenkeel/runtime";
import type { StoryStyle } from "../story-render.ts";
import { openAudience, overload, slowDependency, type Ending } from "./play.ts";
import { createScreen, type Screen, type ScreenOptions, type Vitals } from "./screen.ts";
import { GOAL_MS, openStage, PROJECT, type Stage } from "./stage.ts";

export interface DemoOptions {
  port: number;
  /** Ends after the first incident; the exit code is then its verdict. */
  exitAfterFirst: boolean;
  out: ScreenOptions["out"];
  style: StoryStyle;
  log: Log;
  version: string;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

const SERVICES = ["carts", "orders"];
/** As far as the text of a line that begins with a time. */
const INDENT = " ".repeat(13);

/** Exit codes as everywhere: 0 healed, 10 warning, 11 failed, 1 anything else. */
const EXIT: Readonly<Record<string, number>> = { pass: 0, warning: 10, fail: 11 };

/** Plays two incidents in a simulated cluster, and tells them as they happen. Resolves with the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { signal, out, style } = options;
  setMaxListeners(0, signal);
  const screen = createScreen({ out, style, goalMs: GOAL_MS });
  screen.say(
    "",
    "  Evenkeel demo: a simulated cluster and its monitoring, and a real Evenkeel that keeps it healthy.",
    "",
  );
  const stage = await openStage({ ...options, onProgress: (line) => screen.say(`  ${line}`) });
  const vitals = watchVitals(stage, screen);
  try {
    const tell = (event: StoredEvent) => {
      screen.event(event);
      if (event.kind === "remediation.triggered") screen.say(`${INDENT}its page: ${pageOf(stage.platform.url, event)}`);
    };
    const audience = await openAudience(stage, tell, signal);
    try {
      return await play(options, stage, screen, audience.ending);
    } finally {
      await audience.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    screen.say("", "  stopping …");
    return 130;
  } finally {
    vitals.stop();
    screen.end();
    await stage.close();
    screen.say("  The demo is over; nothing of it is left behind.");
  }
}

async function play(
  { exitAfterFirst, signal, port }: DemoOptions,
  stage: Stage,
  screen: Screen,
  ending: (service: string) => Promise<Ending>,
): Promise<number> {
  const { url, taken, storage } = stage.platform;
  if (taken !== undefined) screen.say(`  port ${port} is taken, so this one is on ${new URL(url).port}`);
  screen.say(`  listening on ${url} (${storage}); open it in a browser to watch`, "");

  screen.say("  1. The load on carts rises sixfold. One replica cannot serve it.");
  const first = ending("carts");
  overload(stage);
  const firstEnding = await first;
  screen.say("");
  if (exitAfterFirst) return EXIT[firstEnding.result] ?? 1;

  screen.say("  2. Something that orders depends on becomes slow. More replicas will not help.");
  const second = ending("orders");
  slowDependency(stage);
  const secondEnding = await second;
  screen.say("", ...nextSteps(url, firstEnding, secondEnding), "");
  await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  return 0;
}

function nextSteps(url: string, first: Ending, second: Ending): string[] {
  const server = url === "http://127.0.0.1:8484" ? "" : ` --server ${url}`;
  const evenkeel = (words: string) => `    npm start -- ${words}${server}`;
  return [
    "  That was it. The log has every step and why; in another terminal:",
    evenkeel("get remediations"),
    evenkeel(`describe remediation ${first.context.slice(0, 8)}`),
    evenkeel(`describe remediation ${second.context.slice(0, 8)}`),
    evenkeel(`get events --context ${second.context.slice(0, 8)}`),
    evenkeel(
      `send problem --project ${PROJECT} --stage production --service orders --title "Response time degradation"`,
    ),
    `  or in a browser: ${pageOf(url, first)}`,
    "  Ctrl-C ends the demo and removes everything.",
  ];
}

const pageOf = (url: string, { context }: { context: string }) => `${url}/remediations/${context}`;

function watchVitals({ simulator }: Stage, screen: Screen): { stop(): void } {
  const timer = setInterval(() => {
    const vitals = SERVICES.map((service): Vitals => {
      const now = simulator.snapshot(service);
      return { service, p90: now.response_time_p90, replicas: now.desiredReplicas, load: now.load };
    });
    screen.draw(vitals, new Date());
  }, 1_000);
  return { stop: () => clearInterval(timer) };
}
