import { once } from "node:events";
import { alertSources } from "@evenkeel/problem-ingester";
import { sliProviders } from "@evenkeel/evaluation-worker";
import { createLog, loadConfig } from "@evenkeel/runtime";
import type { CommandContext } from "../context.ts";
import { CliError, EXIT } from "../errors.ts";
import { ROLES, startPlatform, type Platform, type Role } from "../platform.ts";
import { VERSION } from "../version.ts";

export interface UpOptions {
  role?: Role[];
  host?: string;
  port?: number;
  dataDir?: string;
  ephemeral?: boolean;
  logLevel?: string;
}

const PORT_TRIES = 20;

/** Runs until Ctrl-C or SIGTERM. */
export async function up({ io, global, out }: CommandContext, options: UpOptions): Promise<number> {
  const { settings, secrets } = loadConfig({
    env: io.env,
    configPath: global.config,
    flags: {
      "server.host": options.host,
      "server.port": options.port,
      dataDir: options.dataDir,
      "log.level": options.logLevel,
    },
    known: {
      sources: [...alertSources.map(({ name }) => name), "events"],
      sliProviders: sliProviders.map(({ name }) => name),
    },
  });
  const roles = rolesOf(options.role, io.env);
  const log = createLog({ ...settings.log, secrets, stream: io.stderr, env: io.env });
  const platform = await startPlatform({
    settings,
    roles,
    log,
    version: VERSION,
    portTries: options.port === undefined ? PORT_TRIES : 1,
    ephemeral: options.ephemeral,
    onProgress: out.note,
  });
  tell(platform, roles, out.note);
  if (roles.includes("engine") && !settings.escalation.webhook)
    out.note("nobody is told when a run needs a person: set escalation.webhook.url");
  if (!io.signal.aborted) await once(io.signal, "abort");
  out.note("stopping …");
  const clean = await platform.close();
  return clean ? EXIT.ok : EXIT.failure;
}

/** A child process of a parent without a terminal has only the environment: EVENKEEL_ROLES=engine,evaluation. */
function rolesOf(given: readonly Role[] | undefined, env: CommandContext["io"]["env"]): readonly Role[] {
  const named = given?.length ? given : (env["EVENKEEL_ROLES"]?.split(",").map((role) => role.trim()) ?? ROLES);
  const unknown = named.find((role) => !(ROLES as readonly string[]).includes(role));
  if (unknown !== undefined) {
    throw new CliError(EXIT.usage, `there is no role ${JSON.stringify(unknown)}; there are: ${ROLES.join(", ")}`);
  }
  return named as readonly Role[];
}

function tell(platform: Platform, roles: readonly Role[], note: (line: string) => void): void {
  const { url, taken, storage, queue } = platform;
  if (taken !== undefined) note(`port ${taken} is taken, so this one is on ${new URL(url).port}`);
  const what = roles.length === ROLES.length ? "Evenkeel" : roles.join(", ");
  note(`${what} is up on ${url} (log in ${storage}, queue in ${queue})`);
  if (!roles.includes("ingester") || !roles.includes("bridge")) return;
  const server = url === "http://127.0.0.1:8484" ? "" : ` --server ${url}`;
  note(`next: evenkeel apply DIR${server}`);
  note(`      point Alertmanager at ${url}/v1/webhooks/alertmanager`);
  note(`      evenkeel watch${server}`);
}
