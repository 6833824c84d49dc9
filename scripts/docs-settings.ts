import { settingsReference, type SettingRow } from "../packages/runtime/src/index.ts";
import { code, GENERATED, table } from "./docs-markdown.ts";

const INTRODUCTION = `# Settings

${GENERATED}

Every setting has a default, so that \`evenkeel up\` starts without any. A setting can be given in three ways; a later one wins:

1. a YAML or JSON file, named by \`--config FILE\` or \`EVENKEEL_CONFIG\` (its schema: [schemas/settings.json](schemas/settings.json));
2. the environment, under the names below;
3. flags of \`evenkeel up\`.

- Lists in the environment are separated by commas, or are JSON. Items of a list of groups have a number: \`EVENKEEL_SERVER__TOKENS__0__NAME\`.
- \`<name>\` stands for a name of your choice; in the environment it is in capitals with \`_\` for \`-\`.
- A secret can be read from a file: in the environment add \`_FILE\` to the name (\`DATABASE_URL_FILE\`); in the settings file write
  \`{ file: /path }\` or \`{ env: NAME }\` in its place. Secrets are masked in the log and in \`evenkeel config view\`.
- Durations are written with their unit: \`30s\`, \`10m\`, \`1h30m\`.
- An unknown name or a value of the wrong kind is refused at the start, with the nearest known name.

\`evenkeel config view --show-origin\` shows what is in force and where each value was written.
`;

/** One table for each group of settings. */
export function settingsPage(): string {
  const sections = grouped(settingsReference()).map(([group, rows]) => `## ${group}\n\n${rowsTable(rows)}\n`);
  return [INTRODUCTION, ...sections].join("\n");
}

/** `intake.sources.alertmanager` is a group of its own: the page would be one table otherwise. */
function groupOf({ path }: SettingRow): string {
  const parts = path.split(".");
  if (path.startsWith("intake.sources.")) return parts.slice(0, 3).join(".");
  if (path.startsWith("projects.")) return "projects";
  return parts.length > 2 && parts[0] === "sli" ? parts.slice(0, 2).join(".") : parts[0]!;
}

function grouped(rows: readonly SettingRow[]): [string, SettingRow[]][] {
  const groups = new Map<string, SettingRow[]>();
  for (const row of rows) groups.set(groupOf(row), [...(groups.get(groupOf(row)) ?? []), row]);
  return [...groups];
}

function rowsTable(rows: readonly SettingRow[]): string {
  return table(
    ["Setting", "Environment", "Type", "Default", "Meaning"],
    rows.map(({ path, env, alias, type, default: value, description, secret }) => [
      code(path),
      [env, ...(alias ? [alias] : [])].map(code).join(" "),
      secret ? `${type}, secret` : type,
      code(value),
      description,
    ]),
  );
}
