import type { Log, Settings } from "@evenkeel/runtime";

export interface OpenDatabaseOptions {
  settings: Settings;
  log: Log;
  /** The embedded database goes with this process. */
  ephemeral?: boolean;
  /** One line for people about what is being started. */
  onProgress?: (line: string) => void;
}

export interface OpenedDatabase {
  url: string;
  storage: "embedded PostgreSQL" | "PostgreSQL";
}

export type AddCloser = (name: string, close: () => unknown) => void;

/** The database of the settings; without one, that of our own, which is started. */
export async function openDatabase(
  { settings, ephemeral, onProgress, log }: OpenDatabaseOptions,
  addCloser: AddCloser,
): Promise<OpenedDatabase> {
  if (settings.database.url) return { url: settings.database.url, storage: "PostgreSQL" };
  const { startEmbedded } = await import("@evenkeel/embedded");
  const database = await startEmbedded({
    dataDir: settings.dataDir,
    ephemeral,
    onProgress,
    log: (line) => log.debug({ line }, "postgresql"),
  });
  addCloser("embedded database", () => database.stop());
  return { url: database.url, storage: "embedded PostgreSQL" };
}
