import type { Argument, Command, Option } from "commander";

/** What may stand for the value of a flag or an argument. */
export type Value =
  | { from: "choices"; words: readonly string[] }
  /** Asked of the server: `evenkeel __complete <kind>`. */
  | { from: "server"; kind: string }
  | { from: "files" }
  | { from: "folders" }
  | { from: "nowhere" };

export interface Flag {
  names: readonly string[];
  summary: string;
  /** Missing for flags without a value. */
  value?: Value;
}

/** What can be typed behind one command. */
export interface CommandWords {
  /** `get events`; empty for the program. */
  path: string;
  subcommands: readonly { names: readonly string[]; summary: string }[];
  flags: readonly Flag[];
  argument?: Value;
}

const FROM_SERVER = ["project", "stage", "service", "context"];
const FOLDERS = ["dir", "data-dir"];
const FILES = ["file", "token-file", "config"];

/** The command tree as completion sees it: every command with what may follow it. Hidden ones are left out. */
export function wordsOf(program: Command): CommandWords[] {
  const help: Flag = { names: ["-h", "--help"], summary: "display help for command" };
  const globals = [...program.options.map(flagOf), help];
  const all: CommandWords[] = [];
  function visit(command: Command, path: string): void {
    const children = command
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== "help");
    const argument = command.registeredArguments[0];
    all.push({
      path,
      subcommands: children.map((child) => ({ names: [child.name(), ...child.aliases()], summary: child.summary() })),
      flags: [
        ...(command === program ? [] : command.options.filter((option) => !option.hidden).map(flagOf)),
        ...globals,
      ],
      ...(argument && { argument: valueOf(argument.name(), argument.argChoices) }),
    });
    for (const child of children) visit(child, `${path} ${child.name()}`.trim());
  }
  visit(program, "");
  return all;
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter((name) => name !== undefined);
  const takesValue = option.required || option.optional;
  const name = option.long?.replace(/^--/, "") ?? "";
  return { names, summary: option.description, ...(takesValue && { value: valueOf(name, option.argChoices) }) };
}

function valueOf(name: string, choices: Argument["argChoices"]): Value {
  if (choices) return { from: "choices", words: choices };
  if (FROM_SERVER.includes(name)) return { from: "server", kind: name };
  if (FILES.includes(name)) return { from: "files" };
  return FOLDERS.includes(name) ? { from: "folders" } : { from: "nowhere" };
}

/** Pairs of "where we are, what is typed" → "where we are then": `get`, `ev` → `get events`. */
export function steps(words: readonly CommandWords[]): { path: string; names: readonly string[]; to: string }[] {
  return words.flatMap(({ path, subcommands }) =>
    subcommands.map(({ names }) => ({ path, names, to: `${path} ${names[0]}`.trim() })),
  );
}

/** Every flag that takes a value, on whatever command. */
export function valueFlags(words: readonly CommandWords[]): string[] {
  const names = words.flatMap(({ flags }) => flags.filter(({ value }) => value).flatMap((flag) => flag.names));
  return [...new Set(names)].sort();
}
