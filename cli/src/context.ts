import { createClient, DEFAULT_SERVER, readToken, type Client } from "./client/http.ts";
import type { Io } from "./io.ts";
import { createOutput, type Output } from "./output/output.ts";
import type { GlobalOptions } from "./program.ts";

/** What a command's handler gets beside its own arguments and options. */
export interface CommandContext {
  io: Io;
  global: GlobalOptions;
  out: Output;
  /** Made when asked for: not every command needs a server or a token. */
  client(timeoutMs?: number): Client;
}

export function createContext(io: Io, global: GlobalOptions): CommandContext {
  const out = createOutput(io, {
    format: global.output ?? "table",
    quiet: global.quiet ?? false,
    noColor: global.color === false,
  });
  return {
    io,
    global,
    out,
    client: (timeoutMs) =>
      createClient({
        server: global.server ?? (io.env["EVENKEEL_SERVER"] || DEFAULT_SERVER),
        token: readToken(global.tokenFile, io.env),
        timeoutMs,
        signal: io.signal,
        ...(global.debug && { trace: (text) => void io.stderr.write(`debug: ${text}\n`) }),
      }),
  };
}
