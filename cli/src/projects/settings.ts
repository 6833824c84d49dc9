import { loadConfig, Settings } from "@evenkeel/runtime";
import type { CommandContext } from "../context.ts";
import type { CheckSettings } from "./check-use.ts";

/** With --config or EVENKEEL_CONFIG the server's own settings, else the defaults: no other variable is looked at. */
export function checkSettings({ io, global }: CommandContext): CheckSettings {
  const configPath = global.config ?? io.env["EVENKEEL_CONFIG"];
  const settings = configPath ? loadConfig({ env: io.env, configPath }).settings : Settings.parse({ dataDir: "." });
  const { wait, settle } = settings.remediation;
  return { wait, settle, sliProvider: settings.sli.provider };
}
