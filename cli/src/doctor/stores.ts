import { fail, ok, reasonOf, warn, type Check } from "./check.ts";

const PATIENCE_MS = 4_000;
const OLDEST_POSTGRES = 14;

/** Only looks: the schema is the server's business. */
export async function checkDatabase(url: string): Promise<Check> {
  const { default: pg } = await import("pg");
  const where = withoutSecrets(url);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
  });
  client.on("error", () => undefined); // what fails is told by the query
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; writable: boolean }>(
      "select current_setting('server_version') as version, not pg_is_in_recovery() as writable",
    );
    const { version = "", writable = false } = rows[0] ?? {};
    if (!writable)
      return fail("database", `${where} is a standby: it cannot be written`, "name the primary in DATABASE_URL");
    if (Number.parseInt(version, 10) < OLDEST_POSTGRES)
      return warn("database", `${where} is PostgreSQL ${version}`, `use ${OLDEST_POSTGRES} or newer`);
    return ok("database", `${where}, PostgreSQL ${version}`);
  } catch (error) {
    return fail("database", `${where}: ${reasonOf(error)}`, "check DATABASE_URL");
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function checkRedis(url: string): Promise<Check> {
  const { Redis } = await import("ioredis");
  const where = withoutSecrets(url);
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  let trouble: unknown;
  redis.on("error", (error) => (trouble = error));
  try {
    await redis.connect();
    const info = await redis.info();
    const read = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
    const policy = read("maxmemory_policy");
    const about = `${where}, Redis ${read("redis_version")}`;
    if (policy !== "" && policy !== "noeviction" && read("maxmemory") !== "0")
      return warn("redis", `${about}, which may throw jobs away (${policy})`, "set maxmemory-policy noeviction");
    return ok("redis", about);
  } catch (error) {
    return fail("redis", `${where}: ${reasonOf(trouble ?? error)}`, "check REDIS_URL");
  } finally {
    redis.disconnect();
  }
}

function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return "the address as set";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
