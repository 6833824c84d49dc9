import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { formatNumber, withUnit } from "../format.ts";
import { theme, zone } from "../prefs.ts";
import type { SliCurve } from "../types.ts";
import type { Marker, Span } from "./facts.ts";

export interface ChartProps {
  curve: SliCurve;
  markers: readonly Marker[];
  spans: readonly Span[];
  unit: string;
  label: string;
}

/** The curve with what was done to the service and what was looked at. Its table says the same to those who cannot see it. */
export function Chart(props: ChartProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [look, setLook] = useState(0);

  // Colours and words of time are drawn into the picture, so it is made anew when they change.
  useSignalEffect(() => {
    void theme.value;
    void zone.value;
    setLook((n) => n + 1);
  });
  useEffect(() => {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const change = () => setLook((n) => n + 1);
    dark.addEventListener("change", change);
    return () => dark.removeEventListener("change", change);
  }, []);

  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(optionsFor(element, latest), dataOf(latest.current.curve), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(sizeOf(element)));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [look]);

  useEffect(() => {
    plot.current?.setData(dataOf(props.curve));
  }, [props.curve, props.markers.length, props.spans.length]);

  return <div class="chart" ref={host} role="img" aria-label={props.label} />;
}

function dataOf({ points, from, to, stepSeconds }: SliCurve): uPlot.AlignedData {
  // A gap longer than two steps is a gap, not a line.
  const times: number[] = [Date.parse(from) / 1000];
  const values: (number | null)[] = [null];
  for (const [time, value] of points) {
    const last = times.at(-1)!;
    if (values.at(-1) !== null && time - last > stepSeconds * 2.5) {
      times.push(last + stepSeconds);
      values.push(null);
    }
    if (time <= last) continue;
    times.push(time);
    values.push(value);
  }
  times.push(Math.max(Date.parse(to) / 1000, times.at(-1)! + 0.001));
  values.push(null);
  return [times, values];
}

const HEIGHT = 260;
const NARROW_HEIGHT = 220;

function sizeOf(element: HTMLElement): { width: number; height: number } {
  const width = element.clientWidth || 600;
  return { width, height: width < 500 ? NARROW_HEIGHT : HEIGHT };
}

/** What the tokens come to in the present theme: a canvas knows no custom properties. */
function paletteOf(element: HTMLElement) {
  const probe = document.createElement("span");
  element.append(probe);
  const color = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    line: color("accent"),
    text: color("muted"),
    strong: color("text"),
    grid: color("grid"),
    surface: color("surface"),
    good: color("good"),
    warn: color("warn"),
    bad: color("bad"),
    unknown: color("unknown"),
  };
  probe.remove();
  return found;
}
type Palette = ReturnType<typeof paletteOf>;

const FONT = '12px system-ui, -apple-system, "Segoe UI", sans-serif';

function optionsFor(element: HTMLElement, latest: { readonly current: ChartProps }): uPlot.Options {
  const palette = paletteOf(element);
  const axis = { stroke: palette.text, font: FONT, grid: { stroke: palette.grid, width: 1 }, ticks: { show: false } };
  const utc = zone.peek() === "utc";
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { y: false, points: { size: 8 } },
    padding: [22, 26, 0, 0],
    ...(utc && { tzDate: (stamp) => uPlot.tzDate(new Date(stamp * 1000), "Etc/UTC") }),
    scales: {
      y: {
        range: (_plot, _min, max) => {
          const highest = Math.max(max ?? 0, ...latest.current.curve.targets.map(({ value }) => value * 1.1), 0.001);
          return [0, highest * 1.08];
        },
      },
    },
    axes: [
      { ...axis, space: 70, size: 34, values: (_plot, stamps) => stamps.map((stamp) => clockText(stamp, utc)) },
      { ...axis, size: 62, values: (_plot, values) => values.map((value) => formatNumber(value)) },
    ],
    series: [{}, { stroke: palette.line, width: 2, points: { show: false }, spanGaps: false }],
    hooks: {
      drawClear: [(plot) => drawSpans(plot, palette, latest.current.spans)],
      draw: [
        (plot) => {
          drawTargets(plot, palette, latest.current);
          drawMarkers(plot, palette, latest.current.markers);
        },
      ],
      setCursor: [(plot) => readOut(plot, element, latest.current.unit, utc)],
    },
  };
}

function clockText(stamp: number, utc: boolean): string {
  return new Date(stamp * 1000).toLocaleTimeString("en-GB", { hour12: false, ...(utc && { timeZone: "UTC" }) });
}

/** Value and time under the pointer, as text in the corner. */
function readOut(plot: uPlot, element: HTMLElement, unit: string, utc: boolean): void {
  const shown = element.parentElement?.querySelector<HTMLElement>(".chart-read");
  if (!shown) return;
  const at = plot.cursor.idx;
  const value = at === null || at === undefined ? undefined : plot.data[1]?.[at];
  const time = at === null || at === undefined ? undefined : plot.data[0][at];
  shown.textContent =
    typeof value === "number" && time !== undefined ? `${clockText(time, utc)}  ${withUnit(value, unit)}` : "";
}

function drawSpans(plot: uPlot, palette: Palette, spans: readonly Span[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { from, to, result } of spans) {
    const left = clamp(plot.valToPos(from, "x", true), bbox.left, bbox.left + bbox.width);
    const right = clamp(plot.valToPos(to, "x", true), bbox.left, bbox.left + bbox.width);
    const color = result
      ? palette[({ pass: "good", warning: "warn", fail: "bad", inconclusive: "unknown" } as const)[result]]
      : palette.text;
    ctx.globalAlpha = 0.13;
    ctx.fillStyle = color;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
    ctx.globalAlpha = 1;
    ctx.fillRect(left, bbox.top + bbox.height - 3 * devicePixelRatio, right - left, 3 * devicePixelRatio);
    label(
      plot,
      result ?? "evaluating",
      (left + right) / 2,
      bbox.top + bbox.height - 8 * devicePixelRatio,
      color,
      "center",
      palette.surface,
    );
  }
  ctx.restore();
}

function drawTargets(plot: uPlot, palette: Palette, { curve, unit }: ChartProps): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const { value, level, criteria } of curve.targets) {
    const y = plot.valToPos(value, "y", true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    const color = level === "pass" ? palette.good : palette.warn;
    ctx.strokeStyle = color;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    const text = `${level} ${criteria}${unit ? ` ${unit}` : ""}`;
    label(plot, text, bbox.left + 4 * devicePixelRatio, y - 5 * devicePixelRatio, color, "left", palette.surface);
  }
  ctx.restore();
}

function drawMarkers(plot: uPlot, palette: Palette, markers: readonly Marker[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  let free = 0;
  for (const { at, text } of markers) {
    const x = plot.valToPos(at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([]);
    ctx.strokeStyle = palette.strong;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top - 4 * devicePixelRatio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // Two actions close to each other: the later one's words would lie on the earlier one's.
    if (x < free) continue;
    ctx.font = scaled();
    free = x + ctx.measureText(text).width / 2 + 30 * devicePixelRatio;
    label(plot, text, x, bbox.top - 8 * devicePixelRatio, palette.strong, "center", palette.surface);
  }
  ctx.restore();
}

const scaled = () => FONT.replace("12px", `${12 * devicePixelRatio}px`);

function label(
  { ctx }: uPlot,
  text: string,
  x: number,
  y: number,
  color: string,
  align: CanvasTextAlign,
  halo: string,
): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.font = scaled();
  ctx.textAlign = align;
  ctx.textBaseline = "alphabetic";
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeStyle = halo;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
  ctx.restore();
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
