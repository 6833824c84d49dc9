import type { Command, Option } from "commander";
import { EXIT_MEANINGS } from "./errors.ts";
import { createProgram } from "./program.ts";
import { examplesOf } from "./tree/leaf.ts";

/** The whole command tree as Markdown, for the generated docs. */
export function cliReference(): string {
  const program = createProgram();
  const parts = [
    "# Command line",
    program.description(),
    code(examplesOf(program)),
    "## Flags of every command",
    optionTable(program.options),
    "## Exit codes",
    table(
      ["Code", "Meaning"],
      EXIT_MEANINGS.map(([number, meaning]) => [String(number), meaning]),
    ),
    "Data goes to standard output, everything else to standard error. `-o` chooses `table`, `wide`, `json`, `yaml`, " +
      "`jsonl` (one JSON document a line) or `name`.",
    ...visible(program).flatMap((child) => section(child, "evenkeel", 2)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function section(command: Command, before: string, level: number): string[] {
  const name = `${before} ${command.name()}`;
  const children = visible(command);
  const options = command.options.filter((option) => !option.hidden);
  const synopsis = [
    name,
    ...command.registeredArguments.map((argument) => argumentText(argument.name(), argument.required)),
  ];
  return [
    `${"#".repeat(level)} ${name}`,
    sentence(command.description()),
    children.length === 0 ? code([`${synopsis.join(" ")}${options.length > 0 ? " [flags]" : ""}`]) : "",
    command.aliases().length > 0
      ? `Also: ${command
          .aliases()
          .map((alias) => `\`${before} ${alias}\``)
          .join(", ")}`
      : "",
    options.length > 0 ? optionTable(options) : "",
    children.length === 0 ? code(examplesOf(command)) : "",
    ...children.flatMap((child) => section(child, name, level + 1)),
  ];
}

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== "help");
}

function optionTable(options: readonly Option[]): string {
  return table(
    ["Flag", "Meaning"],
    options.map((option) => [`\`${option.flags}\``, meaning(option)]),
  );
}

function meaning({ description, argChoices, defaultValue, mandatory }: Option): string {
  const choices = argChoices ? `: ${argChoices.join(", ")}` : "";
  const preset =
    defaultValue === undefined || typeof defaultValue === "boolean" ? "" : ` (default ${String(defaultValue)})`;
  return `${description}${choices}${preset}${mandatory ? " (required)" : ""}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const code = (lines: readonly string[]) => (lines.length === 0 ? "" : ["```sh", ...lines, "```"].join("\n"));
const argumentText = (name: string, required: boolean) => (required ? `<${name}>` : `[${name}]`);

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
