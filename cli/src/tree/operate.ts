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
  addAfterwards(program);
}

/** About what is over: runs, tasks that were set aside, evaluations. */
function addAfterwards(program: Command): void {
  leaf(
    program,
    "rerun <context>",
    {
      summary: "begin another run for the problem of a run that is over",
      description:
        "Begins another run, with the files as they are now, while the problem is open. The old run stays as it is, and each tells of the other. Asked twice, it begins one.",
      examples: ['evenkeel rerun 0f5c3a52 --reason "the quota was raised"'],
    },
    async () => (await import("../commands/rerun.ts")).rerun,
  ).option("--reason <text>", "why; goes into the log");

  leaf(
    program,
    "retry <task>",
    {
      summary: "try once more a task that was set aside",
      description:
        "Telling people and quality gates can be retried. A run goes on without any other task that failed too often: run it again. `get tasks --state parked` says which is which.",
      examples: ["evenkeel get tasks --state parked", 'evenkeel retry 7d0c7a0e --reason "the webhook answers again"'],
    },
    async () => (await import("../commands/retry.ts")).retry,
  ).option("--reason <text>", "why; goes into the log");

  leaf(
    program,
    "annotate <context> <note>",
    {
      summary: "add a note to an evaluation",
      examples: ['evenkeel annotate 0f5c3a52 "the load generator was restarted at 12:04"'],
    },
    async () => (await import("../commands/remark.ts")).annotate,
  ).option("--evaluation <id>", "id of one evaluation of the run; default: its latest");

  leaf(
    program,
    "invalidate <context>",
    {
      summary: "void an evaluation, so that it is no baseline any more",
      examples: ['evenkeel invalidate 0f5c3a52 --reason "the load generator was off"'],
    },
    async () => (await import("../commands/remark.ts")).invalidate,
  )
    .requiredOption("--reason <text>", "why; goes into the log")
    .option("--evaluation <id>", "id of one evaluation of the run; default: its latest");
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
