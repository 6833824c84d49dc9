/** Text from elsewhere, fit for one line of a terminal: titles and messages are written by whoever sends an alert. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

/** The first 8 characters of a context: enough to tell runs apart, and accepted wherever a context is asked for. */
export function shortId(context: string): string {
  return context.slice(0, 8);
}

/** 1 replica, 2 replicas */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** 1240 → 1,240; 0.0312 → 0.0312; never more digits than people read. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 2 : 4;
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
