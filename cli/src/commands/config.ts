import { configRows, loadConfig, originText, settingsJsonSchema } from "@evenkeel/runtime";
import type { CommandContext } from "../context.ts";

/** `evenkeel config view` */
export async function viewConfig(
  { io, global, out }: CommandContext,
  { showOrigin = false }: { showOrigin?: boolean },
): Promise<void> {
  const config = loadConfig({ env: io.env, configPath: global.config });
  const rows = configRows(config).map(({ path, value, origin, env }) => ({
    path,
    value,
    origin: originText(origin),
    env,
  }));
  await out.list({
    kind: "SettingList",
    rows,
    name: (row) => row.path,
    empty: "no settings",
    columns: [
      { header: "SETTING", value: (row) => row.path },
      { header: "VALUE", value: (row) => row.value },
      ...(showOrigin
        ? [
            { header: "ORIGIN", value: (row: (typeof rows)[number]) => row.origin },
            { header: "VARIABLE", value: (row: (typeof rows)[number]) => row.env },
          ]
        : []),
    ],
  });
}

/** `evenkeel config schema` */
export function configSchema({ out }: CommandContext): void {
  out.line(JSON.stringify(settingsJsonSchema(), null, 2));
}
