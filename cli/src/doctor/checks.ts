import { access, constants } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { ConfigError, loadConfig, problemLine, type Settings } from "@evenkeel/runtime";
import type { ServerStatus } from "../client/types.ts";
import type { CommandContext } from "../context.ts";
import { isCliError } from "../errors.ts";
import { count } from "../text.ts";
import { VERSION } from "../version.ts";
import { fail, ok, reasonOf, warn, type Check } from "./check.ts";
import { checkKubernetes } from "./kubernetes.ts";
import { checkProviders } from "./providers.ts";
import { checkDatabase, checkRedis } from "./stores.ts";

const PATIENCE_MS = 4_000;

/** Each check as soon as it is done; one that fails does not keep the others from being made. */
export async function* runChecks(context: CommandContext, namespace: string): AsyncGenerator<Check> {
  yield checkNode();
  const { check, settings } = readSettings(context);
  yield check;
  const server = await checkServer(context, settings);
  yield server;
  if (!settings) return;
  if (server.state === "fail") yield await checkPort(settings);
  yield settings.database.url ? await checkDatabase(settings.database.url) : await checkDataDir(settings.dataDir);
  if (settings.queue.redisUrl) yield await checkRedis(settings.queue.redisUrl);
  yield* checkKubernetes(settings, namespace);
  yield* checkProviders(settings);
}

const OLDEST_NODE = [20, 19];

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  const fits = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  if (fits) return ok("node", process.version);
  return fail(
    "node",
    `${process.version} is too old: expected ${OLDEST_NODE.join(".")} or newer`,
    "https://nodejs.org",
  );
}

function readSettings({ io, global }: CommandContext): { check: Check; settings?: Settings } {
  try {
    const { settings, configPath } = loadConfig({ env: io.env, configPath: global.config });
    return {
      settings,
      check: ok("settings", configPath ? `read from ${configPath}` : "no file; environment and defaults"),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [first, ...more] = error.problems.map(problemLine);
    const rest = more.length > 0 ? ` (and ${more.length} more)` : "";
    return { check: fail("settings", `${first}${rest}`, "evenkeel config view --show-origin") };
  }
}

async function checkServer(context: CommandContext, settings: Settings | undefined): Promise<Check> {
  try {
    const client = context.client(PATIENCE_MS);
    const status = await client.get<ServerStatus>("/v1/status");
    const about = `${client.server}, version ${status.version}, log in ${status.storage}, queue in ${status.queue}`;
    if (status.version !== VERSION) return warn("server", `${about}; this command line is ${VERSION}`);
    if (status.parkedTasks > 0)
      return warn(
        "server",
        `${about}; ${count(status.parkedTasks, "task")} set aside`,
        "evenkeel get tasks --state parked",
      );
    const late = status.oldestOverdue ? Date.parse(status.now) - Date.parse(status.oldestOverdue.dueAt) : 0;
    if (late > 60_000)
      return warn("server", `${about}; work is left undone`, "is an engine running? evenkeel get tasks");
    return ok("server", about);
  } catch (error) {
    if (!isCliError(error)) throw error;
    return fail("server", error.message, error.next ?? (settings ? "evenkeel up" : undefined));
  }
}

/** Only asked when no server answers: else the port is rightly taken. */
async function checkPort({ server: { host, port } }: Settings): Promise<Check> {
  const trouble = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer();
    probe.once("error", resolve);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)));
  });
  if (!trouble) return ok("port", `${host}:${port} is free`);
  const why = trouble.code === "EADDRINUSE" ? "is taken by another program" : reasonOf(trouble);
  return warn("port", `${host}:${port} ${why}`, "evenkeel up --port N");
}

async function checkDataDir(folder: string): Promise<Check> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      await access(at, constants.W_OK);
      const place = at === folder ? await dataPlace(folder) : `${folder} (will be created)`;
      return ok("data", `${place}, with a PostgreSQL of its own`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" || dirname(at) === at)
        return fail(
          "data",
          `${folder}: ${code === "EACCES" ? `${at} may not be written` : reasonOf(error)}`,
          "evenkeel up --data-dir DIR",
        );
    }
  }
}

/** Where a backup finds the data: as root they may be elsewhere than was asked for. */
async function dataPlace(folder: string): Promise<string> {
  const { dataLocation } = await import("@evenkeel/embedded");
  const location = await dataLocation(folder);
  return location === folder ? folder : `${location} (noted in ${folder})`;
}
