import { randomUUID } from "node:crypto";
import type { Platform } from "../cli/src/index.ts";
import { CARTS } from "../test/support/web-seed.ts";
import type { WebBrowser } from "../test/support/web-stage.ts";

type Page = Awaited<ReturnType<WebBrowser["open"]>>;

const LOADS = 5;
const CALLS = 15;
const PATIENCE_MS = 60_000;

/** How long a page takes from the first request to its first row on the screen, in ms, and what it asked of the API. */
export async function firstRow(
  browser: WebBrowser,
  url: string,
): Promise<{ median: number; all: number[]; calls: string[] }> {
  const all: number[] = [];
  const calls = new Set<string>();
  for (let n = 0; n < LOADS; n++) {
    const page = await browser.open("about:blank");
    page.on("request", (request) => {
      if (/\/v1\/(?!stream)/.test(request.url())) calls.add(request.url());
    });
    await page.addInitScript(`new MutationObserver((_, self) => {
      if (!document.querySelector("[data-row]")) return;
      self.disconnect();
      requestAnimationFrame(() => setTimeout(() => (globalThis.firstRow = performance.now())));
    }).observe(document, { childList: true, subtree: true })`);
    await page.goto(url, { waitUntil: "commit" });
    all.push(await until<number>(page, "globalThis.firstRow"));
    await page.context().close();
  }
  return { median: quantile(all, 0.5), all, calls: [...calls] };
}

export interface Latency {
  call: string;
  median: number;
  worst: number;
}

/** Each call by itself, in ms. */
export async function latencies(urls: readonly string[]): Promise<Latency[]> {
  const found: Latency[] = [];
  for (const url of urls) {
    const all: number[] = [];
    for (let n = 0; n < CALLS; n++) {
      const began = performance.now();
      const response = await fetch(url);
      await response.text();
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      all.push(performance.now() - began);
    }
    const { pathname, search } = new URL(url);
    found.push({
      call: pathname + search,
      median: Math.round(quantile(all, 0.5)),
      worst: Math.round(Math.max(...all)),
    });
  }
  return found;
}

/** From the commit of a new problem until its title stands on the open home page, in ms. */
export async function push(
  browser: WebBrowser,
  platform: Platform,
  count: number,
): Promise<{ median: number; p99: number; worst: number }> {
  const page = await browser.open(`${platform.url}/`);
  await page.locator("[data-row]").first().waitFor({ timeout: PATIENCE_MS });
  await page
    .getByText("Live", { exact: true })
    .waitFor({ timeout: 5_000 })
    .catch(() => undefined);
  const all: number[] = [];
  for (let n = 0; n < count; n++) {
    const title = `Pushed ${randomUUID()}`;
    const shown = until<number>(
      page,
      `[...document.querySelectorAll("[data-row]")].some((row) => row.textContent === ${JSON.stringify(title)}) && Date.now()`,
    );
    const target = { ...CARTS, service: `pushed-${n}` };
    const problem = { id: randomUUID(), source: "alertmanager", title, severity: "critical" as const, labels: {} };
    await platform.journal.append(
      randomUUID(),
      [
        { kind: "problem", data: { ...target, state: "open", problem } },
        { kind: "remediation.triggered", data: { ...target, problem } },
      ],
      { source: "alertmanager" },
    );
    const committed = Date.now();
    all.push((await shown) - committed);
    // Not in step with the page's own pauses.
    await new Promise((resolve) => setTimeout(resolve, (n * 37) % 400));
  }
  await page.context().close();
  return { median: quantile(all, 0.5), p99: quantile(all, 0.99), worst: Math.max(...all) };
}

export interface Frames {
  frames: number;
  /** Frames over 50 ms. */
  long: number;
  worst: number;
  /** Tasks over 50 ms on the page's main thread. */
  tasks: number;
}

/** What came of scrolling at one speed. */
export interface Scrolled extends Frames {
  /** The same over an empty page: what is the machine's doing. */
  baseline: Frames;
  /** What the page's main thread computed in a frame: holds on a busy machine, too. */
  cpu: { long: number; worst: number };
  /** Frames in which there was no row yet in the middle of the screen. */
  blank: number;
}

/** How fast: as a fast wheel or finger does, and as only a dragged scroll bar does. In px a frame. */
export const SPEEDS = { wheel: 300, drag: 2_000 } as const;
type Speed = keyof typeof SPEEDS;

/** Loads that many rows, then scrolls through them and back at each speed, as far as that takes one. */
export async function scroll(
  browser: WebBrowser,
  url: string,
  rows: number,
): Promise<Record<Speed, Scrolled> & { rows: number }> {
  const page = await browser.open(url);
  const more = page.getByRole("button", { name: "Show more" });
  await page.locator("[data-row]").first().waitFor({ timeout: PATIENCE_MS });
  const loaded = async () => (await page.evaluate(LOADED)) as number;
  for (let had = await loaded(); had < rows; had = await loaded()) {
    if (!(await more.isVisible()) && (await page.getByText("That is all").count()) > 0) break;
    await page.evaluate(`document.querySelector(".more-button")?.click()`);
    await until(page, `${LOADED} > ${had}`);
  }
  const blank = await browser.open("about:blank");
  await blank.evaluate(`document.body.style.height = "600000px"`);
  const at = async (px: number): Promise<Scrolled> => {
    const { blank: _, ...found } = (await page.evaluate(scrolling(px))) as Frames & { blank: number };
    const perFrame = await computedPerFrame(page, px);
    const cpu = { long: perFrame.filter((ms) => ms > 50).length, worst: Math.max(...perFrame) };
    const looked = (await page.evaluate(scrolling(px, true))) as { blank: number };
    return { ...found, baseline: (await blank.evaluate(scrolling(px))) as Frames, cpu, blank: looked.blank };
  };
  const scrolled = { rows: await loaded(), wheel: await at(SPEEDS.wheel), drag: await at(SPEEDS.drag) };
  await page.context().close();
  await blank.context().close();
  return scrolled;
}

interface TraceEvent {
  name: string;
  ph: string;
  tid: number;
  /** Microseconds; `tdur` without the time in which others had the processor. */
  ts: number;
  dur: number;
  tdur?: number;
}

/** Scrolls once more under a trace, which costs time of its own; ms for each frame. */
async function computedPerFrame(page: Page, px: number): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  const found: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => void found.push(...(value as unknown as TraceEvent[])));
  await session.send("Tracing.start", { categories: "devtools.timeline,disabled-by-default-devtools.timeline" });
  await page.evaluate(scrolling(px));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  const frames = found.filter(({ name }) => name === "FireAnimationFrame");
  const of = (thread: number) => frames.filter(({ tid }) => tid === thread);
  const main = [...new Set(frames.map(({ tid }) => tid))].sort((a, b) => of(b).length - of(a).length)[0]!;
  const starts = of(main)
    .map(({ ts }) => ts)
    .sort((a, b) => a - b);
  const computed = starts.map(() => 0);
  for (const { name, ph, tid, ts, tdur = 0 } of found) {
    if (name !== "RunTask" || ph !== "X" || tid !== main) continue;
    const frame = starts.findIndex((start) => start > ts);
    computed[frame < 0 ? starts.length - 1 : frame]! += tdur / 1000;
  }
  return computed;
}

/** Rows that the list has, most of which are spaces at any moment. */
const LOADED = `[...document.querySelectorAll(".row-chunk")]
  .reduce((sum, chunk) => sum + Number(chunk.style.getPropertyValue("--rows")), 0)`;

/**
 * There and back in 600 frames, but not to the very end, where the next rows would be read. To look whether rows are
 * there takes time of its own.
 */
const scrolling = (px: number, look = false): string => `new Promise((resolve) => {
  const steps = 300, end = document.documentElement.scrollHeight - 4 * innerHeight, deltas = [];
  const hasRow = () => document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("[role=listitem]");
  let tasks = 0, blank = 0, last, n = 0;
  const observer = new PerformanceObserver((list) => (tasks += list.getEntries().length));
  observer.observe({ entryTypes: ["longtask"] });
  scrollTo(0, 0);
  requestAnimationFrame(function frame(now) {
    if (last !== undefined) deltas.push(now - last);
    last = now;
    if (${look} && n > 0 && !hasRow()) blank++;
    if (n++ === 2 * steps) {
      observer.disconnect();
      return resolve({ frames: deltas.length, long: deltas.filter((ms) => ms > 50).length, worst: Math.max(...deltas), tasks, blank });
    }
    scrollTo(0, Math.min(end, ${px} * (n <= steps ? n : 2 * steps - n)));
    requestAnimationFrame(frame);
  });
})`;

/** What an expression in the page comes to once it holds, looked at in every frame; the page's policy forbids `waitForFunction`. */
async function until<T>(page: Page, expression: string): Promise<T> {
  return (await page.evaluate(`new Promise((resolve, reject) => {
    const end = performance.now() + ${PATIENCE_MS};
    (function look() {
      const value = ${expression};
      if (value) return resolve(value);
      if (performance.now() > end) return reject(new Error("not within ${PATIENCE_MS} ms: " + ${JSON.stringify(expression)}));
      requestAnimationFrame(look);
    })();
  })`)) as T;
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)]!;
}
