import type { Command } from "commander";
import { leaf } from "./leaf.ts";

export function addFiles(program: Command): void {
  leaf(
    program,
    "apply <dir>",
    {
      summary: "put the files of projects in force",
      description:
        "Checks every file, then uploads each project as one revision. DIR holds one folder for each project, or is such a folder itself.",
      examples: [
        "evenkeel apply shipyards/demo",
        "evenkeel apply . --dry-run          # what would change",
        "evenkeel apply . --replace          # also remove what is not there any more",
        "evenkeel apply . --watch            # again whenever a file changes",
      ],
    },
    async () => (await import("../commands/apply.ts")).apply,
  )
    .option("--dry-run", "only say what would change")
    .option("--replace", "remove files on the server that are not in DIR")
    .option("--watch", "follow DIR and apply each change; bad files leave the old revision in force");

  leaf(
    program,
    "validate <dir>",
    {
      summary: "check files without a server",
      description:
        "Checks every file and how they fit together. Exit code 2 when something is wrong; warnings do not count.",
      examples: ["evenkeel validate shipyards/demo", "evenkeel validate . -o json"],
    },
    async () => (await import("../commands/validate.ts")).validate,
  );
}
