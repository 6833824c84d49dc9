import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../migrations/", import.meta.url);

/** The ordered migration files. The bundle replaces this module by one with the texts inlined. */
export function migrations(): { name: string; sql: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(name, folder), "utf8") }));
}
