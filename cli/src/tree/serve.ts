import { type Command, InvalidArgumentError, Option } from "commander";
import { collect, leaf } from "./leaf.ts";

const ROLES = ["ingester", "engine", "evaluation", "bridge"];

export function addServe(program: Command): void {
  leaf(
    program,
    "demo",
    {
      summary: "see it work: two incidents in a simulated cluster",
      description:
        "Starts everything in this process on a throw-away database, with a simulated cluster and its monitoring, and tells what happens. With --exit-after-first the exit code is the first incident's verdict.",
      examples: ["evenkeel demo", "evenkeel demo --exit-after-first", "evenkeel demo --port 9000"],
    },
    async () => (await import("../commands/demo.ts")).demo,
  )
    .addOption(new Option("--port <n>", "first port to try").argParser(port).default(8484))
    .option("--exit-after-first", "end after the first incident, with its verdict as exit code");

  leaf(
    program,
    "up",
    {
      summary: "start Evenkeel: all services in this process, or some of them",
      description:
        "Without DATABASE_URL a PostgreSQL of its own is started in the data directory; with it, that server is used. Without REDIS_URL the database is the queue as well.",
      examples: [
        "evenkeel up",
        "evenkeel up --config evenkeel.yaml",
        "DATABASE_URL=postgres://… REDIS_URL=redis://… evenkeel up --role engine --role evaluation",
      ],
    },
    async () => (await import("../commands/up.ts")).up,
  )
    .addOption(new Option("--role <role>", "only this service; may be repeated").choices(ROLES).argParser(collect))
    .option("--host <address>", "address to listen on")
    .addOption(new Option("--port <n>", "port to listen on; without it 8484, or the next free one").argParser(port))
    .option("--data-dir <folder>", "where the embedded database lives")
    .option("--ephemeral", "throw the embedded database away at the end")
    .addOption(
      new Option("--log-level <level>", "how much to log").choices(["debug", "info", "warn", "error", "silent"]),
    );
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError("expected 0 to 65535");
}
