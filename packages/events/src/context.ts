import { createHash } from "node:crypto";

/**
 * The deterministic context of one episode of a problem: a UUID (version 8, SHA-256 based) of source, the sender's
 * fingerprint and the start of the episode. A repeat joins the open run; a reopened problem has another start.
 * Fields are length-prefixed, so that no two different triples give the same text.
 */
export function episodeContext(source: string, fingerprint: string, startedAt: string): string {
  return hashUuid(["episode", source, fingerprint, startedAt]);
}

/** A UUID (version 8) made from texts; the same texts give the same UUID. */
export function hashUuid(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part};`);
  return asUuid(hash.digest().subarray(0, 16), 8);
}

function asUuid(bytes: Buffer, version: number): string {
  const b = Buffer.from(bytes);
  b[6] = (b[6]! & 0x0f) | (version << 4);
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = b.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Keptn's way from an arbitrary `shkeptncontext` to a UUID: a UUID stays; otherwise the first 16 bytes, padded with
 * blanks, become the UUID's bytes with version 4 and the RFC variant. Collides for ids that share 16 characters, so it
 * serves only to find old traces; our own contexts come from `episodeContext`.
 */
export function keptnContext(text: string): string {
  if (UUID.test(text)) return text.toLowerCase();
  const bytes = Buffer.alloc(16, " ");
  Buffer.from(text, "utf8").copy(bytes, 0, 0, 16);
  return asUuid(bytes, 4);
}

export function isUuid(text: string): boolean {
  return UUID.test(text);
}
