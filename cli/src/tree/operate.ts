import type { Command } from "commander";
import { branch, leaf, targetOptions } from "./leaf.ts";

export function addOperate(program: Command): void {
  const describe = branch(program, "describe", {
    summary: "tell the whole story of a run",
    examples: ["evenkeel describe remediation 0f5c3a52"],
  });
  leaf(
    describe,
    "remediation <context>",
    {
      summary: "problem, plan and why, actions, waits, evaluations, verdict",
      aliases: ["remediations", "rem"],
      description: "Shows one run. The first characters of its context are enough when no other begins with them.",
      examples: ["evenkeel describe remediation 0f5c3a52", "evenkeel describe remediation 0f5c3a52 -o json"],
    },
    async () => (await import("../commands/describe-remediation.ts")).describeRemediation,
  );

  const watch = leaf(
    program,
    "watch [context]",
    {
      summary: "follow what happens, live",
      description:
        "Follows all runs, or one until it ends; the exit code is then its verdict: 0 pass, 10 warning, 11 fail, 1 other.",
      examples: ["evenkeel watch", "evenkeel watch --project sockshop", "evenkeel watch 0f5c3a52"],
    },
    async () => (await import("../commands/watch.ts")).watch,
  );
  targetOptions(watch, "filter").option("--timeout <duration>", "give up after this time, with exit code 124");

  for (const { name, summary, example } of COMMANDS) {
    leaf(program, `${name} <context>`, { summary, examples: [example] }, async () => {
      const { command } = await import("../commands/command.ts");
      return (context, options: { reason?: string }, run = "") => command(context, name, options, run);
    }).option("--reason <text>", "why; goes into the log");
  }
}

const COMMANDS = [
  {
    name: "abort",
    summary: "end a run; an action that has begun is completed",
    example: 'evenkeel abort 0f5c3a52 --reason "fixed by hand"',
  },
  {
    name: "pause",
    summary: "let the present step end, and begin no other",
    example: 'evenkeel pause 0f5c3a52 --reason "looking into it"',
  },
  { name: "resume", summary: "go on with a paused run", example: "evenkeel resume 0f5c3a52" },
  { name: "skip-wait", summary: "end the wait, and evaluate now", example: "evenkeel skip-wait 0f5c3a52" },
] as const;
