const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const GO_FORM = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h|d))+$/;
const GO_PART = /(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)/g;
const ISO_FORM = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Milliseconds of `10m`, `1h30m`, `1.5h`, `500ms` (Go's duration syntax without a sign, and with `d` for 24 h) or
 * `PT5M` (ISO 8601, without weeks, months and years). A bare number has no unit and is no duration: undefined.
 */
export function parseDuration(text: string): number | undefined {
  if (text.length > 50) return undefined;
  const ms = GO_FORM.test(text) ? goMs(text) : isoMs(text);
  if (ms === undefined) return undefined;
  const whole = Math.round(ms);
  return Number.isSafeInteger(whole) ? whole : undefined;
}

function goMs(text: string): number {
  let ms = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(GO_PART)) ms += Number(amount) * (UNIT_MS[unit] ?? 0);
  return ms;
}

function isoMs(text: string): number | undefined {
  const match = ISO_FORM.exec(text);
  if (!match || text.endsWith("P") || text.endsWith("T")) return undefined;
  const [, days = "0", hours = "0", minutes = "0", seconds = "0"] = match;
  return Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000;
}

/** Milliseconds as people write them: 90000 → `1m30s`, 0 → `0s`. Reads back with `parseDuration` (but for a minus). */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  const total = Math.round(Math.abs(ms));
  const parts = [
    [Math.floor(total / 3_600_000), "h"],
    [Math.floor(total / 60_000) % 60, "m"],
    [Math.floor(total / 1000) % 60, "s"],
    [total % 1000, "ms"],
  ] as const;
  const text = parts.map(([amount, unit]) => (amount === 0 ? "" : `${amount}${unit}`)).join("");
  if (text === "") return "0s";
  return ms < 0 ? `-${text}` : text;
}
