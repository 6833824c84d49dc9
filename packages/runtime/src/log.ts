import { pino } from "pino";
import type { Logger } from "pino";
import { prettyLine } from "./log-pretty.ts";
import { createScrub } from "./log-scrub.ts";
import type { Scrub } from "./log-scrub.ts";

/** `log.info({ context, action }, "action triggered")`: fields first, then a fixed message. */
export type Log = Pick<Logger, "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "level"> & {
  child(fields: Readonly<Record<string, unknown>>): Log;
};

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export interface LogOptions {
  /** Component, such as engine. */
  name?: string;
  level?: LogLevel;
  /** auto: pretty on a terminal, JSON else. */
  format?: "auto" | "pretty" | "json";
  /** Texts that must never appear, whatever they stand in: LoadedConfig.secrets. */
  secrets?: readonly string[];
  /** Standard error unless told. */
  stream?: { write(text: string): unknown; isTTY?: boolean };
  env?: Readonly<Record<string, string | undefined>>;
}

/** Secrets are masked by key, by shape and by value, also in messages, errors and their causes. */
export function createLog(options: LogOptions = {}): Log {
  const { name, level = "info", format = "auto", secrets, stream = process.stderr, env = process.env } = options;
  const scrub = createScrub(secrets);
  const terminal = stream.isTTY === true && env["TERM"] !== "dumb";
  const pretty = format === "pretty" || (format === "auto" && stream.isTTY === true);
  const colour = pretty && !env["NO_COLOR"] && (terminal || Boolean(env["FORCE_COLOR"]));
  const write = pretty
    ? (line: string) => stream.write(prettyLine(line, colour))
    : (line: string) => stream.write(line);
  const logger = pino(
    {
      ...(name ? { name } : {}),
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: (value: unknown) => value },
      formatters: { log: (fields) => scrub(fields) as Record<string, unknown> },
      hooks: {
        logMethod(args, method) {
          const safe = args.map((arg, i) => (typeof arg === "string" || i > 0 ? scrub(arg) : arg));
          if (args[0] instanceof Error && safe.length === 1) safe.push(scrub(args[0].message));
          method.apply(this, safe as typeof args);
        },
      },
    },
    { write },
  );
  return scrubbingChildren(logger, scrub);
}

/** pino lets no formatter see the fields of a child, so they are made safe on the way in. */
function scrubbingChildren(logger: Logger, scrub: Scrub): Log {
  const child = logger.child.bind(logger);
  const log = logger as unknown as Log;
  log.child = (fields) => scrubbingChildren(child(scrub(fields) as Record<string, unknown>), scrub);
  return log;
}

/** Says nothing; for tests. */
export const silentLog: Log = createLog({ level: "silent", stream: { write: () => true } });
