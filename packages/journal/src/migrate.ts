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
  await transaction(pool, async (client) => {
    await client.query("select pg_advisory_xact_lock($1)", [LOCK]);
    await client.query("create table if not exists migrations (name text primary key, checksum text not null)");
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
