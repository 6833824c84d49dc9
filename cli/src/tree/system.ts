import { Argument, type Command } from "commander";
import { branch, leaf } from "./leaf.ts";

const SHELLS = ["bash", "zsh", "fish", "pwsh"];

export function addSystem(program: Command): void {
  leaf(
    program,
    "doctor",
    {
      summary: "check this machine, the settings and everything that they name",
      description: "Each line is ok, warn or fail, with what to do. Exit code 1 when something fails.",
      examples: ["evenkeel doctor", "evenkeel doctor --config evenkeel.yaml -o json"],
    },
    async () => (await import("../commands/doctor.ts")).doctor,
  ).option("--namespace <name>", "check the rights in this Kubernetes namespace", "default");

  const config = branch(program, "config", {
    summary: "show the settings in force",
    examples: ["evenkeel config view --show-origin", "evenkeel config schema > evenkeel.schema.json"],
  });
  leaf(
    config,
    "view",
    {
      summary: "every setting in force, secrets masked",
      examples: ["evenkeel config view", "evenkeel config view --show-origin --config evenkeel.yaml"],
    },
    async () => (await import("../commands/config.ts")).viewConfig,
  ).option("--show-origin", "also where each value was written, and its environment variable");
  leaf(
    config,
    "schema",
    { summary: "the settings' JSON Schema, for editors", examples: ["evenkeel config schema > evenkeel.schema.json"] },
    async () => (await import("../commands/config.ts")).configSchema,
  );
}

export function addHelpers(program: Command): void {
  leaf(
    program,
    "completion",
    {
      summary: "print the completion script for a shell",
      examples: [
        "source <(evenkeel completion bash)                       # bash, now",
        "evenkeel completion bash > ~/.local/share/bash-completion/completions/evenkeel",
        "evenkeel completion zsh > ~/.zfunc/_evenkeel             # with ~/.zfunc in fpath",
        "evenkeel completion fish > ~/.config/fish/completions/evenkeel.fish",
        "evenkeel completion pwsh | Out-String | Invoke-Expression",
      ],
    },
    async () => {
      const { completion } = await import("../commands/completion.ts");
      return (context, _options, shell = "") => completion(context, program, shell);
    },
  ).addArgument(new Argument("<shell>", "shell").choices(SHELLS));

  leaf(
    program,
    "version",
    {
      summary: "versions of the command line and the server",
      examples: ["evenkeel version", "evenkeel version -o json"],
    },
    async () => (await import("../commands/version.ts")).showVersion,
  ).option("--client", "do not ask the server");

  leaf(
    program,
    "__complete <kind> [prefix]",
    { summary: "names for completion", examples: [], hidden: true },
    async () => (await import("../commands/complete.ts")).complete,
  )
    .option("--project <name>")
    .option("--stage <name>");
}
