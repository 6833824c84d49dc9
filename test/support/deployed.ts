import { loadConfig, type Settings } from "@evenkeel/runtime";
import { createProgram } from "../../cli/src/program.ts";

export type Dictionary = Record<string, unknown>;

/** What the command line can be told to do. */
export const commands = createProgram().commands.map((command) => command.name());
/** Stands in for a token, a password, a URL. */
export const SECRET = "postgresql://user:0123456789abcdef@host/evenkeel";

/** The settings as the server itself reads them; throws with every name and value that it does not know. */
export function settingsOf(env: Dictionary, files: Readonly<Record<string, string>> = {}): Settings {
  const texts = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  return loadConfig({ env: texts, readFile: (path) => files[path] ?? SECRET }).settings;
}
