import { startPlatform, type Role } from "@evenkeel/cli";
import { testDatabase } from "@evenkeel/embedded/testing";
import type { Journal } from "@evenkeel/journal";
import { createLog, loadConfig } from "@evenkeel/runtime";

/** The product with a real database, its HTTP application on a port of its own, and every line that it logs. */
export interface Running {
  url: string;
  host: string;
  port: number;
  journal: Journal;
  databaseUrl: string;
  /** What was logged, at every level, line by line. */
  lines: string[];
  /** Lines of level error and above: what the product itself takes for a bug. */
  errors(): string[];
  close(): Promise<void>;
}

export type Flags = Readonly<Record<string, string | number | boolean | undefined>>;

export interface StartOptions {
  roles?: readonly Role[];
  flags?: Flags;
  /** Environment variables, for settings that are no single text. */
  env?: Readonly<Record<string, string>>;
  /** Text of a settings file. */
  file?: string;
  kubeconfigText?: string;
  /** The log does not know the secrets' values, so that it shows whatever is handed to it. */
  unmasked?: boolean;
}

export async function startApp(options: StartOptions = {}): Promise<Running> {
  const { roles = ["ingester", "bridge"], flags = {}, env = {}, file, kubeconfigText, unmasked } = options;
  const database = await testDatabase();
  const lines: string[] = [];
  const { settings, secrets } = loadConfig({
    env,
    ...(file !== undefined && { configPath: "settings.yaml", readFile: () => file }),
    flags: { "server.port": 0, "database.url": database.url, ...flags },
  });
  const known = unmasked ? [] : secrets;
  const log = createLog({
    level: "trace",
    format: "json",
    secrets: known,
    stream: { write: (line) => lines.push(line) },
  });
  const platform = await startPlatform({ settings, roles, log, version: "test", kubeconfigText });
  const { hostname, port } = new URL(platform.url);
  return {
    ...{ url: platform.url, host: hostname, port: Number(port) },
    ...{ journal: platform.journal, databaseUrl: database.url, lines },
    errors: () => lines.filter((line) => (JSON.parse(line) as { level: number }).level >= 50),
    async close() {
      await platform.close();
      await database.drop();
    },
  };
}
