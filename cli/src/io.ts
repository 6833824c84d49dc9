import type { Readable, Writable } from "node:stream";

/** What a command may touch of its process; tests bring their own. */
export interface Io {
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  env: Readonly<Record<string, string | undefined>>;
  platform: string;
  /** Aborted by Ctrl-C, and by nothing else. */
  signal: AbortSignal;
  now(): Date;
}

/** NO_COLOR and FORCE_COLOR as https://no-color.org and https://force-color.org have them; a terminal otherwise. */
export function wantsColor(stream: { isTTY?: boolean }, env: Io["env"], noColor: boolean): boolean {
  if (noColor || env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"] !== undefined && env["FORCE_COLOR"] !== "") return env["FORCE_COLOR"] !== "0";
  return Boolean(stream.isTTY) && env["TERM"] !== "dumb";
}

export async function readAll(stream: Readable, mostBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
