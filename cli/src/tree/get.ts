import { type Command, InvalidArgumentError, Option } from "commander";
import { branch, collect, leaf, listOptions, positive, targetOptions, timeOptions } from "./leaf.ts";

const RESULTS = ["pass", "warning", "fail", "inconclusive"];
const PHASES = ["queued", "planning", "acting", "waiting", "evaluating", "finished"];
const OUTCOMES = ["triggered", "resolved", "unrouted", "ignored", "stored"];
const TASK_STATES = ["open", "running", "overdue", "parked"];

export function addGet(program: Command): void {
  const get = branch(program, "get", {
    summary: "list remediations, events, evaluations, projects …",
    examples: [
      "evenkeel get remediations",
      "evenkeel get events --service carts --since 1h",
      "evenkeel get notifications --outcome unrouted    # what could not be routed, and why",
    ],
  });
  addRemediations(get);
  addEvents(get);
  addEvaluations(get);
  addProjects(get);
  addOperations(get);
}

function addRemediations(get: Command): void {
  const remediations = leaf(
    get,
    "remediations",
    {
      summary: "runs, newest first",
      aliases: ["remediation", "rem"],
      examples: [
        "evenkeel get remediations --project sockshop",
        "evenkeel get remediations --phase waiting,evaluating --watch",
        "evenkeel get remediations --result fail --since 24h -o json",
      ],
    },
    async () => (await import("../commands/get-remediations.ts")).getRemediations,
  );
  targetOptions(remediations, "filter")
    .option("--context <id>", "only this run; its first characters will do")
    .addOption(listOf("--phase <phase>", "only in these phases", PHASES).conflicts("state"))
    .addOption(listOf("--state <phase>", "the same as --phase", PHASES))
    .addOption(new Option("--result <result>", "only with this result").choices(RESULTS))
    .option("--source <source>", "only of problems of this alert source")
    .option("--reason <word>", "only ended for this reason: healed, exhausted, no-match …")
    .option("--unsolved", "only what somebody has to look at: over without success while the problem is open")
    .option("--text <text>", "only with this text in title, message, service or context");
  listOptions(timeOptions(remediations)).option("-w, --watch", "go on and print what changes");
}

function addEvents(get: Command): void {
  const events = leaf(
    get,
    "events",
    {
      summary: "the event log, newest first",
      aliases: ["event", "ev"],
      examples: [
        "evenkeel get events --context 0f5c3a52",
        "evenkeel get events --type action.finished --result fail --since 1h",
        "evenkeel get events --watch -o jsonl",
      ],
    },
    async () => (await import("../commands/get-events.ts")).getEvents,
  );
  targetOptions(events, "filter")
    .option("--context <id>", "only of this run; its first characters will do")
    .addOption(new Option("--type <type>", "CloudEvents types, or short as in action.started").argParser(collect))
    .addOption(
      new Option("--status <status>", "only with this status").choices(["succeeded", "errored", "aborted", "unknown"]),
    )
    .addOption(new Option("--state <status>", "the same as --status").hideHelp())
    .addOption(new Option("--result <result>", "only with this result").choices(RESULTS))
    .option("--text <text>", "only with this text in the data");
  listOptions(timeOptions(events)).option("-w, --watch", "go on and print what happens");
}

function addEvaluations(get: Command): void {
  const evaluations = leaf(
    get,
    "evaluations",
    {
      summary: "finished evaluations with their scores, newest first",
      aliases: ["evaluation", "eval"],
      examples: [
        "evenkeel get evaluations --service carts --result fail",
        "evenkeel get evaluations --since 24h -o wide",
      ],
    },
    async () => (await import("../commands/get-evaluations.ts")).getEvaluations,
  );
  targetOptions(evaluations, "filter")
    .option("--context <id>", "only of this run; its first characters will do")
    .addOption(new Option("--result <result>", "only with this result").choices(RESULTS));
  listOptions(timeOptions(evaluations));
}

function addProjects(get: Command): void {
  leaf(
    get,
    "projects",
    {
      summary: "projects, with their stages and services",
      aliases: ["project"],
      examples: ["evenkeel get projects", "evenkeel get projects -o wide"],
    },
    async () => (await import("../commands/get-projects.ts")).getProjects,
  );
  const resources = leaf(
    get,
    "resources [path]",
    {
      summary: "the files of a project, or the text of one",
      aliases: ["resource"],
      examples: [
        "evenkeel get resources --project sockshop",
        "evenkeel get resources --project sockshop production/carts/slo.yaml",
      ],
    },
    async () => (await import("../commands/get-resources.ts")).getResources,
  );
  resources
    .requiredOption("--project <name>", "project")
    .option("--stage <name>", "only of this stage")
    .option("--service <name>", "only of this service")
    .option("--revision <revision>", "as they were at this revision; default: the latest");
}

function addOperations(get: Command): void {
  const notifications = leaf(
    get,
    "notifications",
    {
      summary: "what came in, and what became of it",
      aliases: ["notification"],
      examples: [
        "evenkeel get notifications --outcome unrouted",
        "evenkeel get notifications --source dynatrace -o json",
      ],
    },
    async () => (await import("../commands/get-notifications.ts")).getNotifications,
  );
  notifications
    .addOption(new Option("--outcome <outcome>", "only with this outcome").choices(OUTCOMES))
    .option("--source <source>", "only of this alert source");
  listOptions(notifications);

  leaf(
    get,
    "tasks",
    {
      summary: "what is still to be done; parked tasks first",
      aliases: ["task"],
      examples: ["evenkeel get tasks", "evenkeel get tasks --state parked,overdue"],
    },
    async () => (await import("../commands/get-tasks.ts")).getTasks,
  )
    .addOption(listOf("--state <state>", "only in these states", TASK_STATES))
    .addOption(new Option("--limit <n>", "how many at most, up to 200").argParser(positive).default(50));
}

/** An option that takes several of the choices, repeated or separated by commas. */
function listOf(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, `${description}: ${choices.join(", ")}`);
  return option.argParser((text: string, before: string[] | undefined) => {
    const words = collect(text, before);
    const wrong = words.find((word) => !choices.includes(word));
    if (wrong === undefined) return words;
    throw new InvalidArgumentError(`found ${JSON.stringify(wrong)}, expected ${choices.join(", ")}`);
  });
}
