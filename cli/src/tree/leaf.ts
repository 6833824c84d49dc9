import { type Command, InvalidArgumentError, Option } from "commander";
import type { CommandContext } from "../context.ts";

/** A command's work. Resolves with the exit code; nothing is 0. */
export type Handler<Options> = (
  context: CommandContext,
  options: Options,
  ...args: string[]
) => Promise<number | void> | number | void;

export interface About {
  /** One line, for the list of commands. */
  summary: string;
  description?: string;
  /** Whole command lines, with a comment behind `#` where one helps. Help begins with them. */
  examples: readonly string[];
  aliases?: readonly string[];
  /** Not for people. */
  hidden?: boolean;
}

const examples = new WeakMap<Command, readonly string[]>();
export const examplesOf = (command: Command): readonly string[] => examples.get(command) ?? [];

const handlers = new WeakMap<Command, () => Promise<Handler<never>>>();
export const handlerOf = (command: Command) => handlers.get(command);

/** Adds a command that has sub-commands. */
export function branch(parent: Command, name: string, about: About): Command {
  return tell(parent.command(name), about);
}

/** Adds a command. Its handler is loaded when it is run, so that help and completion stay quick. */
export function leaf<Options>(
  parent: Command,
  words: string,
  about: About,
  load: () => Promise<Handler<Options>>,
): Command {
  const command = tell(parent.command(words, { hidden: about.hidden }), about);
  handlers.set(command, load as () => Promise<Handler<never>>);
  return command;
}

function tell(command: Command, about: About): Command {
  command.summary(about.summary).description(about.description ?? about.summary);
  if (about.aliases) command.aliases([...about.aliases]);
  return tellExamples(command, about.examples);
}

/** Help begins with examples: most readers look for one to copy. */
export function tellExamples(command: Command, lines: readonly string[]): Command {
  examples.set(command, lines);
  if (lines.length === 0) return command;
  return command.addHelpText("before", `${["Examples:", ...lines.map((line) => `  ${line}`)].join("\n")}\n`);
}

/** --project, --stage, --service as filters, or as the target of a command. */
export function targetOptions(command: Command, use: "filter" | "required"): Command {
  for (const name of ["project", "stage", "service"]) {
    const text = use === "filter" ? `only of this ${name}` : `${name} of the service`;
    command.addOption(new Option(`--${name} <name>`, text).makeOptionMandatory(use === "required"));
  }
  return command;
}

export function timeOptions(command: Command): Command {
  return command
    .option("--since <duration>", "only the last 30s, 10m, 1h30m …")
    .option("--from <time>", "only from this time on (RFC 3339)")
    .option("--to <time>", "only before this time (RFC 3339)");
}

export function listOptions(command: Command): Command {
  return command
    .addOption(new Option("--limit <n>", "how many at most").argParser(positive).default(50))
    .option("--all", "as many as there are");
}

export function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("expected a whole number above 0");
}

export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",").map((part) => part.trim())].filter((part) => part !== "");
}
