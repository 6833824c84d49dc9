import { createHash } from "node:crypto";
import type pg from "pg";
import { transaction } from "./database.ts";
import { migrations } from "./migrations.ts";

const LOCK = 7_310_585_291;

/**
 * Brings the schema up to date; safe when several processes start at once. Forward only. Throws when a migration that
 * has already run was changed since.
 */
export async function migrate(pool: pg.Pool): Promise<void> {
  try {
    await migrateAll(pool);
  } catch (error) {
    if ((error as { code?: unknown }).code !== FORBIDDEN) throw error;
    const advice = "set database.migrationUrl to a role that owns the schema, and run deploy/postgres/roles.sql again";
    throw new Error(`the role of the database may not bring the schema up to date: ${advice}`, { cause: error });
  }
}

/** insufficient_privilege */
const FORBIDDEN = "42501";

async function migrateAll(pool: pg.Pool): Promise<void> {
  await transaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    const table = await client.query<{ exists: boolean }>("select to_regclass('migrations') is not null as exists");
    // Asked first: a role without the right to create may not even ask for a table that is there.
    if (!table.rows[0]?.exists)
      await client.query("create table migrations (name text primary key, checksum text not null)");
    const done = await client.query<{ name: string; checksum: string }>("select name, checksum from migrations");
    const known = new Map(done.rows.map((row) => [row.name, row.checksum]));
    for (const { name, sql } of migrations()) {
      const checksum = createHash("sha256").update(sql).digest("hex");
      const before = known.get(name);
      if (before === checksum) continue;
      if (before) throw new Error(`migration ${name} was changed after it ran: restore it and add a new one`);
      await client.query(sql);
      await client.query("insert into migrations (name, checksum) values ($1, $2)", [name, checksum]);
    }
  });
}
