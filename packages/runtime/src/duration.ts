import * as z from "zod";

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const TEXT = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|w))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d|w)/g;

/** The longest duration accepted: ten years. Keeps sums of due times inside what a timestamp can hold. */
const MAX_MS = 3650 * UNIT_MS.d;

/** "10m", "1h30m", "500ms", "0" → milliseconds. Anything else → undefined; a bare number has no unit and is refused. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!TEXT.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART)) ms += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return ms <= MAX_MS ? Math.round(ms) : undefined;
}

/** Milliseconds → the shortest text that parses back to them: 90_000 → "1m30s". */
export function formatDuration(ms: number): string {
  if (ms <= 0) return "0s";
  let rest = Math.round(ms);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"] as const) {
    const amount = Math.floor(rest / UNIT_MS[unit]);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * UNIT_MS[unit];
  }
  return text;
}

/** Schema of a duration written as text; its value is milliseconds. */
export const duration = z
  .string()
  .meta({ pattern: `^(0|(\\d+(\\.\\d+)?(ms|s|m|h|d|w))+)$`, examples: ["30s", "10m", "1h30m"], kind: "duration" })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.issues.push({ code: "custom", input: text, message: `expected a duration such as 30s, 10m or 1h30m` });
    return z.NEVER;
  });
