import { Unavailable } from "@evenkeel/runtime";
import pg from "pg";

export interface DatabaseOptions {
  url: string;
  /** Connections at most. */
  max?: number;
  /** How long a statement may go without an answer, when the network has gone dark; default 17 s. */
  answerWithinMs?: number;
  onError?: (error: Error) => void;
}

/** What is acknowledged has to outlast a power failure, whatever the server's default. */
const DURABLE = `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

/** A pool whose failures to reach the server surface as `Unavailable`, and whose sessions cannot hang for long. */
export function openPool({ url, max = 10, answerWithinMs = 17_000, onError }: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: 5_000,
    application_name: "evenkeel",
    statement_timeout: 15_000,
    lock_timeout: 10_000,
    // A worker that was stopped in the middle of an append holds a target's lock, and holds readers back.
    idle_in_transaction_session_timeout: 4_000,
    // Behind a network that drops everything the server's own limits are never heard of.
    query_timeout: answerWithinMs,
    keepAlive: true,
    // The pool waits for it before it gives the connection out.
    onConnect: (client) => client.query(DURABLE),
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on("error", (error) => onError?.(error));
  return pool;
}

/** Runs one statement on the pool. */
export async function query<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    return (await pool.query<Row>(text, [...values])).rows;
  } catch (error) {
    throw translate(error);
  }
}

/** Runs `work` on one connection, each statement for itself. A connection that broke, or may still get an answer, goes. */
export async function withClient<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  afterFailure?: (client: pg.PoolClient) => Promise<unknown>,
): Promise<T> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw translate(error);
  }
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  client.on("error", onError);
  try {
    return await work(client);
  } catch (error) {
    if (isUnanswered(error)) broken = error;
    else await afterFailure?.(client).catch((second: Error) => (broken = second));
    throw translate(error);
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

/** Runs `work` in one transaction. After an error nothing of it is stored, unless the outcome of COMMIT is unknown. */
export function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const whole = async (client: pg.PoolClient) => {
    await client.query("begin");
    const value = await work(client);
    await client.query("commit");
    return value;
  };
  return withClient(pool, whole, (client) => client.query("rollback"));
}

/** SQLSTATE classes that say "not now": connection, resources, operator intervention, read-only, lock and timeouts. */
const AWAY = /^(08|53|57|58|25006|3D000|55P03|40)/;
const SOCKET =
  /Query read timeout|ECONN|EPIPE|ENOENT|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|Connection terminated|timeout exceeded|not queryable|pool after calling end/;

/** The connection is lost for good: what comes next would be taken for the answer to this. */
function isUnanswered(error: unknown): error is Error {
  return error instanceof Error && error.message === "Query read timeout";
}

function translate(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Unavailable) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const away = AWAY.test(code) || SOCKET.test(code) || SOCKET.test(error.message);
  return away ? new Unavailable(`the database is not available: ${error.message}`, { cause: error }) : error;
}
