import { createLog } from "@evenkeel/runtime";
import type { CommandContext } from "../context.ts";
import { runDemo } from "../demo/run.ts";
import { wantsColor } from "../io.ts";
import { speaksUnicode } from "../story-render.ts";
import { VERSION } from "../version.ts";

export interface DemoOptions {
  port: number;
  exitAfterFirst?: boolean;
}

/** The story goes to stdout: it is what the command is for. Logs are shown with --debug only. */
export function demo({ io, global }: CommandContext, options: DemoOptions): Promise<number> {
  return runDemo({
    port: options.port,
    exitAfterFirst: options.exitAfterFirst ?? false,
    out: io.stdout,
    style: {
      color: wantsColor(io.stdout, io.env, global.color === false),
      unicode: speaksUnicode(io.env, io.platform),
    },
    log: createLog({ level: global.debug ? "debug" : "silent", stream: io.stderr, env: io.env }),
    version: VERSION,
    signal: io.signal,
  });
}
