import { CommanderError, type Command } from "commander";
import { isCliError, EXIT } from "./errors.ts";
import type { Io } from "./io.ts";
import { createProgram, type GlobalOptions } from "./program.ts";
import { handlerOf } from "./tree/leaf.ts";

/**
 * Runs one command line. Resolves with the exit code, whatever happens.
 * @param argv the words behind `evenkeel`
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const program = createProgram();
  let exitCode: number = EXIT.ok;
  everyCommand(program, (command) => {
    command.exitOverride().configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    });
    const load = handlerOf(command);
    if (!load) return;
    command.action(async (...given: unknown[]) => {
      given.pop(); // the command itself
      const options = given.pop() as never;
      const words = given.map((word) => word as string);
      const { createContext } = await import("./context.ts");
      const context = createContext(io, program.opts<GlobalOptions>());
      const handler = await load();
      exitCode = (await handler(context, options, ...words)) ?? EXIT.ok;
    });
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    if (io.signal.aborted) return EXIT.interrupted;
    return report(error, io, argv.includes("--debug"));
  }
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}

function report(error: unknown, io: Io, debug: boolean): number {
  const say = (line: string) => void io.stderr.write(`${line}\n`);
  // commander has printed its own message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isCliError(error)) {
    say(`error: ${error.message}`);
    for (const line of error.details) say(`  ${line}`);
    if (error.next) say(`next:  ${error.next}`);
    if (debug && error.cause instanceof Error) say(error.cause.stack ?? error.cause.message);
    return error.exitCode;
  }
  if (isConfigError(error)) {
    say("error: the settings cannot be used");
    for (const line of error.message.split("\n")) say(`  ${line}`);
    say("next:  evenkeel config view --show-origin, once they can be read; evenkeel config schema");
    return EXIT.usage;
  }
  const failure = error instanceof Error ? error : new Error(String(error));
  say(`error: ${failure.message}`);
  if (debug) say(failure.stack ?? "");
  else say("next:  the same command with --debug, or evenkeel doctor");
  return EXIT.failure;
}

/** By its name: its class is in a module that most commands need not load. */
function isConfigError(error: unknown): error is Error {
  return error instanceof Error && error.name === "ConfigError";
}
