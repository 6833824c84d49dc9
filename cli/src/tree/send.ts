import { type Command, Option } from "commander";
import { branch, collect, leaf, targetOptions } from "./leaf.ts";

const SEVERITIES = ["critical", "error", "warning", "info", "unknown"];

export function addSend(program: Command): void {
  const send = branch(program, "send", {
    summary: "send a problem or any CloudEvent",
    examples: [
      'evenkeel send problem --project sockshop --stage production --service carts --title "Response time degradation"',
      "evenkeel send event -f event.json",
    ],
  });

  leaf(
    send,
    "event",
    {
      summary: "send a CloudEvent, or a list of them",
      description:
        "Sends JSON: one CloudEvent, or a list. Where id, source and specversion are missing they are filled in.",
      examples: ["evenkeel send event -f event.json", "cat events.json | evenkeel send event -f -"],
    },
    async () => (await import("../commands/send-event.ts")).sendEvent,
  ).requiredOption("-f, --file <file>", "file to read; - is standard input");

  const problem = leaf(
    send,
    "problem",
    {
      summary: "report a problem as a monitoring tool would",
      examples: [
        'evenkeel send problem --project sockshop --stage production --service carts --title "Response time degradation"',
        'evenkeel send problem --project sockshop --stage production --service carts --title "Response time degradation" --resolved',
      ],
    },
    async () => (await import("../commands/send-problem.ts")).sendProblem,
  );
  targetOptions(problem, "required")
    .requiredOption("--title <text>", "title, which remediation.yaml is searched for")
    .addOption(new Option("--severity <severity>", "how bad").choices(SEVERITIES).default("error"))
    .option("--root-cause <text>", "root cause, which goes before the title")
    .addOption(new Option("--label <k=v>", "label; may be repeated").argParser(collect))
    .option("--id <id>", "the problem's id; default: made up, or with --resolved the open one of this title")
    .option("--resolved", "the problem is over");

  const trigger = branch(program, "trigger", {
    summary: "start something by hand",
    examples: ["evenkeel trigger evaluation --project sockshop --stage production --service carts --timeframe 10m"],
  });
  const evaluation = leaf(
    trigger,
    "evaluation",
    {
      summary: "score a service's SLOs now: a quality gate",
      description:
        "Evaluates, waits for the result and shows each indicator. Exit code 0 pass, 10 warning, 11 fail, 1 without verdict, 124 timeout.",
      examples: [
        "evenkeel trigger evaluation --project sockshop --stage production --service carts --timeframe 10m",
        "evenkeel trigger evaluation --project sockshop --stage staging --service carts --start 2026-01-31T12:00:00Z --end 2026-01-31T12:10:00Z --label build=42",
        "evenkeel trigger evaluation --project sockshop --stage production --service carts --no-wait",
      ],
    },
    async () => (await import("../commands/trigger-evaluation.ts")).triggerEvaluation,
  );
  targetOptions(evaluation, "required")
    .option("--start <time>", "begin of the window (RFC 3339)")
    .option("--end <time>", "end of the window (RFC 3339)")
    .option("--timeframe <duration>", "length of the window, up to now or from --start; default 5m")
    .addOption(new Option("--label <k=v>", "label; may be repeated").argParser(collect))
    .option("--no-wait", "only start it, and print its context")
    .option("--timeout <duration>", "how long to wait for the result", "5m");
}
