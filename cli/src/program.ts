import { Command, Option } from "commander";
import { FORMATS, type Format } from "./output/formats.ts";
import { addFiles } from "./tree/files.ts";
import { addGet } from "./tree/get.ts";
import { tellExamples } from "./tree/leaf.ts";
import { addOperate } from "./tree/operate.ts";
import { addSend } from "./tree/send.ts";
import { addServe } from "./tree/serve.ts";
import { addToken } from "./tree/token.ts";
import { addHelpers, addSystem } from "./tree/system.ts";

/** Flags that every command takes. */
export interface GlobalOptions {
  server?: string;
  tokenFile?: string;
  config?: string;
  output?: Format;
  /** commander's word for --no-color */
  color?: boolean;
  quiet?: boolean;
  debug?: boolean;
}

const LOOK_AFTER = "Look after it:";

/** The command tree. It only declares: no command's code is loaded before it is run. */
export function createProgram(): Command {
  const program: Command = new Command("evenkeel")
    .description("Self-healing for services: a problem comes in, remediation.yaml says what to do, the SLOs prove it.")
    .option("--server <url>", "server to talk to (EVENKEEL_SERVER; default http://127.0.0.1:8484)")
    .option("--token-file <file>", "file that holds the API token (or EVENKEEL_TOKEN_FILE, EVENKEEL_TOKEN)")
    .option("--config <file>", "settings of the server, YAML or JSON (EVENKEEL_CONFIG)")
    .addOption(new Option("-o, --output <format>", "how data is printed").choices(FORMATS))
    .option("--no-color", "no colours (also NO_COLOR; FORCE_COLOR for the opposite)")
    .option("-q, --quiet", "only data and errors")
    .option("--debug", "show HTTP calls, and stack traces of errors")
    .showSuggestionAfterError(true)
    .addHelpText("afterAll", ({ command }): string =>
      command === program ? "" : "\nFlags of every command, such as --server and -o: evenkeel --help",
    );
  tellExamples(program, [
    "evenkeel demo                        # see it work, on this machine alone",
    "evenkeel up                          # start everything; then:",
    "evenkeel apply shipyards/demo",
    "evenkeel watch",
  ]);
  program.commandsGroup("Start:");
  addServe(program);
  program.commandsGroup("Work with it:");
  addFiles(program);
  addSend(program);
  addGet(program);
  addOperate(program);
  program.commandsGroup(LOOK_AFTER);
  addSystem(program);
  addToken(program);
  addHelpers(program);
  const help = new Command("help").argument("[command]").summary("help for a command").helpGroup(LOOK_AFTER);
  program.addHelpCommand(help);
  inheritSettings(program);
  return program;
}

/** commander hands these down only to commands that are added later. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    if (child.commands.length > 0) child.helpCommand(false);
    inheritSettings(child);
  }
}
