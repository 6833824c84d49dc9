import { type Command, Option } from "commander";
import { branch, collect, leaf } from "./leaf.ts";

export function addToken(program: Command): void {
  const token = branch(program, "token", {
    summary: "make, list and revoke API tokens",
    examples: [
      "evenkeel token create admin --scope admin --local > admin.token",
      "evenkeel token create ci-sockshop --scope resources:write --project sockshop --expires 90d",
      "evenkeel token list",
      "evenkeel token revoke ci-sockshop",
    ],
  });
  leaf(
    token,
    "create <name>",
    {
      summary: "make a token; its text is printed once",
      description:
        "Scopes: read, write, admin, or finer: events:write, events:write:<source>, evaluations:write, remediations:command, resources:write. Needs a token with the scope admin, or --local.",
      examples: [
        "evenkeel token create admin --scope admin --local > admin.token",
        "evenkeel token create ci-sockshop --scope resources:write --project sockshop --expires 90d",
        "evenkeel token create alerts --scope events:write:alertmanager",
      ],
    },
    async () => (await import("../commands/token.ts")).createToken,
  )
    .addOption(new Option("--scope <scope>", "what it may do; may be repeated (default: read)").argParser(collect))
    .addOption(new Option("--project <name>", "only in this project; may be repeated").argParser(collect))
    .option("--expires <duration>", "for how long it is good, such as 90d; default: for ever")
    .option("--local", "write into the database of the settings, without a server: for the first token");
  leaf(
    token,
    "list",
    {
      summary: "every token of the database, and when it was used last",
      examples: ["evenkeel token list", "evenkeel token list -o json"],
      aliases: ["ls"],
    },
    async () => (await import("../commands/token.ts")).listTokens,
  );
  leaf(
    token,
    "revoke <name>",
    { summary: "end a token for good", examples: ["evenkeel token revoke ci-sockshop"] },
    async () => (await import("../commands/token.ts")).revokeToken,
  );
}
