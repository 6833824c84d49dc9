import type { Command } from "commander";
import { bash } from "../completion/bash.ts";
import { fish } from "../completion/fish.ts";
import { pwsh } from "../completion/pwsh.ts";
import { wordsOf } from "../completion/words.ts";
import { zsh } from "../completion/zsh.ts";
import type { CommandContext } from "../context.ts";

const SCRIPTS = { bash, zsh, fish, pwsh };

/** `evenkeel completion SHELL` */
export function completion({ out }: CommandContext, program: Command, shell: string): void {
  out.line(SCRIPTS[shell as keyof typeof SCRIPTS](wordsOf(program)).trimEnd());
}
