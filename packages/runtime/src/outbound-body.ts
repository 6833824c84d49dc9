import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import type { Transform } from "node:stream";
import { ProviderError } from "./errors.ts";

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  "x-gzip": () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/** Reads a body as UTF-8. `limit` holds for the bytes on the wire and for what they decompress to. */
export async function readCapped(
  body: Readable,
  {
    limit,
    encoding,
    signal,
    where,
  }: { limit: number; encoding?: string | undefined; signal: AbortSignal; where: string },
): Promise<string> {
  const name = encoding?.trim().toLowerCase();
  const decoder = name && name !== "identity" ? DECODERS[name]?.() : undefined;
  if (name && name !== "identity" && !decoder) {
    body.on("error", () => {}).destroy();
    throw new ProviderError("bad-response", `${where}: content-encoding ${JSON.stringify(name)} is not known`);
  }
  const tooLarge = () => new ProviderError("bad-response", `${where}: the answer is larger than ${limit} bytes`);
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      chunks.push(chunk);
    }
  };
  const count = async function* (source: AsyncIterable<Buffer>) {
    let wire = 0;
    for await (const chunk of source) {
      wire += chunk.length;
      if (wire > limit) throw tooLarge();
      yield chunk;
    }
  };
  try {
    if (decoder) await pipeline(body, count, decoder, collect, { signal });
    else await pipeline(body, collect, { signal });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (/^(Z_|ERR_BROTLI|ERR__ERROR|ERR_PADDING)/.test(code))
      throw new ProviderError("bad-response", `${where}: the answer does not decompress (${code})`, { cause: error });
    throw error;
  }
  return Buffer.concat(chunks).toString("utf8");
}
