/**
 * How fast the web page is over a large log: an embedded PostgreSQL with 100,000 remediations and 1,000,000 events, the
 * bridge in this process, and chromium. Needs chromium; takes some minutes.
 *
 *   node --import tsx bench/page.ts              prints a table and the verdict
 *   node --import tsx bench/page.ts --json       the same for programs
 *   EVENKEEL_BENCH_SCALE=0.1 …                   a tenth of the log
 */
import { mkdtemp } from "node:fs/promises";
import { loadavg, tmpdir, availableParallelism } from "node:os";
import { join } from "node:path";
import { startEmbedded } from "@evenkeel/embedded";
import { startPlatform } from "../cli/src/index.ts";
import { loadConfig, silentLog } from "../packages/runtime/src/index.ts";
import { openBrowser, STILL } from "../test/support/web-stage.ts";
import { freePort } from "../test/support/processes.ts";
import { firstRow, latencies, push, scroll, SPEEDS } from "./page-measure.ts";
import { seedLog } from "./page-seed.ts";

const RUNS = 100_000;
const PUSHES = 100;
const ROWS = 10_000;
const SCALE = Number(process.env["EVENKEEL_BENCH_SCALE"] ?? 1);
if (!(SCALE > 0))
  throw new Error(`EVENKEEL_BENCH_SCALE is "${process.env["EVENKEEL_BENCH_SCALE"]}", expected a number above 0`);
const BUDGET = { firstRowMs: 1000, pushP99Ms: 1000, scriptKb: 80, longFrames: 0 };

const isJson = process.argv.includes("--json");
const say = (line: string) => void (isJson || console.log(line));
const loads: number[] = [];
const note = () => loads.push(loadavg()[0]!);

const browser = await openBrowser();
const database = await startEmbedded({ dataDir: await mkdtemp(join(tmpdir(), "evenkeel-bench-")), ephemeral: true });
const flags = { "database.url": database.url, "server.port": await freePort() };
const platform = await startPlatform({
  settings: loadConfig({ env: {}, flags }).settings,
  roles: STILL,
  log: silentLog,
  version: "bench",
});
try {
  const began = performance.now();
  const size = await seedLog(platform.journal, database.url, Math.round(RUNS * SCALE));
  say(
    `${size.remediations} remediations and ${size.events} events in ${Math.round((performance.now() - began) / 1000)} s`,
  );

  note();
  const home = await firstRow(browser, `${platform.url}/`);
  say(`home: ${home.all.map(Math.round).join(", ")} ms`);
  const list = await firstRow(browser, `${platform.url}/remediations`);
  say(`remediations: ${list.all.map(Math.round).join(", ")} ms`);
  const calls = await latencies([...new Set([...home.calls, ...list.calls])]);
  note();
  const pushed = await push(browser, platform, PUSHES);
  note();
  const scrolled = await scroll(browser, `${platform.url}/remediations`, Math.min(ROWS, size.remediations));
  note();
  const { scriptBytes } = (await import(new URL("../scripts/web.mjs", import.meta.url).href)) as {
    scriptBytes(): number;
  };
  const scriptKb = scriptBytes() / 1024;

  const frames = (["wheel", "drag"] as const).flatMap((speed) => {
    const { frames, long, baseline, cpu } = scrolled[speed];
    const where = `of ${frames} at ${SPEEDS[speed]} px each, ${scrolled.rows} rows`;
    return [
      // What stutters over an empty page as well is not the list's doing.
      row(`frames over 50 ms ${where}`, Math.max(0, long - baseline.long), BUDGET.longFrames, "frames"),
      row(`frames computed for over 50 ms ${where}`, cpu.long, BUDGET.longFrames, "frames"),
    ];
  });
  const results = [
    row("home, first row (median of 5, cold cache)", home.median, BUDGET.firstRowMs, "ms"),
    row("remediations, first row (median of 5, cold cache)", list.median, BUDGET.firstRowMs, "ms"),
    row(`commit to home page, p99 of ${PUSHES}`, pushed.p99, BUDGET.pushP99Ms, "ms"),
    ...frames,
    row("JavaScript, gzip", scriptKb, BUDGET.scriptKb, "kB"),
  ];
  const load = Math.max(...loads);
  const busy = load > availableParallelism() * 0.75;
  if (isJson) console.log(JSON.stringify({ size, results, calls, pushed, scrolled, load, busy }, undefined, 2));
  else {
    console.table(results);
    console.table(calls);
    say(`push: median ${Math.round(pushed.median)} ms, worst ${Math.round(pushed.worst)} ms`);
    for (const speed of ["wheel", "drag"] as const) {
      const { worst, cpu, baseline, blank } = scrolled[speed];
      say(
        `${speed}: worst frame ${Math.round(worst)} ms, the page computes at most ${Math.round(cpu.worst)} ms in one; no row yet in ${blank} frames; ` +
          `over an empty page: ${baseline.long} frames over 50 ms, worst ${Math.round(baseline.worst)} ms`,
      );
    }
    say(
      `load ${load.toFixed(1)} on ${availableParallelism()} cores${busy ? ": too busy to judge; only what is met counts" : ""}`,
    );
  }
  process.exitCode = busy || results.every(({ met }) => met) ? 0 : 1;
} finally {
  await browser.close();
  await platform.close();
  await database.stop();
}
process.exit();

function row(what: string, value: number, goal: number, unit: string) {
  return { what, value: Math.round(value * 10) / 10, goal, unit, met: value <= goal };
}
