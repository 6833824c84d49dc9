import { maskCredentials } from "@evenkeel/runtime";

/** PostgreSQL's jsonb holds neither NUL nor half of a surrogate pair; JSON can spell both. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * A copy in which every text, keys too, can be stored; what cannot becomes U+FFFD. The log is kept for ever and shown to many: a
 * credential that a sender has put into a text is masked.
 */
export function storable<T>(value: T): T {
  return clean(value) as T;
}

function clean(value: unknown): unknown {
  if (typeof value === "string") return maskCredentials(value.replace(UNSTORABLE, "\ufffd"));
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [clean(key), clean(inner)]));
}

/** At most `length` UTF-16 units, marked where something is missing. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** A link that may be shown as one; anything but http and https is none. */
export function webLink(text: string | undefined): string | undefined {
  if (!text || text.length > 4096 || !URL.canParse(text)) return undefined;
  return /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}

const MAX_RAW = 64 * 1024;

/** The sender's own words, bounded: the log is not the place for a megabyte. */
export function boundedRaw(raw: unknown): unknown {
  if (writtenLength(raw) <= MAX_RAW) return raw;
  const text = JSON.stringify(raw) ?? "null";
  return { cut: true, length: text.length, text: text.slice(0, MAX_RAW) };
}

/** How long the database's JSON of a value is, in characters. It spells numbers out: 1e308 has 309 digits there. */
export function writtenLength(value: unknown): number {
  if (typeof value === "number") {
    const text = String(value);
    return text.length + Math.abs(Number(/e([+-]\d+)$/.exec(text)?.[1] ?? 0));
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value)?.length ?? 4;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value).flat();
  let length = 2 + parts.length;
  for (const part of parts) length += writtenLength(part);
  return length;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
