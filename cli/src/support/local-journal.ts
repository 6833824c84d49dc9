import { createJournal, type Journal } from "@evenkeel/journal";
import { loadConfig, silentLog, type Settings } from "@evenkeel/runtime";
import type { CommandContext } from "../context.ts";
import { openDatabase } from "../open-database.ts";

/** Works on the database of the settings itself, without a server: whoever may open it may do anything anyway. */
export async function withLocalJournal<T>(
  { io, global, out }: CommandContext,
  work: (journal: Journal, settings: Settings) => Promise<T>,
): Promise<T> {
  const { settings } = loadConfig({ env: io.env, configPath: global.config });
  const closers: (() => unknown)[] = [];
  try {
    const database = await openDatabase({ settings, log: silentLog, onProgress: out.note }, (_name, close) =>
      closers.push(close),
    );
    const journal = await createJournal({
      ...{ url: database.url, log: silentLog },
      migrationUrl: settings.database.migrationUrl,
    });
    closers.push(() => journal.close());
    return await work(journal, settings);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}
